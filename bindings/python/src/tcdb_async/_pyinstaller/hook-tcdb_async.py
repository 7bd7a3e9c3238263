"""The shared library is loaded by its path, which no analysis of imports finds."""

from PyInstaller.utils.hooks import collect_dynamic_libs  # type: ignore[import-not-found,import-untyped,unused-ignore]

binaries = collect_dynamic_libs("tcdb_async")
