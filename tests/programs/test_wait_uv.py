"""The wait queue on an event loop: wait_uv.c, whose loop only takes events while threads ask."""
import re
import signal

from fixture import BUILD, MockServerTest, until

# As many tasks as 40 requests a second keep busy, and threads enough for replies of 150 ms.
TASKS, THREADS, SECONDS = 100, 8, 5


class WaitUv(MockServerTest):
    def begin(self, *arguments):
        command = BUILD.command("wait_uv", "--endpoint", self.server.https, "--ca", self.server.ca, *arguments)
        return self.start(command, env={**BUILD.environment(), **self.server.environment()}, stdout=-1, stderr=-1, text=True)

    def ask(self, *arguments):
        """Exit code, output, errors."""
        process = self.begin(*arguments)
        out, errors = process.communicate(timeout=60)
        return process.returncode, out, errors

    def lateness(self, *arguments):
        """By how many milliseconds the loop's timer was late at most, over waits that all run out of time."""
        code, out, errors = self.ask("--timeout", SECONDS, "--lateness", 1e6, "--interval", "0.25", *arguments)
        self.assertEqual(code, 5, errors)
        return float(re.search(r"late by (\d+\.\d) ms", out)[1])

    def running(self, count):
        ids = [f"uv-{number}" for number in range(count)]
        for one in ids:
            self.server.put(one, status="RUNNING")
        return ids

    def test_changes_and_ends_are_printed_and_the_exit_code_is_the_outcome(self):
        for name, status in [("good", "SUCCESS"), ("bad", "FAILED")]:
            self.command(put={"id": name, "life": [{"status": "RUNNING", "times": 2}, {"status": status}]})
        code, out, errors = self.ask("--interval", "0.25", "good", "bad")
        self.assertEqual((code, errors), (1, ""))
        for name, status in [("good", "SUCCESS"), ("bad", "FAILED")]:
            self.assertLess(out.index(f"{name}: RUNNING\n"), out.index(f"{name}: {status}\n"))
            self.assertEqual(out.count(f"{name}: {status}\n"), 1)

    def test_ctrl_c_ends_it_soon_also_while_the_server_is_silent(self):
        self.command(misbehave={"fault": "stall_reply"})
        process = self.begin("one", "two", "three")
        until(lambda: self.server.requests() > 0, "a request is in flight")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=self.limit(1.5))
        self.assertEqual((process.returncode, errors.count("[TCDB_ERR_CANCELLED]\n")), (130, 3), errors)

    def test_the_loop_is_as_punctual_as_an_idle_one_while_the_limit_is_used_up(self):
        idle = self.lateness("--threads", 1, *self.running(1))
        before = self.server.requests()
        self.command(delay_ms=150)
        busy = self.lateness("--threads", THREADS, *self.running(TASKS))
        rate = (self.server.requests() - before) / SECONDS
        self.command(delay_ms=0)
        self.command(stall_connects=True)
        hanging = self.lateness("--threads", THREADS, *self.running(TASKS))
        print(f"lateness: idle {idle} ms, replies of 150 ms {busy} ms at {rate:.1f} requests a second, connects that hang {hanging} ms")
        for late in (busy, hanging):
            self.assertLess(late, idle + self.limit(0.010) * 1000)
        # 34.8 if each permit came free only a second after its reply.
        self.assertGreaterEqual(rate, 36)

    def test_wrong_usage_is_one_line_and_code_2(self):
        for arguments, line in [
            ((), "wait_uv: no async request id given\n"),
            (("--threads", "0", "x"), "wait_uv: --threads 0: must be 1 to 64\n"),
            (("--threads", "many", "x"), "wait_uv: --threads many is not a number\n"),
            (("--interval", "0.1", "x"), "wait_uv: x: interval of 100 ms; it must be at least 250 ms [TCDB_ERR_INVALID_ARGUMENT]\n"),
        ]:
            self.assertEqual(self.ask(*arguments), (2, "", line), arguments)
