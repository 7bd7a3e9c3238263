"""The vendor's command line and SDK for Python, in an environment of their own."""
import os
import subprocess
import sys
import venv

FOLDER = os.path.join("target", "vendor-tools")
PYTHON = os.path.abspath(os.path.join(FOLDER, "bin", "python"))
# The command line is 369 MB; both need no compiled files.
PACKAGES = ["tencentcloud-sdk-python-common", "tccli"]


def install():
    """Installs them once; ends the process with 77 where they cannot be had."""
    done = os.path.join(FOLDER, "installed")
    if os.path.exists(done):
        return
    venv.create(FOLDER, with_pip=True)
    ran = subprocess.run([PYTHON, "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check", *PACKAGES], capture_output=True, text=True)
    if ran.returncode:
        print(ran.stderr)
        print(f"skipped: machine: {' and '.join(PACKAGES)} cannot be installed")
        sys.exit(77)
    open(done, "w").close()
