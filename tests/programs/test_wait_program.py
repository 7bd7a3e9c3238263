"""The wait program as its users meet it: a line for each change, results, Ctrl-C, exit codes."""
import signal
import subprocess
import time

from fixture import BUILD, MockServerTest, until
from fixture import demo_task as task

RUNNING, SUCCESS, FAILED, KILLED = task(2), task(3), task(4), task(5)


class WaitProgram(MockServerTest):
    def begin(self, *arguments, **environment):
        command = BUILD.command("wait", "--endpoint", self.server.https, "--ca", self.server.ca, *arguments)
        environment = {**BUILD.environment(), **self.server.environment(**environment)}
        return self.start(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, *arguments, **environment):
        """Exit code, output, errors."""
        process = self.begin(*arguments, **environment)
        out, errors = process.communicate(timeout=60)
        return process.returncode, out, errors

    def test_there_is_a_line_for_each_change_and_the_result(self):
        code, out, errors = self.ask("--interval", "0.25", task("f2"))
        self.assertEqual((code, errors), (1, ""))
        seconds, info = r"\d+\.\d s  ", "\n  info: Execution failed.\n  request id: [-0-9a-f]+\n"
        changes = "".join(f"{seconds}{task('f2')}: {status}\n" for status in ["INITIAL", "RUNNING"])
        self.assertRegex(out, rf"\A{changes}{task('f2')}: FAILED{info}\Z")

    def test_the_exit_code_is_the_outcome(self):
        for arguments, expected in [
            ((SUCCESS,), 0), ((FAILED,), 1), ((KILLED,), 1), ((task("f1"),), 0), ((SUCCESS, task("f1")), 0),
            ((SUCCESS, FAILED), 1), (("--timeout", "1", RUNNING), 5), (("--timeout", "0", RUNNING), 5),
            (("--timeout", "1", RUNNING, FAILED), 5), (("no-such-task",), 4), (("no-such-task", SUCCESS), 4),
        ]:
            code, _, errors = self.ask("--interval", "0.25", *arguments)
            self.assertEqual(code, expected, (arguments, errors))

    def test_a_timeout_reports_the_last_known_state(self):
        code, out, errors = self.ask("--timeout", "3", "--interval", "0.25", RUNNING)
        self.assertEqual(code, 5)
        self.assertIn(f"{RUNNING}: RUNNING (last known)\n", out)
        self.assertRegex(errors, rf"\Await: {RUNNING}: not ended within 3000 ms: RUNNING after \d+ answers? \[TCDB_ERR_WAIT_TIMEOUT, may pass\]\n\Z")

    def test_ctrl_c_ends_it_soon_with_the_last_known_state(self):
        for ids in [[RUNNING], [RUNNING, task(1), task(7)]]:
            for number in [signal.SIGINT, signal.SIGTERM]:
                process = self.begin(*ids)
                self.assertIn("RUNNING", process.stdout.readline())
                process.send_signal(number)
                began = time.monotonic()
                out, errors = process.communicate(timeout=20)
                self.assertLess(time.monotonic() - began, self.limit(1.5))
                self.assertEqual(process.returncode, 130)
                self.assertIn(f"{RUNNING}: RUNNING (last known)\n", out)
                self.assertEqual(errors.count("[TCDB_ERR_CANCELLED]\n"), len(ids), errors)

    def test_ctrl_c_ends_it_also_while_the_server_is_silent(self):
        self.command(misbehave={"fault": "stall_reply"})
        for ids in [[RUNNING], [RUNNING, SUCCESS]]:
            before = self.server.requests()
            process = self.begin(*ids)
            until(lambda: self.server.requests() > before, "a request is in flight")
            process.send_signal(signal.SIGINT)
            began = time.monotonic()
            process.communicate(timeout=20)
            self.assertLess(time.monotonic() - began, self.limit(1.5))
            self.assertEqual(process.returncode, 130)

    def test_a_signal_that_is_ignored_stays_ignored(self):
        command = BUILD.command("wait", "--endpoint", self.server.https, "--ca", self.server.ca, "--timeout", "2", RUNNING)
        environment = {**BUILD.environment(), **self.server.environment()}
        process = self.start(["sh", "-c", 'trap "" TERM; exec "$@"', "sh", *command], env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        self.assertIn("RUNNING", process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 5)

    def test_options_are_taken_among_the_ids(self):
        code, out, errors = self.ask(SUCCESS, "--interval", "0.25", "--", FAILED)
        self.assertEqual((code, errors), (1, ""))
        self.assertEqual([out.count(f": {status}\n") for status in ("SUCCESS", "FAILED")], [1, 1])

    def test_texts_of_the_server_do_not_drive_the_terminal(self):
        self.server.put_steps("rude", {"status": "SUCCESS", "info": "a\x1b[2Jb\n"})
        code, out, errors = self.ask("rude")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("  info: a\\x1b[2Jb\\x0a\n", out)

    def test_wrong_usage_is_one_line_and_code_2(self):
        for arguments, line in [
            ((), "wait: no async request id given\n"),
            (("--nonsense", "x"), "wait: unknown option --nonsense\n"),
            (("--timeout",), "wait: --timeout wants a value\n"),
            (("--timeout", "soon", "x"), "wait: --timeout soon is not a number of seconds\n"),
            (("--interval", "-1", "x"), "wait: --interval -1 is not a number of seconds\n"),
            (("--interval", "0.1", "x"), "wait: x: interval of 100 ms; it must be at least 250 ms [TCDB_ERR_INVALID_ARGUMENT]\n"),
            (("",), "wait: : async_request_id is empty [TCDB_ERR_INVALID_ARGUMENT]\n"),
        ]:
            code, out, errors = self.ask(*arguments)
            self.assertEqual((code, out, errors), (2, "", line), arguments)
