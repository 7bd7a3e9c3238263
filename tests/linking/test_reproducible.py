"""The release build can be repeated: from two folders, bit for bit the same."""
import hashlib
import unittest

from fixture import ROOT


class Reproducible(unittest.TestCase):
    def test_two_folders_give_the_same_bytes(self):
        for name in ("libtcdb_async.so", "libtcdb_async.a"):
            with self.subTest(name):
                here, elsewhere = (hashlib.sha256((folder / name).read_bytes()).hexdigest()
                                   for folder in (ROOT / "target/release", ROOT / "target/linking/checkout/target/release"))
                print(name, here)
                self.assertEqual(here, elsewhere)
