"""python -m tcdb_async: what it prints, its exit codes, its silence about secrets."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest
from argparse import ArgumentTypeError

import processes
from timing import limit, until

from fixture import DOCUMENTED_ID, FAILED, RUNNING, MockServerTest, demo_id
from tcdb_async._given import duration


class CommandLine(MockServerTest):
    def command(self, *arguments):
        ready = self.server.facts
        return [sys.executable, "-m", "tcdb_async", "--endpoint", ready["https"], "--ca", ready["ca"], *arguments]

    def run_it(self, *arguments, **environment):
        env = self.server.environment(**environment)
        return processes.run(self.command(*arguments), env=env)


class Queries(CommandLine):
    def test_an_answer_is_shown(self):
        ran = self.run_it(DOCUMENTED_ID)
        first, info, request_id = ran.stdout.splitlines()
        self.assertEqual(first, f"{DOCUMENTED_ID}: SUCCESS")
        self.assertEqual(info, "  info: Dropped the database table successfully.")
        self.assertRegex(request_id, r"^  request id: [0-9a-f-]{36}$")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_the_environment_names_the_endpoint_and_the_authorities(self):
        ready = self.server.facts
        environment = self.server.environment(TCDB_ASYNC_ENDPOINT=ready["https"], TCDB_ASYNC_CA_FILE=ready["ca"])
        for more in ([], ["--wait"]):
            ran = processes.run([sys.executable, "-m", "tcdb_async", DOCUMENTED_ID, *more], env=environment)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        # None is as good as left out.
        program = (
            "import tcdb_async\n"
            "client = tcdb_async.Client.from_env(endpoint=None, sts_endpoint=None, ca_file=None, request_client=None)\n"
            f"print(client.describe_async_request_info({DOCUMENTED_ID!r}).status.value)"
        )
        ran = processes.run([sys.executable, "-c", program], env=environment)
        self.assertEqual((ran.stdout, ran.stderr), ("SUCCESS\n", ""))

    def test_the_exit_code_is_the_outcome(self):
        refused = "0-0-0-0"
        table = [
            ([DOCUMENTED_ID], 0),
            ([FAILED], 1),
            ([DOCUMENTED_ID, RUNNING], 6),
            ([DOCUMENTED_ID, RUNNING, FAILED], 1),
            ([FAILED, refused, RUNNING], 4),
            ([DOCUMENTED_ID, "--region", ""], 2),
            ([DOCUMENTED_ID, "--ca", "/no/such/file"], 2),
            ([DOCUMENTED_ID, "--endpoint", "http://127.0.0.1:1"], 3),
            ([DOCUMENTED_ID, "--profile", "no-such-profile"], 2),
            ([DOCUMENTED_ID, "--profile", ""], 2),
            ([RUNNING, "--wait", "--timeout", "0"], 5),
            ([FAILED, "--wait"], 1),
            ([DOCUMENTED_ID, "--wait", "--timeout", "-1"], 2),
            ([DOCUMENTED_ID, "--timeout", "1"], 2),
            ([], 2),
            (["--help"], 0),
            (["--version"], 0),
        ]
        for arguments, code in table:
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_it(*arguments).returncode, code)

    def test_ids_come_from_standard_input_too(self):
        def piped(written, *words, redirection=""):
            command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *self.command(*words)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            program = self.start(command, **pipes)
            out, errors = program.communicate(written, timeout=60)
            shown = re.findall(r"(?m)^(\S+): \S+$", out.decode())
            return program.returncode, shown, errors.decode()

        written = f"\ufeff# of today\r\n {FAILED} \r\n\n\t{RUNNING} # the backup\n".encode()
        self.assertEqual(piped(written, DOCUMENTED_ID, "-", "-"), (1, [DOCUMENTED_ID, FAILED, RUNNING], ""))
        self.assertEqual(piped(DOCUMENTED_ID.encode(), "-", "--wait")[:2], (0, [DOCUMENTED_ID]))
        for written, redirection, why in (
            (b"\n# none\n", "", "standard input has no async request id"),
            (b"\xff\n", "", "read standard input: it is not UTF-8"),
            (b"", "<&-", "standard input is closed"),
        ):
            with self.subTest(why=why):
                said = f"tcdb_async: {why} [TCDB_ERR_INVALID_ARGUMENT]\n"
                self.assertEqual(piped(written, "-", redirection=redirection), (2, [], said))

    def test_durations_have_a_unit_or_are_in_seconds(self):
        table = {
            "90s": 90,
            "10m": 600,
            "1h30m": 5400,
            "1h 30m": 5400,
            "250ms": 0.25,
            "1d": 86400,
            "0": 0,
            "0.25": 0.25,
            ".5": 0.5,
        }
        for text, seconds in table.items():
            with self.subTest(text=text):
                self.assertEqual(duration(text), seconds)
        for text in ("", "soon", "5m5", "10 parsecs", "inf", "nan", "1e400", "m", "-1", "-1s", " -5m"):
            with (
                self.subTest(text=text),
                self.assertRaisesRegex(ArgumentTypeError, "negative" if "-" in text else "not a"),
            ):
                duration(text)
        ran = self.run_it("--wait", "--timeout=-1s", RUNNING)
        self.assertEqual(
            (ran.returncode, ran.stderr), (2, "tcdb_async: argument --timeout: -1s is negative (see --help)\n")
        )
        ran = self.run_it("--wait", "--timeout", "2000ms", "--interval", "0.5", RUNNING)
        self.assertIn(f"{RUNNING}: not ended within 2000 ms: RUNNING", ran.stderr)
        ran = self.run_it("--wait", "--timeout", "0", RUNNING)
        self.assertEqual(ran.stderr, f"tcdb_async: {RUNNING}: not ended: RUNNING [TCDB_ERR_WAIT_TIMEOUT, may pass]\n")

    def test_without_credentials_the_variables_are_named(self):
        ran = self.run_it(DOCUMENTED_ID, TENCENTCLOUD_SECRET_KEY="")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("TENCENTCLOUD_SECRET_KEY", ran.stderr)

    def test_ids_stand_before_between_and_behind_the_options(self):
        ids = [DOCUMENTED_ID, FAILED]
        for words in ([*ids, "--json"], ["--json", *ids], [ids[0], "--json", ids[1]]):
            with self.subTest(words=words):
                ran = self.run_it(*words)
                shown = [json.loads(line)["async_request_id"] for line in ran.stdout.splitlines()]
                self.assertEqual((ran.returncode, shown, ran.stderr), (1, ids, ""))

    def test_json_is_a_line_for_each_id(self):
        ran = self.run_it("--json", DOCUMENTED_ID, demo_id(0xA0), "0-0-0-0")
        success, unknown, error = map(json.loads, ran.stdout.splitlines())
        self.assertEqual((success["status"], success["is_success"]), ("SUCCESS", True))
        self.assertEqual((unknown["status"], unknown["status_text"], unknown["info"]), ("UNKNOWN", "", None))
        self.assertEqual(error["async_request_id"], "0-0-0-0")
        self.assertEqual((error["error"]["code"], error["last"]), ("TCDB_ERR_UNKNOWN_REQUEST_ID", None))
        self.assertEqual((ran.returncode, ran.stderr), (4, ""))

    def test_no_secret_is_taken_or_shown(self):
        for option in ("--secret-key=TOPSECRET", "--secret-id=TOPSECRET", "--token=TOPSECRET"):
            ran = self.run_it(option, DOCUMENTED_ID)
            self.assertEqual(ran.returncode, 2)
            self.assertNotIn("TOPSECRET", ran.stdout + ran.stderr)
        shown = self.run_it(DOCUMENTED_ID, TENCENTCLOUD_SECRET_KEY="TOPSECRET")
        self.assertEqual(shown.returncode, 4)
        self.assertNotIn("TOPSECRET", shown.stdout + shown.stderr)

    def test_a_servers_text_does_not_drive_the_terminal(self):
        self.server.put_steps("rude", {"status": "SUCCESS", "info": "a\x1b[2Jb\nc"})
        self.assertIn("  info: a [2Jb c\n", self.run_it("rude").stdout)

    def test_what_cannot_be_written_has_an_exit_code_of_its_own(self):
        closed = ["sh", "-c", 'exec "$@" >&-', "sh"]
        full = ["sh", "-c", 'exec "$@" >/dev/full', "sh"]
        for where, said in ((closed, "standard output is closed"), (full, "write to standard output: No space left")):
            for options in ([], ["--json"]):
                with self.subTest(said=said, options=options):
                    ran = processes.run([*where, *self.command(*options, DOCUMENTED_ID)], env=self.server.environment())
                    self.assertEqual(
                        (ran.returncode, ran.stderr.startswith(f"tcdb_async: {said}")), (7, True), ran.stderr
                    )
                    self.assertEqual(len(ran.stderr.splitlines()), 1)

    def test_messages_that_cannot_be_written_change_no_exit_code(self):
        for where in ('exec "$@" 2>&-', 'exec "$@" 2>/dev/full'):
            with self.subTest(where=where):
                command = ["sh", "-c", where, "sh", *self.command("0-0-0-0")]
                ran = processes.run(command, env=self.server.environment())
                self.assertEqual((ran.returncode, ran.stdout), (4, ""))

    def test_what_a_terminal_cannot_encode_is_escaped(self):
        ran = self.run_it(demo_id(0xA6), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        self.assertIn(r"  info: \u4efb\u52a1", ran.stdout)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_a_reader_that_leaves_causes_no_traceback(self):
        read, write = os.pipe()
        os.close(read)
        ran = subprocess.run(
            self.command(DOCUMENTED_ID),
            env=self.server.environment(),
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
        )
        os.close(write)
        self.assertEqual((ran.returncode, ran.stderr), (7, b""))


class Waits(CommandLine):
    def test_a_pipe_gets_a_line_for_each_change(self):
        task = self.server.put_life()
        ran = self.run_it("--wait", "--interval", "0.25", "--timeout", "30", task)
        lines = [re.sub(r"[\d.]+ s$", "N s", line) for line in ran.stderr.splitlines()]
        self.assertEqual(lines, [f"{task}: INITIAL after N s", f"{task}: RUNNING after N s"])
        self.assertEqual((ran.returncode, ran.stdout.splitlines()[0]), (0, f"{task}: SUCCESS"))

    def test_many_tasks_are_waited_for_at_once(self):
        ids = [f"{number} of many" for number in range(40)]
        for each in ids:
            self.server.put_steps(each, {"status": "RUNNING", "times": 2}, {"status": "SUCCESS"})
        ran = self.run_it("--wait", "--json", "--interval", "0.25", *ids)
        ends = [json.loads(line) for line in ran.stdout.splitlines()]
        self.assertEqual(sorted(end["async_request_id"] for end in ends), sorted(ids))
        self.assertEqual((ran.returncode, {end["status"] for end in ends}), (0, {"SUCCESS"}))

    def test_a_timeout_shows_the_last_answer(self):
        ran = self.run_it("--wait", "--json", "--timeout", "2", "--interval", "0.5", RUNNING)
        said = json.loads(ran.stdout)
        self.assertEqual((said["error"]["code"], said["last"]["status"]), ("TCDB_ERR_WAIT_TIMEOUT", "RUNNING"))
        self.assertEqual(ran.returncode, 5)

    def test_ctrl_c_ends_it_with_130(self):
        for stalled in (False, True):
            with self.subTest(stalled=stalled):
                self.server.command(clear=True)
                if stalled:
                    self.server.stall()
                pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
                program = self.start(self.command("--wait", "--interval", "30", RUNNING), text=True, **pipes)
                until(self.server.requests, "the first request")
                time.sleep(0.2)
                started = time.monotonic()
                program.send_signal(signal.SIGINT)
                _, said = program.communicate(timeout=10)
                self.assertEqual((program.returncode, said.splitlines()[-1]), (130, "tcdb_async: interrupted"))
                self.assertLess(time.monotonic() - started, limit(1))

    def test_each_id_of_an_interrupted_run_has_its_object(self):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.server.put_steps("silent", {"fault": "stall_reply"})
        for words in ([], ["--wait"]):
            with self.subTest(words=words):
                ids = [DOCUMENTED_ID, "silent", "silent"]
                program = self.start(self.command("--json", *words, *ids), text=True, **pipes)
                first = program.stdout.readline()
                until(lambda: self.server.command(questions="silent")["questions"], "the second is asked about")
                program.send_signal(signal.SIGINT)
                out, said = program.communicate(timeout=20)
                objects = [json.loads(line) for line in [first, *out.splitlines()]]
                self.assertEqual([each["async_request_id"] for each in objects], ids)
                self.assertEqual([each["error"]["code"] for each in objects[1:]], ["TCDB_ERR_CANCELLED"] * 2)
                self.assertEqual((program.returncode, said), (130, "tcdb_async: interrupted\n"))

    def test_a_signal_that_comes_while_a_result_is_written_ends_it_afterwards(self):
        # As a signal that comes within the system call: the handler runs before print() returns.
        program = (
            "import signal, sys\n"
            "from tcdb_async import _interrupts, _show\n"
            "_interrupts.install()\n"
            "class Stream:\n"
            "    encoding, write, fileno = 'utf-8', sys.stdout.write, sys.stdout.fileno\n"
            "    def flush(self):\n"
            "        sys.__stdout__.flush()\n"
            "        for _ in range(int(sys.argv[2])):\n"
            "            signal.raise_signal(signal.Signals[sys.argv[1]])\n"
            "sys.stdout = Stream()\n"
            "noted = []\n"
            "try:\n"
            "    _show.write_result('x', lambda: noted.append(1))\n"
            "except (KeyboardInterrupt, _interrupts.Terminated) as end:\n"
            "    sys.stdout = sys.__stdout__\n"
            "    print(type(end).__name__, len(noted))\n"
        )
        for name, signals, expected in (
            ("SIGINT", 1, "KeyboardInterrupt 1"),
            ("SIGTERM", 1, "Terminated 1"),
            # The second ends it where it is.
            ("SIGINT", 2, "KeyboardInterrupt 0"),
        ):
            with self.subTest(name=name, signals=signals):
                ran = processes.run([sys.executable, "-c", program, name, str(signals)], env=self.server.environment())
                self.assertEqual((ran.stdout.splitlines()[1:], ran.stderr), ([expected], ""))

    def test_ctrl_c_ends_it_while_no_one_reads(self):
        for info, signals in ((3000, 1), (3000, 2), (200_000, 2)):
            with self.subTest(info=info, signals=signals):
                self.server.command(clear=True)
                self.server.put_steps("long", {"status": "SUCCESS", "info": "x" * info})
                pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
                program = self.start(self.command("--json", *["long"] * 40), text=True, **pipes)
                # A pipe takes 64 KiB.
                asked = 15 if info < 64 * 1024 else 1
                until(lambda: self.server.command(questions="long")["questions"] >= asked, "the pipe is nearly full")
                time.sleep(limit(0.3))
                for _ in range(signals):
                    program.send_signal(signal.SIGINT)
                    time.sleep(0.2)
                if signals == 2:
                    program.wait(timeout=20)
                out, said = program.communicate(timeout=20)
                self.assertEqual(program.returncode, 130)
                self.assertEqual(said, "tcdb_async: interrupted\n" if signals == 1 else "")
                if signals == 1:
                    self.assertEqual(len([json.loads(line) for line in out.splitlines()]), 40)

    def test_a_terminal_that_is_not_read_holds_it_no_longer_than_the_second_signal(self):
        self.server.put_steps("long", {"status": "SUCCESS", "info": "x" * 1000})
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        program = self.start(self.command("--json", *["long"] * 40), stdout=slave, stderr=slave)
        os.close(slave)
        until(lambda: self.server.command(questions="long")["questions"] >= 3, "results are written")
        time.sleep(limit(0.3))
        for _ in range(2):
            program.send_signal(signal.SIGINT)
            time.sleep(0.2)
        self.assertEqual(program.wait(timeout=20), 130)

    def test_a_signal_while_arguments_are_read_is_an_interruption(self):
        program = (
            "import signal, sys\n"
            "from tcdb_async import __main__\n"
            "read = __main__._read_arguments\n"
            "def struck(words):\n"
            "    signal.raise_signal(signal.Signals[sys.argv[1]])\n"
            "    return read(words)\n"
            "__main__._read_arguments = struck\n"
            "sys.exit(__main__.main(['some-id']))\n"
        )
        for name, code in (("SIGINT", 130), ("SIGTERM", 143)):
            with self.subTest(name=name):
                ran = processes.run([sys.executable, "-c", program, name], env=self.server.environment())
                self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (code, "", "tcdb_async: interrupted\n"))

    def test_an_interrupted_wait_has_its_last_answer(self):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.server.command(clear=True)
        program = self.start(self.command("--wait", "--json", "--interval", "0.3", RUNNING), text=True, **pipes)
        until(lambda: self.server.requests() >= 3, "the third request")
        program.send_signal(signal.SIGINT)
        said = json.loads(program.communicate(timeout=20)[0])
        self.assertEqual((said["error"]["code"], said["last"]["status"]), ("TCDB_ERR_CANCELLED", "RUNNING"))

    def test_an_interrupted_or_timed_out_wait_leaves_the_last_known_state(self):
        self.server.put_steps("halted", {"status": "RUNNING", "info": "half of it is done"})
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        ids = [DOCUMENTED_ID, "halted", "halted"]
        program = self.start(self.command("--wait", "--interval", "0.3", *ids), text=True, **pipes)
        answered = [program.stderr.readline() for _ in range(2)]
        self.assertEqual([line[:22] for line in answered], ["halted: RUNNING after "] * 2)
        program.send_signal(signal.SIGINT)
        out, said = program.communicate(timeout=20)
        shown = [line for line in out.splitlines() if not line.startswith("  request id: ")]
        last_known = ["halted: RUNNING (last known)", "  info: half of it is done"]
        self.assertEqual(shown[-4:], last_known * 2)
        self.assertEqual((program.returncode, said.splitlines()[-1]), (130, "tcdb_async: interrupted"))
        ran = self.run_it("--wait", "--timeout", "0", RUNNING)
        self.assertEqual((ran.returncode, ran.stdout.splitlines()[0]), (5, f"{RUNNING}: RUNNING (last known)"))

    def test_sigterm_ends_it_with_143_unless_it_is_ignored(self):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        program = self.start(self.command("--wait", "--interval", "30", RUNNING), text=True, **pipes)
        until(self.server.requests, "the first request")
        time.sleep(0.2)
        program.send_signal(signal.SIGTERM)
        said = program.communicate(timeout=10)[1].splitlines()
        self.assertEqual((program.returncode, said[-1]), (143, "tcdb_async: interrupted"))
        self.server.command(clear=True)
        ignoring = ["sh", "-c", 'trap "" TERM; exec "$@"', "sh", *self.command("--wait", "--timeout", "2", RUNNING)]
        program = self.start(ignoring, text=True, **pipes)
        until(self.server.requests, "the first request")
        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=20)
        self.assertEqual(program.returncode, 5)

    def test_a_dumb_terminal_gets_no_escape_sequence(self):
        shown = self.on_a_terminal(self.command("--wait", "--interval", "0.25", self.server.put_life()), TERM="dumb")
        self.assertNotIn("\x1b", shown)
        self.assertIn("RUNNING after", shown)

    def test_a_terminal_gets_one_line_that_changes(self):
        task = self.server.put_life()
        shown = self.on_a_terminal(self.command("--wait", "--interval", "0.25", task))
        self.assertIn(f"\r00:00 {task}: RUNNING\x1b[K", shown)
        self.assertNotIn("RUNNING after", shown)
        self.assertIn(f"\r\x1b[K{task}: SUCCESS\r\n", shown)

    def test_the_line_fits_the_terminal_that_shows_it(self):
        for columns, rows, stdout in (
            (50, 24, None),
            (50, 0, None),
            (50, 24, subprocess.DEVNULL),
            (0, 0, None),
            (65535, 24, None),
        ):
            with self.subTest(columns=columns, rows=rows, stdout=stdout):
                task = "long-" * 45 + str((columns, rows, stdout))
                self.server.put_steps(task, {"status": "RUNNING", "times": 5}, {"status": "SUCCESS"})
                command = self.command("--wait", "--interval", "0.25", task)
                shown = self.on_a_terminal(command, size=(rows, columns), stdout=stdout)
                lines = re.findall(r"\r(\d\d:\d\d [^\r\x1b]*)\x1b", shown)
                self.assertEqual(max(map(len, lines)), min(columns or 80, 200) - 1)

    def test_an_id_that_is_given_twice_is_two_tasks(self):
        self.server.put_steps("twice", {"status": "RUNNING", "times": 12}, {"status": "SUCCESS"})
        shown = self.on_a_terminal(self.command("--wait", "--interval", "0.25", "twice", "twice"))
        self.assertIn("0 of 2 ended; 2 RUNNING", shown)
        self.assertEqual(shown.count("twice: SUCCESS"), 2)

    def on_a_terminal(self, command, size=(24, 100), stdout=None, **environment):
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        environment = {"TERM": "xterm", **environment}
        program = self.start(
            command, environment=environment, stdout=stdout or terminal, stderr=terminal, stdin=terminal
        )
        os.close(terminal)
        shown = b""
        while select.select([controller], [], [], 20)[0]:
            try:
                read = os.read(controller, 4096)
            except OSError:
                break
            shown += read
        os.close(controller)
        self.assertEqual(program.wait(timeout=10), 0)
        return shown.decode()


if __name__ == "__main__":
    unittest.main()
