"""The query program as its users meet it: output, one-line errors, exit codes."""
import os
import shutil
import tempfile

from fixture import DOCUMENTED, MockServerTest
from fixture import demo_task as task

# Of the system that the program is for.
LIST_SEPARATOR = os.environ.get("TCDB_LIST_SEPARATOR", ":")


class QueryProgram(MockServerTest):
    def ask(self, *arguments, trusted=True, **environment):
        to = ["--endpoint", self.server.https, "--ca", self.server.ca] if trusted else []
        return self.run_program("query", *to, *arguments, env=self.server.environment(**environment))

    def test_an_answer_is_printed_with_status_info_and_request_id(self):
        ran = self.ask(DOCUMENTED)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertRegex(ran.stdout, rf"\A{DOCUMENTED}: SUCCESS\n  info: Dropped the database table successfully.\n  request id: [-0-9a-f]+\n\Z")

    def test_the_exit_code_is_the_tasks_outcome(self):
        for number, code in [(1, 6), (2, 6), (3, 0), (4, 1), (5, 1), (6, 1), (7, 6), (8, 6), ("a0", 6), ("a4", 6)]:
            self.assertEqual(self.ask(task(number)).returncode, code, number)

    def test_of_several_ids_the_weightiest_code_wins(self):
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

    def test_options_are_taken_before_after_and_among_the_ids(self):
        to = ["--endpoint", self.server.https, "--ca", self.server.ca]
        for words in ([*to, task(3), DOCUMENTED], [task(3), *to, DOCUMENTED], [task(3), DOCUMENTED, *to], [task(3), *to, "--", DOCUMENTED]):
            ran = self.ask(*words, trusted=False)
            self.assertEqual((ran.returncode, ran.stderr, ran.stdout.count(": SUCCESS\n")), (0, "", 2), words)
        ran = self.ask("--", "--verbose")
        self.assertEqual((ran.returncode, ran.stderr.count("query: --verbose: ")), (4, 1), ran.stderr)

    def test_wrong_usage_is_one_line_and_code_2(self):
        missing = {"TENCENTCLOUD_REGION": None}
        for arguments, environment, line in [
            ((), {}, "query: no async request id given\n"),
            (("--nonsense", "x"), {}, "query: unknown option --nonsense\n"),
            (("x", "--region"), {}, "query: --region wants a value\n"),
            (("x",), missing, None),
            (("--ca", "/nonexistent", "x"), {}, "query: cannot start: ca_file /nonexistent: no such file or directory [TCDB_ERR_INVALID_ARGUMENT]\n"),
            (("x",), {"TENCENTCLOUD_SECRET_ID": None}, "query: cannot start: TENCENTCLOUD_SECRET_ID is not set, though TENCENTCLOUD_SECRET_KEY is [TCDB_ERR_CREDENTIALS]\n"),
        ]:
            ran = self.ask(*arguments, **environment)
            self.assertEqual((ran.returncode, ran.stdout, ran.stderr.count("\n")), (2, "", 1), ran.stderr)
            self.assertIn(line or "TENCENTCLOUD_REGION", ran.stderr)

    def test_verbose_logs_what_happens_without_secrets(self):
        ran = self.ask("--verbose", DOCUMENTED)
        self.assertIn("query: log: request ", ran.stderr)
        self.assertNotIn(self.server["secret_key"], ran.stderr + ran.stdout)

    def test_texts_of_the_server_and_ids_do_not_drive_the_terminal(self):
        self.server.put_steps("rude", {"status": "SUCCESS", "info": "a\x1b[2Jb\nc\u009b31m\x7f任务 é"})
        ran = self.ask("rude", "no\x1b[2Jtask")
        self.assertIn("rude: SUCCESS\n  info: a\\x1b[2Jb\\x0ac\\x9b31m\\x7f任务 é\n", ran.stdout)
        self.assertIn("query: no\\x1b[2Jtask: ", ran.stderr)
        self.assertNotIn("\x1b", ran.stdout + ran.stderr)


class ProxiesAndAuthoritiesOfTheEnvironment(MockServerTest):
    """What the variables say matters where it is used, in every spelling of the field, and is reported by its name."""

    # Nothing listens there.
    DEAD = "http://127.0.0.1:1"

    def ask(self, *arguments, ca=True, **environment):
        to = ["--endpoint", self.server.https, *(["--ca", self.server.ca] if ca else [])]
        return self.run_program("query", *to, *arguments, DOCUMENTED, env=self.server.environment(**environment))

    def assert_answered(self, **environment):
        ran = self.ask(**environment)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), environment)

    def assert_refused(self, text, code=2, **environment):
        ran = self.ask(**environment)
        self.assertEqual((ran.returncode, ran.stderr.count("\n")), (code, 1), ran.stderr)
        self.assertIn(text, ran.stderr)
        self.assertNotIn("secret", ran.stderr)

    def test_this_librarys_own_variables_take_the_place_of_options_and_are_named(self):
        def ask(**variables):
            return self.run_program("query", DOCUMENTED, env=self.server.environment(**variables))

        own = {"TCDB_ASYNC_ENDPOINT": self.server.https, "TCDB_ASYNC_CA_FILE": self.server.ca}
        for others in [{}, {"SSL_CERT_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent"}]:
            ran = ask(**own, **others)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        for variable, value, said in [("TCDB_ASYNC_ENDPOINT", "http://example.com", "TCDB_ASYNC_ENDPOINT uses plain HTTP"),
                                      ("TCDB_ASYNC_CA_FILE", "/nonexistent", "TCDB_ASYNC_CA_FILE /nonexistent: no such file or directory")]:
            ran = ask(**{**own, variable: value})
            self.assertEqual((ran.returncode, ran.stderr.count("\n")), (2, 1), ran.stderr)
            self.assertIn(said, ran.stderr)

    def test_no_proxy_is_understood_in_every_spelling(self):
        self.assert_refused("proxy 127.0.0.1:1: connection refused", code=3, HTTPS_PROXY=self.DEAD)
        port = self.server.https.rstrip("/").rsplit(":", 1)[1]
        for no_proxy in ["localhost", "LOCALHOST.", "x,localhost", "x localhost", "x\tlocalhost", "x\nlocalhost\n", "x\r\nlocalhost\r\n",
                         f"localhost:{port}", "10.0.0.0/8\nlocalhost", "http://user:secret@x/ localhost", "*"]:
            self.assert_answered(HTTPS_PROXY=self.DEAD, NO_PROXY=no_proxy)
        for no_proxy in ["ocalhost", "localhost:1", "127.0.0.0/8", "0.1"]:
            self.assert_refused("connection refused", code=3, HTTPS_PROXY=self.DEAD, NO_PROXY=no_proxy)

    def test_without_a_proxy_a_list_of_exceptions_does_no_harm(self):
        for no_proxy in ["localhost,10.0.0.0/8\n", "::::,///,\n\n", "\x01"]:
            self.assert_answered(NO_PROXY=no_proxy)

    def test_a_proxy_that_cannot_be_used_matters_only_where_it_would_be(self):
        for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]:
            for url in ["socks4://user:secret@x", "http://user:secret", "http://:", "http://x:secret"]:
                self.assert_answered(**{variable: url, "NO_PROXY": "localhost"})
                self.assert_refused(f"{variable} has ", **{variable: url})
        self.assert_answered(ALL_PROXY="socks://127.0.0.1:1/", NO_PROXY="localhost")
        self.assert_refused("proxy 127.0.0.1:1: connection refused", code=3, ALL_PROXY="socks://127.0.0.1:1/")

    def test_folders_of_authorities_are_a_list_and_a_missing_file_with_a_good_one_is_warned_of(self):
        with tempfile.TemporaryDirectory() as folder:
            certs = os.path.join(folder, "certs")
            os.mkdir(certs)
            shutil.copy(self.server.ca, certs)
            missing = os.path.join(folder, "missing")
            for dirs in [[certs], [certs, ""], ["", certs], [missing, certs], [certs, "", missing]]:
                ran = self.ask(ca=False, SSL_CERT_DIR=LIST_SEPARATOR.join(dirs))
                self.assertEqual(ran.returncode, 0, (dirs, ran.stderr))
            ran = self.ask("--verbose", ca=False, SSL_CERT_DIR=certs, SSL_CERT_FILE=missing)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertIn(f"SSL_CERT_FILE {missing}: no such file or directory", ran.stderr)
            self.assert_refused(f"SSL_CERT_DIR {missing}: no such file or directory", ca=False, SSL_CERT_DIR=missing)
            self.assert_refused(f"SSL_CERT_FILE {missing}: no such file or directory", ca=False, SSL_CERT_FILE=missing)

    def test_a_device_is_not_a_file_of_authorities(self):
        self.assert_refused("SSL_CERT_FILE /dev/zero: is not a regular file", ca=False, SSL_CERT_FILE="/dev/zero")
