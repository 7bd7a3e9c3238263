"""The columns: ours, what a user would pick instead, and the floor under all of them."""
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

from server import run

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


@dataclass
class Column:
    name: str
    command: list
    schemes: tuple = ("http", "https")
    """A native program runs under valgrind and is linked to what it ships with."""
    is_native: bool = True
    ships: list = field(default_factory=list)


def leave_out(name, why):
    print(f"left out: {name}: {why}", flush=True)


def build(source, out, *flags):
    command = [os.environ.get("CC", "cc"), "-std=gnu11", "-O2", "-Wall", "-Wextra", f"{HERE}/{source}", "-o", out,
               *flags, "-lpthread"]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def native(name, source, work, *flags, **about):
    out = f"{work}/{name}"
    done = build(source, out, *flags)
    if done.returncode:
        fault = next((line for line in done.stdout.splitlines() if "error" in line), done.stdout[-200:])
        return leave_out(name, fault.replace(f"{HERE}/", ""))
    return Column(name, [out], **{"ships": [out], **about})


def ours(work, library):
    folder = os.path.dirname(os.path.abspath(library))
    column = native("ours", "ours.c", work, f"-I{ROOT}/include", library, f"-Wl,-rpath,{folder}", ships=[library])
    if not column:
        raise SystemExit("nothing to measure")
    return column


def rust(name, feature, work, **about):
    """A client of benches/rust_clients, built by cargo into the working folder."""
    folder = f"{work}/rust_clients"
    command = [os.environ.get("CARGO", "cargo"), "build", "--release", "-q", "--features", feature,
               "--manifest-path", f"{HERE}/rust_clients/Cargo.toml", "--target-dir", folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        return leave_out(name, next((line for line in done.stdout.splitlines() if "error" in line), "cargo failed"))
    library = f"{work}/{name}.a"
    shutil.copy(f"{folder}/release/librust_clients.a", library)
    return native(name, "rust_client.c", work, f'-DRUST_CLIENT="{name}"', library, "-lm", "-ldl", **about)


def python(work):
    venv = f"{work}/venv"
    if not os.path.exists(f"{venv}/ready"):
        made = [[sys.executable, "-m", "venv", venv],
                [f"{venv}/bin/pip", "install", "-q", "--disable-pip-version-check", "tencentcloud-sdk-python-cdb"]]
        for command in made:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                return leave_out("python", (done.stdout.strip().splitlines() or ["no venv"])[-1])
        open(f"{venv}/ready", "w").close()
    return Column("python", [f"{venv}/bin/python", f"{HERE}/vendor_sdk.py"], is_native=False, ships=[f"{venv}/lib"])


def node(work):
    folder = f"{work}/node"
    missing = [tool for tool in ("node", "npm") if not shutil.which(tool)]
    if missing:
        return leave_out("node", f"{missing[0]} is not installed")
    if not os.path.exists(f"{folder}/ready"):
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/package.json", "w") as f:
            f.write('{"name":"bench","version":"1.0.0","private":true}\n')
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "tencentcloud-sdk-nodejs"],
                              cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            return leave_out("node", (done.stdout.strip().splitlines() or ["npm failed"])[-1])
        open(f"{folder}/ready", "w").close()
    shutil.copy(f"{HERE}/vendor_sdk.js", folder)
    return Column("node", ["node", f"{folder}/vendor_sdk.js"], is_native=False, ships=[f"{folder}/node_modules"])


def all_columns(work, library):
    """In the order in which they are shown. What cannot be had here is left out, and said."""
    columns = [
        native("floor", "floor.c", work, schemes=("http",)),
        native("floor-tls", "floor.c", work, "-DFLOOR_TLS", "-lssl", "-lcrypto", schemes=("https",)),
        rust("floor-rustls", "floor", work, schemes=("https",)),
        ours(work, library),
        rust("ureq", "ureq", work),
        rust("hyper", "hyper", work),
        native("libcurl", "libcurl.c", work, "-lcurl", "-lcrypto", "-lcjson"),
        python(work),
        node(work),
    ]
    return [column for column in columns if column]


def shared_objects(program):
    """What a native program needs besides libc, as real paths."""
    own = ("libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "ld-linux", "linux-vdso")
    paths = [line.split()[2] for line in run(["ldd", program]).splitlines() if "=> /" in line]
    return [os.path.realpath(path) for path in paths if not os.path.basename(path).startswith(own)]


def size_of(path):
    """Of a file or a folder, without what pip brings for itself."""
    if os.path.isfile(path):
        return os.path.getsize(os.path.realpath(path))
    skipped = ("__pycache__", "/pip", "/setuptools", "/pkg_resources", "/_distutils_hack")
    return sum(os.lstat(os.path.join(folder, name)).st_size
               for folder, _, names in os.walk(path) if not any(s in folder for s in skipped) for name in names)
