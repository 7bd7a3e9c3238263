"""The request that libcurl sends is accepted, and its reply parsed as a query would: examples-c/own_http.c."""
from fixture import DOCUMENTED, MockServerTest, demo_task

# Async request id, what is changed, exit code and a part of the output.
CASES = {
    "libcurl's request is accepted and its reply parsed": (DOCUMENTED, {}, 0, f"{DOCUMENTED}: SUCCESS"),
    "a task under way": (demo_task(2), {}, 6, "RUNNING"),
    "an unknown id": ("no-such-id", {}, 4, "InvalidAsyncRequestId"),
    "a wrong key": (DOCUMENTED, {"TENCENTCLOUD_SECRET_KEY": "wrong"}, 4, "TCDB_ERR_AUTH"),
}


class OwnHttp(MockServerTest):
    def ask(self, async_request_id, ca=None, **changes):
        ran = self.run_program("own_http", "ap-guangzhou", async_request_id, self.server.https, ca or self.server.ca,
                               env=self.server.environment(**changes))
        self.assertNotIn(self.server.key, ran.stdout + ran.stderr)
        return ran.returncode, ran.stdout + ran.stderr

    def test_what_the_server_replies_is_the_outcome(self):
        for what, (async_request_id, changes, code, part) in CASES.items():
            with self.subTest(what):
                returned, said = self.ask(async_request_id, **changes)
                self.assertEqual(returned, code, said)
                self.assertIn(part, said)

    def test_a_server_that_libcurl_does_not_trust_is_refused(self):
        if self.server.https == self.server.http:
            self.skipTest("machine: this build asks over plain HTTP")
        returned, said = self.ask(DOCUMENTED, ca="/dev/null")
        self.assertEqual(returned, 3, said)
        self.assertIn("own_http:", said)
