"""What the ordinary build has of the dependencies, for builds into folders of their own, which would compile all of them again."""
import fcntl
import os
import shutil

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ORDINARY = os.path.join(ROOT, "target", "debug")
PARTS = ("deps", "build", ".fingerprint")


def link_into(folder):
    """Links its parts into a new folder of that profile; leaves one that exists as it is."""
    if os.path.isdir(folder) or not os.path.isdir(ORDINARY):
        return
    # Half of what another check's cargo is writing would be taken for whole.
    with open(os.path.join(ORDINARY, ".cargo-lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for part in PARTS:
            shutil.copytree(os.path.join(ORDINARY, part), os.path.join(folder, part), copy_function=os.link, symlinks=True)
