"""tcdb, the command-line tool, as its users meet it: what it prints, where, and its exit codes."""
import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import tempfile
import termios
import time

import processes
from fixture import DOCUMENTED, until
from fixture import demo_task as task
from tcdb_fixture import TCDB, TcdbTest

RUNNING, SUCCESS, FAILED, KILLED, PAUSED = task(2), task(3), task(4), task(5), task(7)
ARN = "qcs::cam::uin/100000000001:roleName/reader"


def unread(pipe):
    """Bytes that were written and that its reader has not taken."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


class Outcomes(TcdbTest):
    """One table of cases for text, JSON and the status alone."""

    # What is asked; the exit code; the statuses or error codes in order.
    CASES = [
        (["query", DOCUMENTED], 0, ["SUCCESS"]),
        (["query", FAILED], 1, ["FAILED"]),
        (["query", KILLED], 1, ["KILLED"]),
        (["query", PAUSED], 6, ["PAUSED"]),
        (["query", task("a0")], 6, ["UNKNOWN"]),
        (["query", DOCUMENTED, RUNNING], 6, ["SUCCESS", "RUNNING"]),
        (["query", DOCUMENTED, RUNNING, FAILED], 1, ["SUCCESS", "RUNNING", "FAILED"]),
        (["query", FAILED, "no-such-task", SUCCESS], 4, ["FAILED", "TCDB_ERR_UNKNOWN_REQUEST_ID", "SUCCESS"]),
        (["query", "", SUCCESS], 2, ["TCDB_ERR_INVALID_ARGUMENT", "SUCCESS"]),
        (["query", SUCCESS, "--endpoint", "http://127.0.0.1:1"], 3, ["TCDB_ERR_CONNECT"]),
        (["wait", SUCCESS], 0, ["SUCCESS"]),
        (["wait", task("f1"), "--interval", "250ms"], 0, ["SUCCESS"]),
        (["wait", "--interval", "0.25", task("f2")], 1, ["FAILED"]),
        (["--interval", "0.25", "--timeout", "0", "wait", RUNNING], 5, ["TCDB_ERR_WAIT_TIMEOUT"]),
        (["wait", RUNNING, "--timeout", "0"], 5, ["TCDB_ERR_WAIT_TIMEOUT"]),
        (["wait", "--timeout", "2s", "--interval=250ms", RUNNING], 5, ["TCDB_ERR_WAIT_TIMEOUT"]),
        (["wait", "no-such-task"], 4, ["TCDB_ERR_UNKNOWN_REQUEST_ID"]),
        (["wait", "--interval", "100ms", SUCCESS], 2, ["TCDB_ERR_INVALID_ARGUMENT"]),
    ]

    def test_as_text_with_failures_on_standard_error(self):
        for words, code, ends in self.CASES:
            with self.subTest(words):
                ran = self.tcdb(*words)
                self.assertEqual(ran.returncode, code, ran.stderr)
                shown = re.findall(r"^\S+: (\S+|\(no status\))$", ran.stdout, re.M)
                failed = re.findall(r"\[(TCDB_ERR_\w+)(?:, may pass)?\]$", ran.stderr, re.M)
                self.assertEqual(shown, ["(no status)" if end == "UNKNOWN" else end for end in ends if "ERR" not in end])
                self.assertEqual(failed, [end for end in ends if "ERR" in end])

    def test_as_json_with_one_object_a_line_and_nothing_on_standard_error(self):
        for words, code, ends in self.CASES:
            with self.subTest(words):
                ran = self.tcdb("--json", "--quiet", *words)
                objects = [json.loads(line) for line in ran.stdout.splitlines()]
                self.assertEqual([o["error"]["code"] if "error" in o else o["status"] for o in objects], ends)
                self.assertEqual((ran.returncode, ran.stderr), (code, ""))

    def test_as_the_status_alone(self):
        for words, code, ends in self.CASES:
            with self.subTest(words):
                ran = self.tcdb(*words, "--status-only")
                statuses = ["(no status)" if end == "UNKNOWN" else end for end in ends if "ERR" not in end]
                # Of a wait that has timed out the last known one.
                statuses = statuses or ["RUNNING"] * ends.count("TCDB_ERR_WAIT_TIMEOUT")
                lines = ran.stdout.splitlines()
                if len(ends) > 1:
                    lines = [line.split(" ")[1] for line in lines]
                self.assertEqual((ran.returncode, lines), (code, statuses), ran.stderr)

    def test_an_answer_is_printed_with_status_info_and_request_id(self):
        code, out, errors = self.outcome("query", DOCUMENTED)
        self.assertRegex(out, rf"\A{DOCUMENTED}: SUCCESS\n  info: Dropped the database table successfully.\n  request id: [-0-9a-f]+\n\Z")
        self.assertEqual((code, errors), (0, ""))

    def test_the_fields_of_json(self):
        answer, failure = map(json.loads, self.tcdb("query", "--json", DOCUMENTED, "no-such-task").stdout.splitlines())
        request_id = answer.pop("request_id")
        self.assertRegex(request_id, r"^[-0-9a-f]{36}$")
        self.assertEqual(answer, {"async_request_id": DOCUMENTED, "status": "SUCCESS", "status_text": "SUCCESS", "is_terminal": True,
                                  "info": "Dropped the database table successfully.", "is_success": True})
        error = failure.pop("error")
        self.assertEqual(failure, {"async_request_id": "no-such-task", "last": None})
        self.assertEqual(sorted(error), ["attempts", "code", "http_status", "message", "request_id", "retryable", "server_code", "server_message"])
        self.assertEqual((error["server_code"], error["attempts"], error["http_status"]), ("InvalidParameter.InvalidAsyncRequestId", 1, 200))
        unreached = json.loads(self.tcdb("wait", "--json", "--endpoint", "http://127.0.0.1:1", RUNNING).stdout)
        self.assertEqual((unreached["error"]["http_status"], unreached["last"]), (None, None))
        timed_out = json.loads(self.tcdb("wait", "--json", "--timeout", "0", RUNNING).stdout)
        self.assertEqual((timed_out["last"]["status"], timed_out["error"]["retryable"]), ("RUNNING", True))

    def test_a_timeout_prints_the_last_known_state(self):
        code, out, errors = self.outcome("wait", "--timeout", "0", RUNNING)
        self.assertEqual(code, 5)
        self.assertIn(f"{RUNNING}: RUNNING (last known)\n", out)
        self.assertEqual(errors, f"tcdb: {RUNNING}: not ended: RUNNING [TCDB_ERR_WAIT_TIMEOUT, may pass]\n")
        _, _, errors = self.outcome("wait", "--timeout", "2s", "--quiet", RUNNING)
        self.assertRegex(errors, rf"\Atcdb: {RUNNING}: not ended within 2000 ms: RUNNING after \d+ answers? \[TCDB_ERR_WAIT_TIMEOUT, may pass\]\n\Z")

    def test_ids_come_from_standard_input_too(self):
        ran = self.tcdb("query", "--status-only", FAILED, "-", input=f" {SUCCESS} \n\n{RUNNING}\r\n")
        self.assertEqual(ran.stdout, f"{FAILED} FAILED\n{SUCCESS} SUCCESS\n{RUNNING} RUNNING\n")
        written = f"\ufeff# of today\n{FAILED}  # the backup\n\t#{RUNNING}\n"
        self.assertEqual(self.tcdb("query", "--status-only", "-", input=written).stdout, "FAILED\n")
        ran = self.tcdb("query", "-", input="\n")
        self.assertEqual((ran.returncode, ran.stderr), (2, "tcdb: standard input has no async request id\n"))
        self.assertEqual(self.tcdb("query", "--", "-x").stderr.count("InvalidAsyncRequestId"), 1)

    def test_many_are_waited_for_at_once(self):
        ids = [f"{number}-of-many" for number in range(40)]
        for each in ids:
            self.server.put_steps(each, {"status": "RUNNING", "times": 2}, {"status": "SUCCESS"})
        ran = self.tcdb("wait", "--interval", "250ms", "--status-only", "-", input="\n".join(ids))
        self.assertEqual((ran.returncode, sorted(ran.stdout.splitlines())), (0, sorted(f"{each} SUCCESS" for each in ids)))


class Messages(TcdbTest):
    def test_faults_are_one_line_in_the_words_of_the_command_line(self):
        for words, environment, line in [
            ((), {}, "a command is missing: query, wait, request, credentials or completions (see --help)"),
            (("query",), {}, "the following required arguments were not provided: <ID>... (see --help)"),
            (("query", ""), {}, "the async request id is empty [TCDB_ERR_INVALID_ARGUMENT]"),
            (("wait", "", "--quiet"), {}, "the async request id is empty [TCDB_ERR_INVALID_ARGUMENT]"),
            (("request", ""), {}, "the async request id is empty [TCDB_ERR_INVALID_ARGUMENT]"),
            (("wait", "x", "--timeout", "-1"), {}, "invalid value '-1' for '--timeout <DURATION>': it is negative (see --help)"),
            (("wait", "x", "--interval", "-1s"), {}, "invalid value '-1s' for '--interval <DURATION>': it is negative (see --help)"),
            (("wait", "x", "--timeout"), {},
             "a value is required for '--timeout <DURATION>' but none was supplied (see --help)"),
            (("query", "x"), {"TENCENTCLOUD_REGION": None},
             "--region is missing: neither it nor TENCENTCLOUD_REGION nor a profile names one [TCDB_ERR_INVALID_ARGUMENT]"),
            (("query", "x", "--region", "a b"), {}, "--region holds a space or something other than ASCII [TCDB_ERR_INVALID_ARGUMENT]"),
            (("query", "x", "--region", ""), {}, "--region is empty [TCDB_ERR_INVALID_ARGUMENT]"),
            (("query", "x", "--ca", "/nonexistent"), {}, "--ca /nonexistent: no such file or directory [TCDB_ERR_INVALID_ARGUMENT]"),
            (("query", "x", "--language", "fr"), {}, "--language is neither en-US nor zh-CN [TCDB_ERR_INVALID_ARGUMENT]"),
            (("query", "x", "--endpoint", "http://example.com"), {},
             "--endpoint uses plain HTTP, which is allowed for localhost and loopback addresses only [TCDB_ERR_INVALID_ARGUMENT]"),
            (("query", "x"), {"TENCENTCLOUD_SECRET_ID": None},
             "TENCENTCLOUD_SECRET_ID is not set, though TENCENTCLOUD_SECRET_KEY is [TCDB_ERR_CREDENTIALS]"),
            (("query", "x", "--role", "reader"), {},
             "--role is not the ARN of a role: qcs::cam::uin/<uin>:roleName/<name> [TCDB_ERR_INVALID_ARGUMENT]"),
            (("query", "x", "--role", ARN, "--role-session-name", "s"), {},
             "--role-session-name is 1 bytes long; it must be 2 to 128 [TCDB_ERR_INVALID_ARGUMENT]"),
            (("query", "x", "--role", ARN, "--role-duration", "13h"), {}, "--role-duration is more than 12h"),
            (("query", "x", "--role", ARN, "--role-policy", "/nonexistent"), {}, "--role-policy /nonexistent: no such file or directory"),
            (("query", "x", "--cvm-role", "--metadata", "nonsense:"), {}, None),
            (("query", "x", "--metadata", "http://example.com"), {}, None),
            (("query", "x", "--profile", ""), {}, None),
            (("query", "x", "--role", ARN, "--role-policy", "/"), {}, "--role-policy /: is a directory"),
            (("query", "x", "--role", ARN, "--role-policy", str(TCDB)), {}, f"--role-policy {TCDB}: it is not UTF-8"),
            (("--timeout", "1s", "query", "x"), {}, "--timeout is not an option of query (see --help)"),
        ]:
            with self.subTest(words):
                code, out, errors = self.outcome(*words, **environment)
                self.assertEqual((code, out, errors.count("\n")), (2, "", 1), errors)
                if line:
                    self.assertEqual(errors, f"tcdb: {line}\n")
                else:
                    self.assertIn(words[-2], errors)

    def test_a_missing_region_names_the_file_that_cannot_be_read(self):
        folder = os.path.join(self.home, ".tccli")
        os.mkdir(folder)
        for name, text in (("credential", '{"secretId":"AKIDx","secretKey":"key"}'), ("configure", "{region")):
            with open(os.path.join(folder, f"default.{name}"), "w") as file:
                file.write(text)
        for words in ((), ("--profile", "default")):
            variables = {"TENCENTCLOUD_REGION": None, "TENCENTCLOUD_SECRET_ID": None, "TENCENTCLOUD_SECRET_KEY": None}
            code, out, errors = self.outcome("query", "x", *words, **variables)
            self.assertEqual((code, out, errors.count("\n")), (2, "", 1), errors)
            self.assertIn(f"nor a profile names one; {folder}/default.configure: is not JSON", errors)

    def test_no_secret_is_taken_or_printed(self):
        for option in ("--secret-key=TOPSECRET", "--secret-id=TOPSECRET", "--token=TOPSECRET"):
            code, out, errors = self.outcome("query", option, DOCUMENTED)
            self.assertEqual((code, "TOPSECRET" in out + errors), (2, False), errors)
        code, out, errors = self.outcome("query", "--verbose", DOCUMENTED, TENCENTCLOUD_SECRET_KEY="TOPSECRETTOPSECRET")
        self.assertEqual((code, "TOPSECRET" in out + errors), (4, False), errors)

    def test_verbose_logs_on_standard_error_and_quiet_is_silent(self):
        code, out, errors = self.outcome("query", "-v", DOCUMENTED)
        self.assertRegex(errors, r"(?m)^tcdb: debug: ")
        self.assertEqual((code, out.count("\n")), (0, 3))
        code, out, errors = self.outcome("wait", "--quiet", "--interval", "0.25", task("f1"))
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("SUCCESS", out)

    def test_failed_credentials_are_said_once_by_a_query_and_as_they_come_by_a_wait(self):
        self.command(misbehave={"on": "sts", "error": {"code": "InternalError.SystemError"}})
        _, _, errors = self.outcome("query", SUCCESS, "--role", ARN)
        self.assertEqual(errors.count("InternalError.SystemError"), 1, errors)
        _, _, errors = self.outcome("wait", SUCCESS, "--role", ARN, "--timeout", "4s")
        self.assertRegex(errors, r"\Atcdb: warn: credentials could not be fetched: .*InternalError.SystemError")

    def test_texts_of_the_server_and_ids_do_not_drive_the_terminal(self):
        rude = "a\x1b[2Jb\nc\u009b31m\u202ed"
        self.server.put_steps("rude", {"status": "SUCCESS", "info": rude})
        self.assertIn("  info: a\\u{1b}[2Jb\\nc\\u{9b}31m\\u{202e}d\n", self.tcdb("query", "rude").stdout)
        written = self.tcdb("query", "rude", "--json").stdout
        self.assertFalse(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", written), written)
        self.assertEqual(json.loads(written)["info"], rude)
        self.server.put_steps("odd", {"status": "x\u202ey"})
        self.assertEqual(self.tcdb("query", "odd", "--status-only").stdout, "x\\u{202e}y\n")
        code, _, errors = self.outcome("query", "a\x1b[2Jb")
        self.assertEqual((code, "\x1b" in errors), (2, False))

    def test_help_names_options_and_exit_codes_and_version_is_the_programs(self):
        for command in ("query", "wait"):
            for option in ("--help", "-h"):
                said = self.tcdb(command, option).stdout
                for word in ["--region", "--endpoint", "--role", "--json", "5  TIMED_OUT", "7  NOT_WRITTEN", "130  INTERRUPTED"]:
                    self.assertIn(word, said)
        self.assertRegex(self.tcdb("--version").stdout, r"\Atcdb \d+\.\d+\.\d+\n\Z")

    def test_each_man_page_says_of_which_version_it_is(self):
        version = self.tcdb("--version").stdout.split()[1]
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.tcdb("man-pages", folder).returncode, 0)
            pages = {name: open(os.path.join(folder, name)).read() for name in os.listdir(folder)}
        self.assertGreater(len(pages), 4)
        for name, page in pages.items():
            title = re.search(r"^\.TH .*", page, re.M)[0]
            self.assertIn(version, title, name)


class Outputs(TcdbTest):
    """Full disks, readers that leave, outputs that are closed."""

    def test_what_cannot_be_written_has_an_exit_code_of_its_own(self):
        for words in [["query", DOCUMENTED], ["query", DOCUMENTED, "--json"], ["query", DOCUMENTED, "--status-only"], ["wait", SUCCESS, RUNNING],
                      ["request", DOCUMENTED], ["credentials"], ["completions", "bash"], ["--help"], ["--version"]]:
            with self.subTest(words):
                ran = self.shell(">/dev/full", *words, "--quiet") if "--help" not in words else self.shell(">/dev/full", *words)
                self.assertEqual((ran.returncode, ran.stderr), (7, "tcdb: write to standard output: no space left on device\n"))

    def test_a_standard_output_that_is_closed_is_an_error_before_anything_is_asked(self):
        before = self.server.requests()
        for words in [["query", DOCUMENTED], ["wait", RUNNING, "--json"], ["request", DOCUMENTED], ["credentials"], ["completions", "bash"],
                      ["--help"], ["--version"]]:
            with self.subTest(words):
                ran = self.shell(">&-", *words)
                self.assertEqual((ran.returncode, ran.stderr), (7, "tcdb: standard output is closed\n"))
        self.assertEqual(self.shell(">&- 2>&-", "query", DOCUMENTED).returncode, 7)
        self.assertEqual(self.server.requests(), before)
        # The file that Rust's runtime opens in its place.
        self.assertEqual(self.shell("1<>/dev/null", "query", DOCUMENTED).returncode, 0)

    def test_a_standard_input_that_is_closed_is_an_error_only_where_ids_come_from_it(self):
        ran = self.shell("<&-", "query", "-")
        self.assertEqual((ran.returncode, ran.stderr), (2, "tcdb: standard input is closed\n"))
        self.assertEqual(self.shell("<&-", "query", DOCUMENTED).returncode, 0)

    def test_a_standard_input_that_cannot_be_read_is_an_error_in_plain_words(self):
        for input_, why in [("/", "is a directory"), (TCDB, "it is not UTF-8")]:
            for command in ("query", "wait", "request"):
                with self.subTest(command, why=why):
                    ran = self.shell(f"<{input_}", command, "-")
                    self.assertEqual((ran.returncode, ran.stderr), (2, f"tcdb: read standard input: {why}\n"))

    def test_a_reader_that_leaves_ends_it_without_a_word(self):
        for words in [["query", DOCUMENTED, RUNNING], ["wait", SUCCESS, RUNNING, "--json"], ["completions", "zsh"]]:
            with self.subTest(words):
                read, write = os.pipe()
                os.close(read)
                process = self.begin(*words, "--quiet", stdout=write)
                os.close(write)
                _, errors = process.communicate(timeout=30)
                self.assertEqual((process.returncode, errors), (7, ""))

    def test_messages_that_cannot_be_written_change_no_exit_code(self):
        for redirection in ["2>/dev/full", "2>&-"]:
            ran = self.shell(redirection, "wait", "--interval", "0.25", task("f2"), "no-such-task")
            self.assertEqual(ran.returncode, 4)
            self.assertIn(f"{task('f2')}: FAILED\n", ran.stdout)

    def test_a_pipe_gets_a_line_for_each_change_and_a_heartbeat(self):
        code, out, errors = self.outcome("wait", "--interval", "0.25", task("f2"))
        self.assertEqual([line.split(" after ")[0] for line in errors.splitlines()],
                         [f"tcdb: {task('f2')}: INITIAL", f"tcdb: {task('f2')}: RUNNING"])
        self.assertEqual((code, out.count("\n")), (1, 3))
        code, _, errors = self.outcome("wait", "--heartbeat", "300ms", "--timeout", "2s", RUNNING, PAUSED)
        beats = re.findall(r"(?m)^tcdb: 0 of 2 ended; \w+ \S+ after \d+s$", errors)
        self.assertGreater(len(beats), 2, errors)
        _, _, errors = self.outcome("wait", "--heartbeat", "0", "--timeout", "1s", RUNNING, PAUSED)
        self.assertNotIn("of 2 ended", errors)
        _, _, errors = self.outcome("wait", "--heartbeat", "300ms", "--timeout", "1s", "--quiet", "--status-only", RUNNING)
        self.assertEqual(errors.count("\n"), 1)


class Signals(TcdbTest):
    # Exit code, and its signal.
    BOTH = [(130, signal.SIGINT), (143, signal.SIGTERM)]

    def test_a_wait_ends_soon_with_the_last_known_state(self):
        for code, number in self.BOTH:
            for ids in [[RUNNING], [RUNNING, PAUSED, SUCCESS]]:
                with self.subTest(number=number, ids=ids):
                    process = self.begin("wait", *ids)
                    self.assertIn("RUNNING after", self.line_with(process, "RUNNING after"))
                    process.send_signal(number)
                    began = time.monotonic()
                    out, errors = process.communicate(timeout=30)
                    self.assertLess(time.monotonic() - began, self.limit(1.5))
                    self.assertEqual(process.returncode, code, errors)
                    self.assertIn(f"{RUNNING}: RUNNING (last known)\n", out)
                    self.assertRegex(errors.splitlines()[-1], rf"^tcdb: interrupted: [1-3] of {len(ids)} not ended$")

    def line_with(self, process, text):
        for line in process.stderr:
            if text in line:
                return line
        raise AssertionError(f"no line with {text}")

    def test_it_ends_soon_also_while_the_server_is_silent(self):
        self.command(misbehave={"fault": "stall_reply"})
        for words in (["wait", RUNNING], ["wait", "--json", RUNNING, SUCCESS], ["query", RUNNING]):
            for code, number in self.BOTH:
                with self.subTest(words=words, number=number):
                    before = self.server.requests()
                    process = self.begin(*words)
                    until(lambda: self.server.requests() > before, "a request is in flight")
                    process.send_signal(number)
                    began = time.monotonic()
                    out, errors = process.communicate(timeout=30)
                    self.assertLess(time.monotonic() - began, self.limit(1.5))
                    self.assertEqual((process.returncode, "interrupted" in errors), (code, True))
                    self.assertEqual([json.loads(line)["error"]["code"] for line in out.splitlines()],
                                     ["TCDB_ERR_CANCELLED"] * 2 * ("--json" in words))

    def test_each_id_of_an_interrupted_query_has_its_object(self):
        for code, number in self.BOTH:
            with self.subTest(number):
                silent = f"silent-{code}"
                self.server.put_steps(silent, {"fault": "stall_reply"})
                process = self.begin("query", "--json", SUCCESS, silent, PAUSED)
                first = process.stdout.readline()
                until(lambda: self.server.command(questions=silent)["questions"], "the second is asked about")
                process.send_signal(number)
                out, errors = process.communicate(timeout=30)
                objects = [json.loads(line) for line in [first, *out.splitlines()]]
                self.assertEqual([each["async_request_id"] for each in objects], [SUCCESS, silent, PAUSED])
                self.assertEqual([each["error"]["code"] for each in objects[1:]], ["TCDB_ERR_CANCELLED"] * 2)
                self.assertEqual((process.returncode, errors), (code, "tcdb: interrupted: 1 of 3 answered\n"))

    def test_while_ids_are_read_a_signal_ends_it_as_any_program(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for command in ("query", "wait"):
                with self.subTest(command, number=number):
                    process = self.begin(command, "-", stdin=subprocess.PIPE)
                    process.stdin.write("x\n")
                    process.stdin.flush()
                    until(lambda: not unread(process.stdin), "standard input is read")
                    process.send_signal(number)
                    self.assertEqual(process.wait(30), -number)
                    process.communicate()

    def test_what_was_ignored_at_the_start_stays_ignored(self):
        for number, name in [(signal.SIGINT, "INT"), (signal.SIGTERM, "TERM"), (signal.SIGHUP, "HUP")]:
            with self.subTest(name):
                command = ["sh", "-c", f'trap "" {name}; exec "$@"', "sh", *self.words("wait", "--timeout", "2s", RUNNING)]
                pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
                process = self.start(command, env=self.environment(), text=True, **pipes)
                self.line_with(process, "RUNNING after")
                process.send_signal(number)
                _, errors = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 5, errors)

    def test_nohup_outlives_its_terminal(self):
        with tempfile.TemporaryDirectory() as folder:
            command = ["nohup", *self.words("wait", "--timeout", "2s", RUNNING)]
            process = self.start(command, env=self.environment(), cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.line_with(process, "RUNNING after")
            process.send_signal(signal.SIGHUP)
            process.communicate(timeout=30)
            self.assertEqual(process.returncode, 5)


class Variables(TcdbTest):
    """The environment in place of options, and options before it."""

    def bare(self, *words, **environment):
        return processes.run([str(TCDB), *words], env=self.environment(**environment))

    def own(self, **changes):
        return {"TCDB_ASYNC_ENDPOINT": self.server.https, "TCDB_ASYNC_STS_ENDPOINT": self.server["sts"],
                "TCDB_ASYNC_CA_FILE": self.server.ca, **changes}

    def test_they_are_enough(self):
        for words in [("query", SUCCESS), ("query", SUCCESS, "--role", ARN), ("credentials", "--check")]:
            ran = self.bare(*words, **self.own(SSL_CERT_DIR="/nonexistent"))
            self.assertEqual((ran.returncode, ran.stderr), (0, ""), words)

    def test_each_is_named_where_it_cannot_be_used(self):
        for name, value, why in [("TCDB_ASYNC_ENDPOINT", "http://example.com", " uses plain HTTP"),
                                 ("TCDB_ASYNC_ENDPOINT", "https://-.-", " has a host that no certificate can name"),
                                 ("TCDB_ASYNC_STS_ENDPOINT", "http://example.com", " uses plain HTTP"),
                                 ("TCDB_ASYNC_STS_ENDPOINT", "https://-.-", " has a host that no certificate can name"),
                                 ("TCDB_ASYNC_CA_FILE", "/nonexistent", " /nonexistent: no such file or directory")]:
            with self.subTest(name=name, value=value):
                ran = self.bare("query", SUCCESS, "--role", ARN, **self.own(**{name: value}))
                self.assertEqual((ran.returncode, ran.stderr.count("\n")), (2, 1), ran.stderr)
                self.assertIn(name + why, ran.stderr)

    def test_options_go_first(self):
        wrong = {"TCDB_ASYNC_ENDPOINT": "http://example.com", "TCDB_ASYNC_STS_ENDPOINT": "http://example.com",
                 "TCDB_ASYNC_CA_FILE": "/nonexistent", "SSL_CERT_DIR": "/nonexistent", "SSL_CERT_FILE": "/nonexistent"}
        ran = self.tcdb("query", SUCCESS, "--role", ARN, **wrong)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_the_endpoint_is_the_apis_and_not_that_of_the_metadata_service(self):
        ran = self.bare("query", SUCCESS, "--cvm-role", "--metadata", self.server["metadata"],
                        **self.own(**SourcesOfCredentials.NONE))
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        ran = self.bare("credentials", "--cvm-role", **self.own(**SourcesOfCredentials.NONE))
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))


class Requests(TcdbTest):
    TOKEN = {"TENCENTCLOUD_TOKEN": "token-of-this-test"}

    def test_what_would_be_sent_is_printed_and_its_secrets_are_cut(self):
        code, out, errors = self.outcome("request", DOCUMENTED, **self.TOKEN)
        self.assertEqual((code, errors, self.server.requests()), (0, "", 0))
        for line in [f"POST {self.server.https.rstrip('/')}/", "X-TC-Action: DescribeAsyncRequestInfo", "X-TC-Token: (cut, 18 bytes)",
                     f'{{"AsyncRequestId":"{DOCUMENTED}"}}', "string to sign:", "TC3-HMAC-SHA256"]:
            self.assertIn(line, out.splitlines())
        self.assertRegex(out, r"(?m)^Authorization: .*, Signature=\(cut\)$")
        self.assertNotIn(self.TOKEN["TENCENTCLOUD_TOKEN"], out)
        out = self.tcdb("request", "--with-secrets", DOCUMENTED, **self.TOKEN).stdout
        self.assertRegex(out, r"(?m)^Authorization: .*, Signature=[0-9a-f]{64}$")
        self.assertIn("X-TC-Token: token-of-this-test\n", out)

    def test_as_json_and_for_another_time(self):
        shown = json.loads(self.tcdb("request", "--json", "--time", "1700000000", DOCUMENTED).stdout)
        self.assertEqual((shown["method"], shown["async_request_id"]), ("POST", DOCUMENTED))
        self.assertIn(["X-TC-Timestamp", "1700000000"], shown["headers"])
        self.assertEqual(shown["string_to_sign"].splitlines()[:3], ["TC3-HMAC-SHA256", "1700000000", "2023-11-14/cdb/tc3_request"])
        code, _, errors = self.outcome("request", "--time", "999999999999", DOCUMENTED)
        self.assertEqual((code, "--time is 999999999999" in errors), (2, True))

    def test_short_names_mean_the_public_hosts(self):
        for short, host in [("intl", "cdb.intl.tencentcloudapi.com"), ("mainland", "cdb.tencentcloudapi.com")]:
            self.assertIn(f"POST https://{host}/\n", self.tcdb("request", "x", "--endpoint", short).stdout)


class SourcesOfCredentials(TcdbTest):
    NONE = {"TENCENTCLOUD_SECRET_ID": None, "TENCENTCLOUD_SECRET_KEY": None}

    def shown(self, *words, **environment):
        ran = self.tcdb("credentials", "--json", *words, **environment)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return json.loads(ran.stdout)

    def test_the_chosen_source_and_why_those_before_it_are_not(self):
        self.assertEqual(self.shown(), {"source": "environment", "passed_over": [], "expires_at": None})
        self.write(".tencentcloud/credentials", "[default]\nsecret_id=AKIDfromhome\nsecret_key=topsecret\n")
        shown = self.shown(**self.NONE)
        self.assertIn('profile "default"', shown["source"])
        self.assertRegex(shown["passed_over"][0], "^environment: .*TENCENTCLOUD_SECRET_ID")
        code, out, errors = self.outcome("credentials", **self.NONE)
        self.assertRegex(out, r'\Asource: profile "default" in .*\nexpires: never, or not .*\npassed over: environment: .*\n')
        self.assertNotIn("topsecret", out + errors)

    def test_a_check_asks_sts_whose_they_are(self):
        shown = self.shown("--check")
        self.assertEqual((shown["identity"]["type"], shown["identity"]["account_id"]), ("CAMUser", "100000000001"))
        shown = self.shown("--check", "--role", ARN, "--role-session-name", "session", "--role-duration", "30m")
        self.assertEqual(shown["identity"]["type"], "CAMRole")
        self.assertAlmostEqual(shown["expires_at"], time.time() + 1800, delta=120)
        out = self.tcdb("credentials", "--check", "--role", ARN).stdout
        self.assertRegex(out, r"(?m)^expires: 20\d\d-\d\d-\d\dT\S+Z \(in 1h .*\)$")
        code, out, errors = self.outcome("credentials", "--check", TENCENTCLOUD_SECRET_KEY="wrong")
        self.assertEqual((code, out, errors.count("\n")), (2, "", 1), errors)
        self.assertIn("AuthFailure.SignatureFailure", errors)

    def test_each_source_has_its_option(self):
        self.accept("AKIDhome")
        file = self.write("elsewhere", "[default]\nsecret_id=AKIDnone\nsecret_key=k\n[prod]\nsecret_id=AKIDhome\nsecret_key=k\n")
        self.write(".tencentcloud/credentials", "[prod]\nsecret_id=AKIDhome\nsecret_key=k\n")
        token = self.write("token", self.server["web_identity_token"])
        tke = {"TKE_REGION": "ap-guangzhou", "TKE_PROVIDER_ID": "provider", "TKE_WEB_IDENTITY_TOKEN_FILE": token, "TKE_ROLE_ARN": ARN}
        web = ["--web-identity-token-file", token, "--provider-id", "provider", "--role", ARN]
        metadata = ["--metadata", self.server["metadata"]]
        for words, environment, source in [
            (["--env"], {}, "environment"),
            (["--profile", "prod"], self.NONE, 'profile "prod"'),
            (["--profile", "prod", "--credentials-file", file], self.NONE, f'profile "prod" in {file}'),
            (["--role", ARN], {}, f"role {ARN} from environment"),
            (["--role", ARN, "--profile", "prod"], self.NONE, f'role {ARN} from profile "prod"'),
            (["--cvm-role", *metadata], self.NONE, "CVM role"),
            (metadata, self.NONE, "CVM role"),
            (["--tke"], {**self.NONE, **tke}, "TKE"),
            (web, self.NONE, ARN),
        ]:
            with self.subTest(words):
                ran = self.tcdb("query", *words, SUCCESS, **environment)
                self.assertEqual((ran.returncode, ran.stderr), (0, ""))
                self.assertIn(source, self.shown(*words, *(["--check"] if words == metadata else []), **environment)["source"])
