"""The wait program as its users meet it: lines on a pipe, a progress line on a terminal, Ctrl-C, exit codes."""
import os
import pty
import re
import signal
import subprocess
import time

from fixture import BUILD, MockServerTest, until
from fixture import demo_task as task

RUNNING, SUCCESS, FAILED, KILLED = task(2), task(3), task(4), task(5)


class WaitProgram(MockServerTest):
    def begin(self, *arguments, out=subprocess.PIPE, **environment):
        command = BUILD.command("wait", "--endpoint", self.server.https, "--ca", self.server.ca, *arguments)
        environment = {**BUILD.environment(), **self.server.environment(**environment)}
        return self.start(command, env=environment, stdout=out, stderr=subprocess.PIPE, text=True)

    def ask(self, *arguments, **environment):
        """Exit code, output, errors."""
        process = self.begin(*arguments, **environment)
        out, errors = process.communicate(timeout=60)
        return process.returncode, out, errors

    def test_on_a_pipe_there_is_a_line_for_each_change_and_the_result(self):
        code, out, errors = self.ask("--interval", "0.25", task("f2"))
        self.assertEqual((code, errors), (1, ""))
        seconds, info = r"\d+\.\d s  ", "\n  info: Execution failed.\n  request id: [-0-9a-f]+\n"
        changes = "".join(f"{seconds}{task('f2')}: {status}\n" for status in ["INITIAL", "RUNNING", "FAILED"])
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
        code, out, errors = self.ask("--timeout", "0.7", "--interval", "0.25", RUNNING)
        self.assertEqual(code, 5)
        self.assertIn(f"{RUNNING}: RUNNING (last known)\n", out)
        self.assertRegex(errors, rf"\Await: {RUNNING}: not ended within 700 ms: RUNNING after \d answers \[TCDB_ERR_WAIT_TIMEOUT, may pass\]\n\Z")

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

    def on_a_terminal(self, *arguments):
        ours, theirs = pty.openpty()
        process = self.begin(*arguments, out=theirs)
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:
            pass
        os.close(ours)
        process.stderr.close()
        return process.wait(20), shown.decode()

    def test_on_a_terminal_one_line_is_drawn_again_and_again(self):
        code, shown = self.on_a_terminal("--interval", "0.5", task("f1"))
        self.assertEqual(code, 0)
        drawn = re.findall(r"\r\x1b\[K(\d+\.\d) s  \S+: (\w+) \((\d) answers?\)", shown)
        self.assertGreater(len(drawn), 10)
        statuses = [status for at, (_, status, _) in enumerate(drawn) if at == 0 or drawn[at - 1][1] != status]
        self.assertEqual([s for s in statuses if s != "asking"], ["INITIAL", "RUNNING"])
        self.assertIn(f"{task('f1')}: SUCCESS\r\n", shown)

    def test_on_a_terminal_several_are_summed_up(self):
        code, shown = self.on_a_terminal("--interval", "0.5", SUCCESS, task("f1"), FAILED)
        self.assertEqual(code, 1)
        self.assertRegex(shown, r"\r\x1b\[K\d+\.\d s  2 of 3 ended \(\d answers\)")

    def test_wrong_usage_is_one_line_and_code_2(self):
        for arguments, line in [
            ((), "wait: no async request id given (see --help)\n"),
            (("--nonsense", "x"), "wait: unknown option --nonsense (see --help)\n"),
            (("--timeout",), "wait: --timeout wants a value\n"),
            (("--timeout", "soon", "x"), "wait: --timeout soon is not a number of seconds\n"),
            (("--interval", "-1", "x"), "wait: --interval -1 is not a number of seconds\n"),
            (("--interval", "0.1", "x"), "wait: x: interval of 100 ms; it must be at least 250 ms [TCDB_ERR_INVALID_ARGUMENT]\n"),
            (("",), "wait: : async_request_id is empty [TCDB_ERR_INVALID_ARGUMENT]\n"),
        ]:
            code, out, errors = self.ask(*arguments)
            self.assertEqual((code, out, errors), (2, "", line), arguments)

    def test_help_lists_options_and_exit_codes(self):
        code, out, _ = self.ask("--help")
        self.assertEqual(code, 0)
        for word in ["--region", "--timeout", "--interval", "--verbose", "TENCENTCLOUD_SECRET_ID", "130 interrupted"]:
            self.assertIn(word, out)

