"""64 threads do everything at once on one client: storm.c, over TLS and over plain HTTP."""
import os

from fixture import MockServerTest

SECONDS = int(os.environ.get("STORM_SECONDS", "3"))
# The work itself is bounded by SECONDS; sanitizers and a busy machine make the last calls slow.
GRACE = 90


class Storm(MockServerTest):
    def test_threads_that_do_everything_at_once_lose_and_leak_nothing(self):
        self.server.put("storm-pending")
        for scheme, ca in [("https", self.server.ca), ("http", "")]:
            with self.subTest(scheme):
                ran = self.run_program("storm", self.server[scheme], ca, SECONDS, timeout=SECONDS + GRACE)
                print(scheme, ran.stdout.strip())
                self.assertEqual(ran.returncode, 0, ran.stderr[:2000])
