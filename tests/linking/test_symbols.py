"""The header, symbols.txt and the library name the same functions.

LIBRARIES in the environment names others than the build's own: shared ones are read by what they export, static ones by
what is global in them.
"""
import os
import unittest

from fixture import BUILD
from symbols import declared, exported, listed, released

LIBRARIES = os.environ.get("LIBRARIES", str(BUILD.library)).split()


class Symbols(unittest.TestCase):
    def test_symbols_txt_lists_each_name_once_by_version(self):
        names, versions = zip(*listed())
        self.assertEqual(sorted(names), sorted(set(names)))
        in_order = [tuple(map(int, version.split("."))) for version in versions]
        self.assertEqual(in_order, sorted(in_order))
        self.assertEqual([name for name in names if not name.startswith("tcdb_")], [])

    def test_no_symbol_of_a_release_is_gone_and_each_has_the_version_of_its_first(self):
        number = lambda version: tuple(map(int, version.split(".")))  # noqa: E731
        for release, symbols in released().items():
            with self.subTest(release):
                self.assertEqual(symbols, {name for name, version in listed() if number(version) <= number(release)})

    def test_header_and_library_have_what_symbols_txt_lists_and_nothing_else(self):
        names = {name for name, _ in listed()}
        for place, found in [("include/tcdb_async.h", declared()), *((library, exported(library)) for library in LIBRARIES)]:
            with self.subTest(f"{place} lacks none"):
                self.assertEqual(names - found, set())
            with self.subTest(f"{place} has no other"):
                self.assertEqual(found - names, set())
