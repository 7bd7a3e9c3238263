"""The header, symbols.txt and the library name the same functions.

LIBRARIES in the environment names others than the build's own: shared ones are read by what they export, static ones by
what is global in them.
"""
import os
import re
import unittest

from fixture import BUILD, ROOT
from symbols import SURFACES, declared, exported, listed, released

# What the C++ wrapper does by other functions, or leaves to C.
NOT_WRAPPED = {"tcdb_abi_version", "tcdb_live_objects", "tcdb_wait", "tcdb_wait_event_code"}

LIBRARIES = os.environ.get("LIBRARIES", str(BUILD.library)).split()


class Symbols(unittest.TestCase):
    def test_symbols_txt_lists_each_name_once_by_version(self):
        names, versions = zip(*listed())
        self.assertEqual(sorted(names), sorted(set(names)))
        in_order = [tuple(map(int, version.split("."))) for version in versions]
        self.assertEqual(in_order, sorted(in_order))
        self.assertEqual([name for name in names if not name.startswith("tcdb_")], [])

    def test_no_symbol_of_a_release_is_gone_and_each_has_the_version_of_its_first(self):
        number = lambda version: tuple(map(int, version.split(".")))  # noqa: E731
        for release, symbols in released().items():
            with self.subTest(release):
                self.assertEqual(symbols, {name for name, version in listed() if number(version) <= number(release)})

    def test_the_program_of_each_release_calls_every_function_that_was_new(self):
        for release in released():
            with self.subTest(release):
                called = set(re.findall(r"\btcdb_\w+", (SURFACES / release / "program.c").read_text()))
                self.assertEqual({name for name, version in listed() if version == release} - called, set())

    def test_the_cpp_wrapper_uses_every_function_of_the_header(self):
        wrapper = re.sub(r"//.*", "", (ROOT / "include/tcdb_async.hpp").read_text())
        self.assertEqual(declared() - set(re.findall(r"\btcdb_\w+", wrapper)), NOT_WRAPPED)

    def test_every_option_of_c_is_one_of_cpp_and_of_rust(self):
        options = {name.removesuffix("_ms") for name in re.findall(r"tcdb_options_set_(\w+)", " ".join(declared()))}
        for place, setter in (("include/tcdb_async.hpp", r"\n    Options &(\w+)\("), ("src/rust_api/options.rs", r"pub fn (\w+)\(mut self")):
            with self.subTest(place):
                self.assertEqual(options - set(re.findall(setter, (ROOT / place).read_text())), set())

    def test_header_and_library_have_what_symbols_txt_lists_and_nothing_else(self):
        names = {name for name, _ in listed()}
        for place, found in [("include/tcdb_async.h", declared()), *((library, exported(library)) for library in LIBRARIES)]:
            with self.subTest(f"{place} lacks none"):
                self.assertEqual(names - found, set())
            with self.subTest(f"{place} has no other"):
                self.assertEqual(found - names, set())
