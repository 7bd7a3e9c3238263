"""The platforms, and how each is built and run. Facts only; build.py and suites.py act by them."""
import os
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
HOME = os.path.join(REPOSITORY, "target", "platforms")
BUILD = os.path.join(HOME, "build")
RESULTS = os.path.join(HOME, "results")
ENTER = os.path.join(HERE, "enter.sh")
AMID_WINE = os.path.join(HERE, "amid_wine.py")

# How a program of the platform runs on the machine of the checks.
NATIVE, QEMU, WINE, NOT_RUN = "natively", "by qemu-user 7.2", "by wine 8.0", ""


@dataclass(frozen=True)
class Platform:
    name: str
    title: str
    triple: str
    bits: int
    runs: str
    # Debian has its standard library; else it is built from source.
    has_std: bool = False
    # zig's name for it; "" where mingw links.
    zig: str = ""
    # Whether the Rust tests run; elsewhere the C programs alone do.
    has_suites: bool = True

    @property
    def is_windows(self):
        return "windows" in self.triple

    @property
    def is_musl(self):
        return "musl" in self.triple

    @property
    def is_freebsd(self):
        return "freebsd" in self.triple

    @property
    def file_name(self):
        """Of the library that is built for it."""
        if self.is_windows:
            return "tcdb_async.dll"
        return "libtcdb_async.dylib" if "apple" in self.triple else "libtcdb_async.so"

    @property
    def cargo_target(self):
        """With glibc's oldest version, which zig links for."""
        return f"{self.triple}.2.17" if self.triple.endswith(("gnu", "gnueabihf")) and self.zig else self.triple

    @property
    def mingw(self):
        return f"{self.triple.split('-')[0]}-w64-mingw32"

    @property
    def processor(self):
        return self.name.split("-")[1]

    @property
    def archive(self):
        """How the files that are shipped for it name it."""
        return f"linux-{self.processor}-musl" if self.is_musl else self.name

    @property
    def wheel(self):
        """The tag of a Python wheel for it."""
        if self.is_windows:
            return {64: "win_amd64", 32: "win32"}[self.bits]
        processor = {"armhf": "armv7l"}.get(self.processor, self.processor)
        return f"musllinux_1_2_{processor}" if self.is_musl else f"manylinux_2_17_{processor}.manylinux2014_{processor}"

    @property
    def binutils(self):
        """What the names of its ld, objcopy and ar begin with."""
        if self.is_windows or self.processor == "x86_64":
            return ""
        return {"armhf": "arm-linux-gnueabihf-"}.get(self.processor, f"{self.processor}-linux-gnu-")

    @property
    def entered(self):
        """What a command begins with that runs programs of this platform."""
        return [ENTER, AMID_WINE] if self.runs == WINE else [ENTER]

    @property
    def steps(self):
        """Of check.py's, those that this platform has."""
        if self.runs == NOT_RUN:
            return {"build"}
        # Instructions are counted by qemu, which starts Linux programs alone.
        return {"build", "release", "programs", "c"} | ({"compile", "suites"} if self.has_suites else set()) | ({"instructions"} if self.runs != WINE else set())


PLATFORMS = [
    Platform("linux-x86_64", "Linux x86-64, glibc 2.17", "x86_64-unknown-linux-gnu", 64, NATIVE, True, "x86_64-linux-gnu.2.17"),
    Platform("linux-aarch64", "Linux aarch64, glibc 2.17", "aarch64-unknown-linux-gnu", 64, QEMU, True, "aarch64-linux-gnu.2.17"),
    Platform("linux-i686", "Linux i686, glibc 2.17", "i686-unknown-linux-gnu", 32, NATIVE, True, "x86-linux-gnu.2.17"),
    Platform("linux-armhf", "Linux armv7 (hard float), glibc 2.17", "armv7-unknown-linux-gnueabihf", 32, QEMU, False,
             "arm-linux-gnueabihf.2.17", False),
    Platform("linux-s390x", "Linux s390x (big-endian), glibc 2.17", "s390x-unknown-linux-gnu", 64, QEMU, True, "s390x-linux-gnu.2.17"),
    Platform("musl-x86_64", "Linux x86-64, musl", "x86_64-unknown-linux-musl", 64, NATIVE, False, "x86_64-linux-musl"),
    Platform("musl-aarch64", "Linux aarch64, musl", "aarch64-unknown-linux-musl", 64, QEMU, False, "aarch64-linux-musl", False),
    Platform("windows-x86_64", "Windows x86-64", "x86_64-pc-windows-gnu", 64, WINE),
    Platform("windows-i686", "Windows x86 (32 bits)", "i686-pc-windows-gnu", 32, WINE),
    Platform("macos-x86_64", "macOS x86-64", "x86_64-apple-darwin", 64, NOT_RUN, False, "x86_64-macos", False),
    Platform("macos-aarch64", "macOS aarch64", "aarch64-apple-darwin", 64, NOT_RUN, False, "aarch64-macos", False),
    Platform("freebsd-x86_64", "FreeBSD x86-64", "x86_64-unknown-freebsd", 64, NOT_RUN, False, "x86_64-freebsd", False),
]
BY_NAME = {platform.name: platform for platform in PLATFORMS}
# `make check-platforms` builds all and runs the tests of these, as `make prove` does with what takes minutes.
BOUNDED = ["linux-i686", "linux-aarch64", "windows-x86_64"]
# `make prove` builds the others; check-tarball builds linux-x86_64.
OTHERS = [platform for platform in PLATFORMS if platform.name not in [*BOUNDED, "linux-x86_64"]]
OTHER_LINUX = [platform.name for platform in OTHERS if "linux" in platform.triple]
OTHER_SYSTEMS = [platform.name for platform in OTHERS if "linux" not in platform.triple]
SHIPPED = [platform.name for platform in PLATFORMS if "release" in platform.steps]
