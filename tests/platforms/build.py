"""Builds the library, and where they run the tests and the mock server, for one platform, with Debian's Rust 1.85."""
import json
import os
import subprocess
import time

from targets import BUILD, ENTER, HOME, NATIVE, REPOSITORY

PYTHON_TOOLS = os.path.join(HOME, "python", "bin")
SUITES = ["-p", "tcdb-async", "-p", "tcdb-mock-server", "--lib", "--bins", "--test", "c_api", "--test", "models"]

# One profile for library and tests, quick to build. A handshake is ring's work, and tests give it its time.
PROFILE = ["--config", 'profile.dev.package."*".opt-level=0', "--config", "profile.dev.package.ring.opt-level=1"]
# Without what would print a backtrace: a stripped library has no names for it.
# The tests of this repository, and what they test, for an emulator: models of hours of waiting are nothing but computing.
OWN_OPTIMISED = [word for name in ("tcdb-async", "tcdb-mock-server") for word in ("--config", f"profile.dev.package.{name}.opt-level=1")]
STD_FROM_SOURCE = ["-Zbuild-std=std,panic_unwind", "-Zbuild-std-features=panic-unwind"]


class Failed(Exception):
    """What a command printed at its end."""


def environment(platform):
    # No debug information: it is not used here, and it is most of what a linker writes.
    made = {**os.environ, "RUSTC": "/usr/bin/rustc", "CARGO": "/usr/bin/cargo", "CARGO_TARGET_DIR": BUILD,
            "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_INCREMENTAL": "0",
            "PATH": f"{PYTHON_TOOLS}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
    for name in ("RUSTFLAGS", "RUSTUP_TOOLCHAIN", "MAKEFLAGS", "CARGO_MAKEFLAGS"):
        made.pop(name, None)
    key = platform.triple.replace("-", "_")
    if not platform.has_std:
        made["RUSTC_BOOTSTRAP"] = "1"
    if platform.is_musl:
        made[f"CARGO_TARGET_{key.upper()}_RUSTFLAGS"] = "-C target-feature=-crt-static"
    if platform.is_windows:
        made[f"CARGO_TARGET_{key.upper()}_LINKER"] = made[f"CC_{key}"] = f"{platform.mingw}-gcc-posix"
    return made


def inside(command, platform, **variables):
    """Runs a command among the cross tools; its output, or Failed with the end of it."""
    done = subprocess.run([ENTER, *command], cwd=REPOSITORY, env=environment(platform) | variables, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    if done.returncode:
        raise Failed(f"{' '.join(command[:6])} ...\n" + "\n".join([*done.stderr.splitlines()[-10:], *diagnostics(done.stdout).splitlines()[-40:]]))
    return done.stdout


def diagnostics(text):
    """What the compiler says among cargo's messages; any other text as it is."""
    said = ""
    for line in text.splitlines(keepends=True):
        if not line.startswith('{"reason"'):
            said += line
        elif '"compiler-message"' in line:
            said += json.loads(line)["message"]["rendered"]
    return said


def cargo(platform, verb, arguments, **variables):
    program = ["cargo-zigbuild"] if platform.zig else ["/usr/bin/cargo"]
    verb = "zigbuild" if platform.zig and verb == "build" else verb
    std = [] if platform.has_std else STD_FROM_SOURCE
    command = [*program, verb, "--locked", *std, "--target", platform.cargo_target, "--message-format=json", *arguments]
    return [json.loads(line) for line in inside(command, platform, **variables).splitlines() if line.startswith("{")]


def artefacts(messages):
    """(name of the target, kind, is a test, file) of everything that was linked."""
    for message in messages:
        if message["reason"] == "compiler-artifact" and message["package_id"].startswith("path+"):
            target = message["target"]
            for file in [message["executable"]] if message["executable"] else message["filenames"]:
                yield target["name"], target["kind"], message["profile"]["test"], file


def build(platform):
    """{"library": file, or None where it can only be compiled; "seconds": n}."""
    started = time.monotonic()
    if "apple" in platform.triple:
        # No linker for it: the frameworks come with Apple's SDK alone.
        cargo(platform, "check", ["--lib"])
        library = None
    else:
        library = linked(platform, ["--crate-type", "cdylib", *PROFILE])[platform.file_name]
    return {"library": library, "seconds": round(time.monotonic() - started)}


def compile_suites(platform):
    """Without code, without a linker: whether the compiler takes them. Of that profile a library is its unit tests, too."""
    cargo(platform, "check", ["--profile", "test", *SUITES, *PROFILE])


def build_suites(platform):
    """{name: executable} of the Rust tests."""
    emulated = [] if platform.runs == NATIVE else OWN_OPTIMISED
    found = artefacts(cargo(platform, "test", ["--no-run", *SUITES, *PROFILE, *emulated]))
    return {f"{name}{'' if 'test' in kind else ' (unit)'}": file for name, kind, is_test, file in found if is_test}


def linked(platform, arguments):
    """{name: file} of what cargo has linked of the library."""
    made = {os.path.basename(file): file for *_, file in artefacts(cargo(platform, "rustc", ["--lib", *arguments]))}
    if platform.file_name not in made:
        raise Failed(f"no {platform.file_name} among what cargo built")
    return made


def without_paths():
    """Flags by which a file that is shipped names no folder of the machine that built it: the places of panics hold their sources'."""
    crates = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")
    return [f"--remap-path-prefix={folder}={name}" for folder, name in ((REPOSITORY, "tcdb-async"), (crates, "cargo"))]


def own_exports(platform):
    """Flags of the last crate by which it exports this library's functions alone, where rustc's own list has one more: ring has no
    assembler for the processor, and its multiplication is a function in Rust with a C name. zig's linker takes the last list."""
    if platform.processor != "s390x":
        return []
    script = os.path.join(HOME, "exports.map")
    with open(script, "w") as file:
        file.write("{ global: tcdb_*; local: *; };\n")
    return ["--", "-C", f"link-arg=-Wl,--version-script={script}"]


def release(platform):
    """What is shipped: {"library": file, "static": file, "tool": file, "seconds": n}.

    The libraries have a run of their own: what is made together with an rlib, as it is for the tool, is not optimised at the
    link, which is 2 % of it, and a third for Windows, whose linker leaves in what is not used. It comes last, for cargo
    writes both to one place.
    For musl the tool is linked statically, for images that hold nothing else: by flags of the last crate alone.
    What starts a program comes from zig: a standard library from source has none."""
    started = time.monotonic()
    shipped = ["--release", "--config", f"target.{platform.triple}.rustflags={json.dumps(without_paths())}"]
    static = ["--", "-C", "target-feature=+crt-static", "-C", "link-self-contained=no"] if platform.is_musl else []
    made = artefacts(cargo(platform, "rustc", [*shipped, "-p", "tcdb-async-cli", "--bin", "tcdb", *static]))
    tool = next(file for name, _, _, file in made if name == "tcdb")
    kinds = "cdylib" if platform.is_windows else "cdylib,staticlib"
    files = linked(platform, [*shipped, "--crate-type", kinds, *own_exports(platform)])
    return {"library": files[platform.file_name], "static": files.get("libtcdb_async.a"), "tool": tool,
            "seconds": round(time.monotonic() - started)}


def check_minimum(platform):
    """Library, tests and mock server, by the compiler that Cargo.toml declares as the oldest; for this machine or for i686."""
    narrow = ["--target", platform.triple] if platform.bits == 32 else []
    inside(["/usr/bin/cargo", "check", "--locked", "--workspace", "--all-targets", *narrow], platform,
           CC_i686_unknown_linux_gnu="gcc", CFLAGS_i686_unknown_linux_gnu="-idirafter /usr/include/x86_64-linux-gnu")
