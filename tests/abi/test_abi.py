"""The ABI promise of docs/abi.md.

The library, built with debug information, is compared by abidiff with the surface of each release (tests/abi/VERSION); then each
release's program, built against that release's header, is run with it. That abidiff would see a change is tried out too.
"""
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import processes
from fixture import BUILD, MockServerTest
from surface import baselines, dump, surface, version, write


def differences(old, new):
    """What abidiff says; additions are allowed."""
    done = subprocess.run(["abidiff", "--no-added-syms", old, new], capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def a_function_is_gone(text):
    return re.sub(r"<elf-symbol name=\"tcdb_query\".*?/>|<function-decl name=\"tcdb_query\".*?</function-decl>", "", text, flags=re.S)


def a_parameter_is_wider(text):
    wider = re.search(r'<type-decl name="u64" size-in-bits="64" id="(\w+)"', text)[1]
    return re.sub(r'(name="tcdb_options_set_max_attempts".*?<parameter .*?<parameter type-id=")\w+', rf"\g<1>{wider}", text, count=1, flags=re.S)


def a_result_is_another(text):
    wider = re.search(r'<type-decl name="u64" size-in-bits="64" id="(\w+)"', text)[1]
    return re.sub(r'(<function-decl name="tcdb_error_attempts".*?<return type-id=")\w+', rf"\g<1>{wider}", text, count=1, flags=re.S)


def a_callback_takes_another_parameter(text):
    return text.replace("fn(i32, *const i8, *mut core::ffi::c_void)", "fn(i64, *const i8, *mut core::ffi::c_void)")


@unittest.skipUnless(shutil.which("abidw") and shutil.which("abidiff"), "abigail-tools is not installed")
class Abi(MockServerTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_abidiff_finds_no_change_since_any_release(self):
        today = self.folder / "today.abi"
        write(surface(dump(BUILD.library)), today)
        self.assertGreaterEqual(len(baselines()), 2)
        for release in baselines():
            with self.subTest(release.name):
                self.assertEqual(differences(release / "surface.abi", today), "")

    def test_the_newest_surface_is_of_this_version(self):
        self.assertEqual(baselines()[-1].name, version())

    def test_abidiff_would_see_a_change(self):
        changed, released = self.folder / "changed.abi", baselines()[0] / "surface.abi"
        for change in (a_function_is_gone, a_parameter_is_wider, a_result_is_another, a_callback_takes_another_parameter):
            with self.subTest(change.__name__):
                changed.write_text(change(released.read_text()))
                self.assertNotEqual(differences(released, changed), "")

    def test_the_program_of_each_release_still_links_and_runs(self):
        for release in baselines():
            with self.subTest(release.name):
                self.run_program_of(release)

    def run_program_of(self, release):
        program = self.folder / f"program-{release.name}"
        build = processes.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{release}", release / "program.c", BUILD.library, "-o", program])
        self.assertEqual(build.returncode, 0, build.stderr)
        environment = self.server.environment(LD_LIBRARY_PATH=str(BUILD.folder))
        ran = processes.run([program, *self.server.arguments()], env=environment, timeout=120)
        print(ran.stdout.strip().splitlines()[-1:])
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
