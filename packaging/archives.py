#!/usr/bin/env python3
"""Packs what is shipped into target/dist: archives.py PLATFORM... ("shipped" names all)

For each platform an archive, a Python wheel and the list of its parts, from the release build that
`tests/platforms/check.py release` has left; SHA256SUMS over all that is there at last.
"""
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "platforms"))
import tools  # noqa: E402
import windows  # noqa: E402
from build import Failed, inside  # noqa: E402
from results import seen  # noqa: E402
from targets import BY_NAME, HOME, SHIPPED  # noqa: E402

DIST = ROOT / "target" / "dist"
VERSION = next(line.split('"')[1] for line in (ROOT / "Cargo.toml").open() if line.startswith("version = "))
PYTHON = os.path.join(HOME, "python", "bin", "python")
# What writes the man pages and completions: it runs on this machine, whatever it is packed for.
TOOL_HERE = ROOT / "target" / "debug" / "tcdb"


def epoch():
    """When the sources were last changed, so that the same sources give the same files."""
    asked = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True)
    return int(os.environ.get("SOURCE_DATE_EPOCH") or asked.stdout.strip() or 0)


def release_of(platform):
    built = seen(platform).get("release")
    if not built or not all(Path(built.get(part, "missing")).exists() for part in ("library", "tool")):
        raise Failed(f"no release build: tests/platforms/check.py release {platform.name}")
    return built


# --- what an archive holds -------------------------------------------------------------------------------------------
def lay_out_linux(platform, built, folder):
    inside(["sh", "packaging/payload.sh", str(folder), built["library"], built["static"], built["tool"]], platform,
           BINUTILS=platform.binutils, TCDB_ASYNC_TARGET=platform.triple, TCDB_HERE=str(TOOL_HERE))


def lay_out_windows(platform, built, folder):
    for part in ("bin", "lib", "include"):
        (folder / part).mkdir(parents=True)
    shutil.copy(built["library"], folder / "bin")
    shutil.copy(built["tool"], folder / "bin")
    completions = subprocess.run([TOOL_HERE, "completions", "powershell"], capture_output=True, check=True).stdout
    (folder / "bin" / "tcdb.ps1").write_bytes(completions)
    windows.import_libraries(platform, str(folder / "lib"))
    for header in (ROOT / "include").iterdir():
        shutil.copy(header, folder / "include")
    inside(["sh", "packaging/documents.sh", str(folder / "doc"), "tcdb"], platform, TCDB_ASYNC_TARGET=platform.triple)
    shutil.copytree(ROOT / "bindings" / "windows", folder / "doc" / "bindings" / "windows", dirs_exist_ok=True)
    (folder / "VERSION").write_text(VERSION + "\n")


# --- files of which the same contents give the same bytes ------------------------------------------------------------
def files_below(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def tar(folder, file, when):
    def plain(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = when
        return entry

    with file.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as made:
        for path in files_below(folder):
            made.add(path, path.relative_to(folder.parent), filter=plain)


def pack_zip(folder, file, when):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for path in files_below(folder):
            entry = zipfile.ZipInfo(str(path.relative_to(folder.parent)), time.gmtime(max(when, 315532800))[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, path.read_bytes())


def archive(platform, built, when):
    name = f"tcdb-async-{VERSION}-{platform.archive}"
    folder = ROOT / "target" / "dist-folders" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if platform.is_windows:
        lay_out_windows(platform, built, folder)
        pack_zip(folder, DIST / f"{name}.zip", when)
    else:
        lay_out_linux(platform, built, folder)
        tar(folder, DIST / f"{name}.tar.gz", when)


def wheel(platform, built, when):
    inside([PYTHON, "-m", "build", "--no-isolation", "--wheel", "-o", str(DIST), "bindings/python"], platform,
           TCDB_ASYNC_PREBUILT=built["library"], TCDB_ASYNC_PLATFORM=platform.wheel, TCDB_ASYNC_TARGET=platform.triple,
           SOURCE_DATE_EPOCH=str(max(when, 315532800)))


def parts(platform, when):
    file = DIST / f"tcdb-async-{VERSION}-{platform.archive}.cdx.json"
    inside([PYTHON, "packaging/sbom.py", platform.triple, tools.RUST, str(file)], platform, SOURCE_DATE_EPOCH=str(when))


def remove_other_versions():
    """What an earlier version left must not be published with this one."""
    for path in DIST.iterdir():
        if f"-{VERSION}-" not in path.name:
            path.unlink()


def write_sums():
    files = [path for path in sorted(DIST.iterdir()) if path.name != "SHA256SUMS"]
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (DIST / "SHA256SUMS").write_text("".join(lines))


def main(*names):
    names = [name for word in names for name in (SHIPPED if word == "shipped" else [word])]
    unknown = [name for name in names if name not in SHIPPED]
    if not names or unknown:
        sys.exit(f"archives.py PLATFORM...; platforms: {' '.join(SHIPPED)} shipped")
    DIST.mkdir(parents=True, exist_ok=True)
    remove_other_versions()
    when = epoch()
    for platform in (BY_NAME[name] for name in names):
        try:
            built = release_of(platform)
            archive(platform, built, when)
            wheel(platform, built, when)
            parts(platform, when)
        except Failed as failure:
            sys.exit(f"archives.py: {platform.name}: {failure}")
        print(f"{platform.name}: packed", flush=True)
    write_sums()


if __name__ == "__main__":
    main(*sys.argv[1:])
