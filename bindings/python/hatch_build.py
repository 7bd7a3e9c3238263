"""Puts the shared library into the wheel, and what it is built of into the sdist.

Wheel: `cargo build --release`, or the file that TCDB_ASYNC_PREBUILT names. The package uses no Python API, so one wheel
serves every Python 3 of a platform: the tag is py3-none-<platform>. For another platform than this one, with a file
that was built for it: TCDB_ASYNC_PLATFORM is the wheel's platform tag, TCDB_ASYNC_TARGET Rust's name, for the licences.
Sdist: the Rust sources under rust/, with a manifest that names nothing that is not there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import crate_licences

# By the kind of a platform tag, before its first "_" or digit.
LIBRARIES = {"macosx": "libtcdb_async.dylib", "win": "tcdb_async.dll"}
# What the library is built of, besides the manifest and the lock file, which are made for the sdist.
RUST_SOURCES = ("src", "include", "build.rs")
# Tables of the manifest that name tests, benches and members of the workspace, which no sdist has.
LEFT_OUT = ("workspace", "dev-dependencies", "[test]", "[bench]", "[example]")


class CustomBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="tcdb-async-build-"))
        self._package = Path(self.root)
        inside = self._package / "rust"
        self._rust = inside if inside.is_dir() else self._package.parent.parent
        if self.target_name == "sdist":
            self._fill_sdist(build_data["force_include"])
        else:
            self._fill_wheel(version == "editable", build_data)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _fill_wheel(self, is_editable: bool, build_data: dict[str, Any]) -> None:
        library = prebuilt() or self._cargo_build()
        if library.suffix != Path(LIBRARY).suffix:
            raise SystemExit(f"tcdb-async: a wheel for {platform_tag()} needs {LIBRARY}, not {library}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag()}"
        if is_editable:
            # An editable install imports from the source folder. Never overwritten in place: it may be mapped.
            mine = self._package / "src" / "tcdb_async" / LIBRARY
            mine.unlink(missing_ok=True)
            shutil.copy(library, mine)
            return
        include = build_data["force_include"]
        include[str(library)] = f"tcdb_async/{LIBRARY}"
        licences = f"tcdb_async-{self.metadata.version}.dist-info/licenses"
        for text in self._own_licences():
            include[str(text)] = f"{licences}/{text.name}"
        for text in self._linked_licences():
            include[str(text)] = f"{licences}/{text.name}"

    def _cargo_build(self) -> Path:
        target = Path(os.environ.get("CARGO_TARGET_DIR") or self._rust / "target")
        command = ["cargo", "build", "--release", "--lib", "--locked", "--target-dir", str(target)]
        try:
            subprocess.run(command, cwd=self._rust, check=True)
        except FileNotFoundError:
            raise SystemExit(
                "tcdb-async: building from source needs cargo, which is not on the PATH; "
                "or set TCDB_ASYNC_PREBUILT to a built library"
            ) from None
        return target / "release" / LIBRARY

    def _own_licences(self) -> list[Path]:
        return sorted(self._rust.glob("LICENSE-*"))

    def _linked_licences(self) -> list[Path]:
        linked = self._temporary / "LINKED-CRATES.txt"
        try:
            linked.write_text(crate_licences.collect(self._rust), encoding="utf-8")
        except (OSError, subprocess.CalledProcessError) as failure:
            # Where the library was built elsewhere, cargo and the crates need not be there.
            if not prebuilt():
                raise
            self.app.display_warning(f"the wheel lacks the licences of the linked crates: {failure}")
            return []
        return [linked]

    def _fill_sdist(self, include: dict[str, str]) -> None:
        for name in RUST_SOURCES:
            include[str(self._rust / name)] = f"rust/{name}"
        for text in self._own_licences():
            include[str(text)] = f"rust/{text.name}"
        for made in self._manifest_and_lock():
            include[str(made)] = f"rust/{made.name}"

    def _manifest_and_lock(self) -> tuple[Path, Path]:
        """Both without tests and members; cargo itself takes out of the lock file what is no longer needed."""
        folder = self._temporary / "rust"
        folder.mkdir()
        manifest, lock = folder / "Cargo.toml", folder / "Cargo.lock"
        manifest.write_text(trimmed((self._rust / "Cargo.toml").read_text(encoding="utf-8")), encoding="utf-8")
        shutil.copy(self._rust / "Cargo.lock", lock)
        for name in RUST_SOURCES:
            (folder / name).symlink_to(self._rust / name)
        subprocess.run(["cargo", "update", "--workspace", "--offline", "--quiet"], cwd=folder, check=True)
        return manifest, lock


def prebuilt() -> Path | None:
    path = os.environ.get("TCDB_ASYNC_PREBUILT")
    if not path:
        return None
    if not Path(path).is_file():
        raise SystemExit(f"tcdb-async: TCDB_ASYNC_PREBUILT names no file: {path}")
    return Path(path).resolve()


def platform_tag() -> str:
    tag = os.environ.get("TCDB_ASYNC_PLATFORM")
    return tag or sysconfig.get_platform().replace("-", "_").replace(".", "_")


def library_name() -> str:
    kind = re.split(r"[_\d]", platform_tag())[0]
    return LIBRARIES.get(kind, "libtcdb_async.so")


LIBRARY = library_name()


def trimmed(manifest: str) -> str:
    """The manifest without the tables of LEFT_OUT, as a workspace of its own, so that cargo looks no further."""
    kept, keeps = [], True
    for line in manifest.splitlines():
        if line.startswith("["):
            table = line[1:].rpartition("]")[0]
            keeps = not any(table == name or table.startswith(name + ".") for name in LEFT_OUT)
        if keeps:
            kept.append(line)
    return "\n".join([*kept, "", "[workspace]", ""])
