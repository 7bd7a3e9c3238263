"""tcdb on terminals: the progress line fits, and neither results nor log lines tear it."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from fixture import demo_task as task
from tcdb_fixture import TcdbTest

RUNNING, SUCCESS, ENDS, FAILS, PAUSED = task(2), task(3), task("f1"), task("f2"), task(7)
LINE = re.compile(r"\d\d:\d\d")
# Of the line, however wide the terminal is.
WIDEST = 200


class Screen:
    """As much of a terminal as the tool uses. Any other control is a fault."""

    def __init__(self, columns):
        self.columns, self.rows, self.column = columns, [""], 0

    def show(self, text):
        for control, plain in re.findall(r"(\r|\n|\x1b\[2K)|([^\r\n\x1b]+|\x1b)", text):
            if control == "\r":
                self.column = 0
            elif control == "\n":
                self.rows.append("")
            elif control:
                self.rows[-1] = ""
            else:
                assert "\x1b" not in plain, repr(text)
                for sign in plain:
                    self.put(sign)

    def put(self, sign):
        if self.column == self.columns:
            self.rows.append("")
            self.column = 0
        self.rows[-1] = self.rows[-1][:self.column].ljust(self.column) + sign + self.rows[-1][self.column + 1:]
        self.column += 1


def decoded(text):
    """The JSON texts in it. Not by lines: the end of one whose last row is full is not seen on a terminal."""
    objects = []
    while text := text.lstrip():
        each, end = json.JSONDecoder().raw_decode(text)
        objects.append(each)
        text = text[end:]
    return objects


class Terminals(TcdbTest):
    def on_a_terminal(self, columns, *words, rows=24, stdout=None, after=None, **environment):
        """Exit code, all that was written, and the screen at the end. after: a text, and what is done once it was written."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = self.start(self.words(*words), env=self.environment(**{"TERM": "xterm", **environment}),
                             stdin=subprocess.DEVNULL, stdout=stdout or theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                chunk = os.read(ours, 4096)
            except OSError:
                break
            if not chunk:
                break
            shown += chunk
            if after and after[0] in shown:
                after[1](process)
                after = None
        os.close(ours)
        text = shown.decode()
        screen = Screen(columns)
        screen.show(text)
        return process.wait(30), text, screen

    def test_the_line_fits_and_is_gone_at_the_end(self):
        # Some terminals do not know how high they are.
        for columns, rows in [(80, 24), (50, 24), (50, 0), (20, 24), (5, 24), (5, 0), (65535, 24)]:
            with self.subTest(columns=columns, rows=rows):
                command = ["wait", "--status-only", "--interval", "0.25", ENDS, FAILS]
                code, text, screen = self.on_a_terminal(columns, *command, rows=rows)
                self.assertEqual(code, 1)
                self.assertFalse([row for row in screen.rows if LINE.match(row)], screen.rows)
                self.assertEqual("".join(sorted("".join(screen.rows).replace(" ", "").split("FAILED"))), f"{ENDS}SUCCESS{FAILS}")
                drawn = [part for part in re.split(r"[\r\n]|\x1b\[2K", text) if re.match(r"\d\d:\d\d", part)]
                self.assertGreater(len(drawn), 3)
                self.assertEqual({len(part) for part in drawn}, {min(columns, WIDEST)})

    def test_the_line_shows_status_and_time_of_one_and_counts_many(self):
        _, text, _ = self.on_a_terminal(50, "wait", "--interval", "0.25", ENDS)
        self.assertIn(f"RUNNING {ENDS}"[:41], text)
        self.assertNotIn("RUNNING after", text)
        _, text, _ = self.on_a_terminal(80, "wait", "--interval", "0.25", "--timeout", "2s", SUCCESS, RUNNING, PAUSED)
        self.assertIn("1 of 3 ended", text)
        self.assertIn("00:00:01 ", text)

    def test_log_lines_and_results_do_not_tear_it(self):
        code, _, screen = self.on_a_terminal(400, "wait", "--verbose", "--interval", "0.25", ENDS, SUCCESS)
        self.assertEqual(code, 0)
        odd = [row for row in screen.rows if row and not re.match(r"tcdb: (debug|info): [^\r]+$|\S+: SUCCESS$|  (info|request id): .*$", row.rstrip())]
        self.assertEqual(odd, [])
        self.assertGreater(sum(row.startswith("tcdb: debug: ") for row in screen.rows), 4)

    def test_json_on_the_same_terminal_is_not_torn(self):
        for columns, words in [(80, []), (5, []), (65535, ["--verbose"])]:
            with self.subTest(columns=columns, words=words):
                tasks = {f"json-{columns}-{status}": status for status in ("SUCCESS", "FAILED", "KILLED")}
                for times, (each, status) in enumerate(tasks.items()):
                    self.server.put_steps(each, {"status": "RUNNING", "times": 1 + times}, {"status": status})
                code, text, screen = self.on_a_terminal(columns, "wait", "--json", "--interval", "0.25", *tasks, *words)
                self.assertEqual(code, 1)
                drawn = [each.start() for each in re.finditer(r"(?:\r|\n|\x1b\[2K)\d\d:\d\d", text)]
                self.assertTrue([each for each in drawn if text.index("{") < each < text.rindex("{")], text)
                # A row that is full goes on in the next one.
                lines = "".join(row if len(row) == columns else row + "\n" for row in screen.rows).splitlines()
                logged = [line for line in lines if line.startswith("tcdb: ")]
                self.assertEqual(bool(logged), bool(words))
                objects = decoded("\n".join(line for line in lines if line not in logged))
                said = sorted((each["async_request_id"], each["status"]) for each in objects)
                self.assertEqual(said, sorted(tasks.items()))

    def test_what_has_not_ended_is_not_counted_as_ended(self):
        stop = (b"RUNNING", lambda process: process.send_signal(signal.SIGINT))
        _, text, screen = self.on_a_terminal(80, "wait", "--interval", "0.25", RUNNING, PAUSED, after=stop)
        self.assertIn("tcdb: interrupted: 2 of 2 not ended", "".join(screen.rows))
        self.assertEqual(set(re.findall(r"(\d) of 2 ended", text)), {"0"})
        _, text, _ = self.on_a_terminal(80, "wait", "--interval", "0.25", "--timeout", "1s", RUNNING, PAUSED)
        self.assertIn("not ended within 1000 ms", text)
        self.assertEqual(set(re.findall(r"(\d) of 2 ended", text)), {"0"})

    def test_results_go_elsewhere_untouched(self):
        with open(os.path.join(self.home, "results"), "w+") as file:
            code, text, screen = self.on_a_terminal(80, "wait", "--status-only", "--interval", "0.25", ENDS, stdout=file)
            file.seek(0)
            self.assertEqual((code, file.read()), (0, "SUCCESS\n"))
        self.assertIn(f"RUNNING {ENDS}", text)
        self.assertEqual("".join(screen.rows).strip(), "")

    def test_dumb_terminals_and_quiet_get_no_line(self):
        for words, environment in [([], {"TERM": "dumb"}), (["--quiet"], {})]:
            _, text, _ = self.on_a_terminal(80, "wait", "--interval", "0.25", ENDS, *words, **environment)
            self.assertNotIn("\x1b", text)
            self.assertEqual("RUNNING after" in text, not words)
            self.assertIn("SUCCESS", text)

    def test_ctrl_c_leaves_the_last_known_state(self):
        for key, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            began = []

            def end(process):
                began.append(time.monotonic())
                process.send_signal(key)

            ended, _, screen = self.on_a_terminal(80, "wait", RUNNING, after=(b"RUNNING", end))
            self.assertLess(time.monotonic() - began[0], self.limit(1.5))
            self.assertEqual(ended, code)
            rows = [row.rstrip() for row in screen.rows if row.strip()]
            self.assertEqual((rows[0], rows[-1]), (f"{RUNNING}: RUNNING (last known)", "tcdb: interrupted: 1 of 1 not ended"))
