#!/usr/bin/env python3
"""The query program as its users meet it: output, one-line errors, exit codes."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../mock-server"))
from mock_server import MockServer  # noqa: E402

PROGRAM, ENDPOINT = sys.argv.pop(1), sys.argv.pop(1)
DOCUMENTED = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7"


def task(number):
    return f"{number:0>8}-5eed5eed-5eed5eed-5eed5eed"


class QueryProgram(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.endpoint = MockServer(ENDPOINT)
        cls.facts = cls.endpoint.facts

    @classmethod
    def tearDownClass(cls):
        cls.endpoint.close()

    def ask(self, *arguments, trusted=True, **environment):
        to = ["--endpoint", self.facts["https"], "--ca", self.facts["ca"]] if trusted else []
        return subprocess.run([PROGRAM, *to, *arguments], env=self.endpoint.environment(**environment), capture_output=True, text=True, timeout=60)

    def test_an_answer_is_printed_with_status_info_and_request_id(self):
        ran = self.ask(DOCUMENTED)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertRegex(ran.stdout, rf"\A{DOCUMENTED}: SUCCESS\n  info: Dropped the database table successfully.\n  request id: [-0-9a-f]+\n\Z")

    def test_the_exit_code_tells_how_the_task_stands(self):
        for number, code in [(1, 6), (2, 6), (3, 0), (4, 1), (5, 1), (6, 1), (7, 6), (8, 6), ("a0", 6), ("a4", 6)]:
            self.assertEqual(self.ask(task(number)).returncode, code, number)

    def test_of_several_ids_the_most_telling_code_wins(self):
        self.assertEqual(self.ask(task(3), task(2), task(4)).returncode, 1)
        self.assertEqual(self.ask(task(3), task(2)).returncode, 6)
        self.assertEqual(self.ask(task(4), "unknown", task(3)).returncode, 4)

    def test_a_refusal_by_the_api_is_one_line_and_code_4(self):
        ran = self.ask(DOCUMENTED, TENCENTCLOUD_SECRET_KEY="WrongKeyWrongKeyWrongKey")
        self.assertEqual((ran.returncode, ran.stdout), (4, ""))
        self.assertRegex(ran.stderr, r"\Aquery: \S+: AuthFailure.SignatureFailure: .* \[TCDB_ERR_AUTH\]\n\Z")

    def test_a_refused_connection_is_one_line_and_code_3(self):
        ran = self.ask("--endpoint", "http://127.0.0.1:1", DOCUMENTED, trusted=False)
        self.assertEqual(ran.returncode, 3)
        self.assertEqual(ran.stderr, f"query: {DOCUMENTED}: connect to 127.0.0.1:1: connection refused (3 attempts) [TCDB_ERR_CONNECT, may pass]\n")

    def test_wrong_usage_is_one_line_and_code_2(self):
        missing = {"TENCENTCLOUD_REGION": None}
        for arguments, environment, line in [
            ((), {}, "query: no async request id given (see --help)\n"),
            (("--nonsense", "x"), {}, "query: unknown option --nonsense (see --help)\n"),
            (("--region",), {}, "query: --region wants a value\n"),
            (("x",), missing, None),
            (("--ca", "/nonexistent", "x"), {}, "query: cannot start: ca_file /nonexistent: no such file or directory [TCDB_ERR_INVALID_ARGUMENT]\n"),
            (("x",), {"TENCENTCLOUD_SECRET_ID": None}, "query: cannot start: TENCENTCLOUD_SECRET_ID is not set, though TENCENTCLOUD_SECRET_KEY is [TCDB_ERR_CREDENTIALS]\n"),
        ]:
            ran = self.ask(*arguments, **environment)
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr.count("\n")), (2, "", 1), ran.stderr)
            self.assertIn(line or "TENCENTCLOUD_REGION", ran.stderr)

    def test_verbose_tells_what_happens_without_secrets(self):
        ran = self.ask("--verbose", DOCUMENTED)
        self.assertIn("query: debug: asked ", ran.stderr)
        self.assertNotIn(self.facts["secret_key"], ran.stderr + ran.stdout)

    def test_show_request_prints_what_would_be_sent_and_cuts_its_secrets(self):
        token = {"TENCENTCLOUD_TOKEN": "token-of-this-test"}
        ran = self.ask("--show-request", DOCUMENTED, **token)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        for line in [f"POST {self.facts['https'].rstrip('/')}/", "X-TC-Action: DescribeAsyncRequestInfo", "X-TC-Token: (cut, 18 bytes)",
                     f'{{"AsyncRequestId":"{DOCUMENTED}"}}', "string to sign:", "TC3-HMAC-SHA256"]:
            self.assertIn(line, ran.stdout.splitlines())
        self.assertRegex(ran.stdout, r"(?m)^Authorization: .*, Signature=\(cut\)$")
        self.assertNotIn(token["TENCENTCLOUD_TOKEN"], ran.stdout)
        ran = self.ask("--show-request", "--with-secrets", DOCUMENTED, **token)
        self.assertRegex(ran.stdout, r"(?m)^Authorization: .*, Signature=[0-9a-f]{64}$")
        self.assertIn("X-TC-Token: token-of-this-test\n", ran.stdout)

    def test_help_lists_options_and_exit_codes(self):
        ran = self.ask("--help")
        self.assertEqual(ran.returncode, 0)
        for word in ["--region", "--endpoint", "--ca", "--verbose", "TENCENTCLOUD_SECRET_ID", "130 interrupted"]:
            self.assertIn(word, ran.stdout)


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
