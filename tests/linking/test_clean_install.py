"""What a build from a clean checkout costs, and what readelf says of the library it makes."""
import json
import unittest

from elf_facts import facts
from fixture import ROOT

# A CPU second is longer where others use the same core.
MOST_SECONDS_OF_CPU = 150


class CleanInstall(unittest.TestCase):
    def test_a_build_from_a_clean_checkout_costs_less_than_two_and_a_half_minutes_of_cpu(self):
        seconds = json.loads((ROOT / "target/linking/clean_install.json").read_text())["seconds_of_cpu"]
        print(f"{seconds:.0f} s of CPU")
        self.assertLess(seconds, MOST_SECONDS_OF_CPU)

    def test_the_library_is_linked_as_promised(self):
        for what, holds, detail in facts(str(ROOT / "target/linking/checkout/target/release/libtcdb_async.so")):
            with self.subTest(what):
                self.assertTrue(holds, detail)
