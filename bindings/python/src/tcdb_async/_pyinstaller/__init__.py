"""For PyInstaller, which finds this folder by the package's entry point."""

import os


def hook_dirs() -> list[str]:
    return [os.path.dirname(__file__)]
