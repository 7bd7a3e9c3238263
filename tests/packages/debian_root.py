"""A small Debian in a folder, made by debootstrap from the mirror that this machine uses, with what a check needs of it."""
import os
import re
import shutil
import unittest
from pathlib import Path

import processes


def source():
    """The release of Debian that apt knows here, and its mirror; None without one."""
    command = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]
    targets = processes.run(command).stdout if shutil.which("apt-get") else ""
    found = re.search(r"^Debian (\w+) main (https?://\S+)", targets, re.M)
    return (found[1], found[2]) if found else None


class Root:
    """The folder. Programs run in it by chroot, as root; the network is the machine's."""

    def __init__(self, folder, *packages):
        self.folder = Path(folder).resolve()
        if os.geteuid() != 0:
            raise unittest.SkipTest("machine: debootstrap and chroot need root")
        if not shutil.which("debootstrap"):
            raise unittest.SkipTest("debootstrap is not installed")
        debian = source()
        if not debian:
            raise unittest.SkipTest("machine: apt's sources name no mirror of Debian")
        shutil.rmtree(self.folder, ignore_errors=True)
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", debian[0], self.folder, debian[1]]
        done = processes.run(command, timeout=900)
        if done.returncode:
            text = (done.stdout + done.stderr).strip().splitlines()
            if re.search(r"mknod|Operation not permitted|cannot mount|not permitted", "\n".join(text)):
                raise unittest.SkipTest(f"machine: debootstrap cannot work here: {text[-1]}")
            raise RuntimeError("debootstrap failed:\n" + "\n".join(text[-15:]))
        self.path("/etc/hosts").write_text("127.0.0.1 localhost\n")

    def path(self, path):
        return self.folder / path.lstrip("/")

    def copy(self, source, path):
        self.path(path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, self.path(path))

    def run(self, *command, **variables):
        """Runs a command in the root, and gives what processes.run gives."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **variables}
        return processes.run(["chroot", self.folder, *command], env=environment, timeout=120)

    def files_named(self, part):
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob(f"*{part}*")
                      if not str(path.relative_to(self.folder)).startswith(("proc/", "sys/", "var/lib/dpkg/", "var/log/", "tmp/")))

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
