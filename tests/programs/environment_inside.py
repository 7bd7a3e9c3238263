"""No function of the header looks into the environment but those whose names say so. test_processes.py runs this, with
counted_getenv.so loaded before the C library."""
import ctypes
import unittest

from fixture import MockServerTest
from header_calls import Objects, call, prototypes

SAYS_SO = ("_from_env", "_env", "_env_with", "_profile", "_profile_with", "_tke", "_cvm_role", "_default")


class Environment(MockServerTest):
    def looks(self, name, parameters):
        """How often the environment was looked into by one call with good arguments."""
        count = ctypes.CDLL(None).counted_getenvs
        objects = Objects(self.server)
        try:
            arguments = objects.arguments(name, parameters)
            before = count()
            call(name, arguments)
            return count() - before
        finally:
            if not name.endswith("_free"):
                objects.free()

    def test_the_environment_is_looked_into_only_where_a_functions_name_says_so(self):
        functions = list(prototypes())
        self.assertGreaterEqual(len(functions), 60)
        looked = {name: self.looks(name, parameters) for _, name, parameters in functions}
        self.assertEqual([name for name, looks in looked.items() if looks and not name.endswith(SAYS_SO)], [])
        for name in ["tcdb_options_from_env", "tcdb_credentials_env", "tcdb_credentials_default"]:
            self.assertGreater(looked[name], 0, "the count counts")


if __name__ == "__main__":
    unittest.main()
