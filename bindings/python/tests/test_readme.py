"""The README's examples run, against the mock server in place of the API."""

import os
import re
import subprocess
import sys
import unittest

from fixture import MockServerTest

README = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "README.md")
# The examples name no endpoint, and no test may reach a real one.
REDIRECTED = """
import os
import tcdb_async
from tcdb_async import _async_client, _client
_open = _client.open_client
def redirected(credentials, region, options, *, environment):
    options = {**options, "endpoint": os.environ["TEST_ENDPOINT"], "ca_file": os.environ["TEST_CA"]}
    return _open(credentials, region, options, environment=environment)
_client.open_client = _async_client.open_client = redirected
"""


class Examples(MockServerTest):
    def test_every_example_runs(self):
        with open(README, encoding="utf-8") as file:
            examples = re.findall(r"^```python\n(.*?)^```$", file.read(), re.M | re.S)
        self.assertEqual(len(examples), 8)
        said = [self.run_example(example) for example in examples]
        self.assertIn("SUCCESS Dropped the database table successfully.", said[0])
        self.assertIn("<Client>", said[1])
        self.assertIn("<Client>", said[2])
        self.assertIn("no such task", said[3])
        self.assertEqual(said[4].split(), ["SUCCESS", "SUCCESS", "now", "SUCCESS", "SUCCESS"])
        self.assertEqual(said[5].split(), ["SUCCESS"])
        self.assertEqual(said[6].split(), ["SUCCESS"] * 3)
        self.assertIn("DEBUG:tcdb_async:", said[7])

    def run_example(self, example):
        ran = subprocess.run(
            [sys.executable, "-c", REDIRECTED + example],
            env=self.server.environment(SSL_CERT_FILE=self.server["ca"]),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), example)
        return ran.stdout


if __name__ == "__main__":
    unittest.main()
