"""The library's log as `logging` has it, under the name tcdb_async."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import unittest

import processes

import tcdb_async
from fixture import DOCUMENTED_ID, MockServerTest
from tcdb_async import Credentials

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


class Logging(MockServerTest):
    def setUp(self):
        super().setUp()
        self.logger, self.recorder = logging.getLogger("tcdb_async"), Recorder()
        self.logger.addHandler(self.recorder)
        self.addCleanup(self.logger.setLevel, logging.NOTSET)
        self.addCleanup(self.logger.removeHandler, self.recorder)
        propagate, self.logger.propagate = self.logger.propagate, False
        self.addCleanup(setattr, self.logger, "propagate", propagate)

    def levels(self):
        return {record.levelname for record in self.recorder.records}

    def retried_query(self):
        client = self.client()
        client.describe_async_request_info(DOCUMENTED_ID)
        self.server.command(misbehave={"fault": "http_503_empty", "next_requests": 1})
        client.describe_async_request_info(DOCUMENTED_ID)

    def test_lines_come_with_their_level_and_below_the_loggers_none(self):
        table = [
            (logging.DEBUG, {"DEBUG", "INFO"}),
            (logging.INFO, {"INFO"}),
            (logging.WARNING, set()),
            (logging.CRITICAL, set()),
        ]
        for level, seen in table:
            with self.subTest(level=level):
                self.recorder.records.clear()
                self.logger.setLevel(level)
                self.retried_query()
                self.assertEqual(self.levels(), seen, [r.getMessage() for r in self.recorder.records])
        self.assertTrue(all(each.name == "tcdb_async" for each in self.recorder.records))

    def test_warnings_and_failures_have_theirs(self):
        self.logger.setLevel(logging.WARNING)
        path = os.path.join(os.path.dirname(self.server.ca), "readable")
        with open(path, "w") as file:
            file.write("[default]\nsecret_id = a\nsecret_key = k\n")
        os.chmod(path, 0o644)
        os.chmod(os.path.dirname(path), 0o755)
        self.addCleanup(os.remove, path)
        tcdb_async.Client.from_credentials(Credentials.from_profile(path=path), region="r").close()
        self.assertEqual(self.levels(), {"WARNING"})
        self.assertIn("can be read", self.recorder.records[0].getMessage())

    def test_credentials_log_too(self):
        self.logger.setLevel(logging.DEBUG)
        Credentials.from_cvm_role(endpoint=self.server["metadata"]).fetch()
        self.assertTrue(any("CVM role" in each.getMessage() for each in self.recorder.records))

    def test_a_percent_sign_is_a_percent_sign(self):
        self.logger.setLevel(logging.DEBUG)
        credentials = Credentials.from_callable(lambda _: None, name="100%s of %(it)d")
        with self.assertRaises(tcdb_async.CredentialsError):
            credentials.fetch()
        client = self.client()
        client.set_credentials(credentials)
        with self.assertRaises(tcdb_async.CredentialsError):
            client.describe_async_request_info(DOCUMENTED_ID)
        self.assertTrue(any("100%s of %(it)d" in each.getMessage() for each in self.recorder.records))

    def test_lines_come_from_every_thread_that_asks(self):
        self.logger.setLevel(logging.DEBUG)
        client = self.client()
        threads = [threading.Thread(target=client.wait, args=(DOCUMENTED_ID,)) for _ in range(16)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        names = {record.threadName for record in self.recorder.records}
        self.assertLessEqual({each.name for each in threads}, names)

    def test_an_async_clients_lines_come_too(self):
        import asyncio

        self.logger.setLevel(logging.DEBUG)

        async def ask():
            options = {"region": "r", "endpoint": self.server.https, "ca_file": self.server.ca}
            async with tcdb_async.AsyncClient(self.server.id, self.server.key, **options) as client:
                await asyncio.gather(*(client.wait(DOCUMENTED_ID) for _ in range(8)))

        asyncio.run(ask())
        self.assertIn("DEBUG", self.levels())

    def test_no_line_holds_a_secret(self):
        self.logger.setLevel(logging.DEBUG)
        self.retried_query()
        for each in self.recorder.records:
            self.assertNotIn(self.server.key, each.getMessage())

    def test_a_handler_may_ask_itself(self):
        self.logger.setLevel(logging.DEBUG)
        other, asked = self.client(), []

        class Asking(logging.Handler):
            def emit(self, record):
                if not asked:
                    asked.append(1)
                    asked.append(other.describe_async_request_info(DOCUMENTED_ID).is_success)

        asking = Asking()
        self.logger.addHandler(asking)
        self.addCleanup(self.logger.removeHandler, asking)
        self.client().describe_async_request_info(DOCUMENTED_ID)
        self.assertEqual(asked, [1, True])

    def test_what_a_handler_raises_comes_out_of_the_call(self):
        class Stop(BaseException):
            pass

        class Raising(logging.Handler):
            def emit(self, record):
                raise Stop

        client = self.client()
        self.logger.setLevel(logging.DEBUG)
        raising = Raising()
        noisy = self.client()
        self.logger.addHandler(raising)
        self.addCleanup(self.logger.removeHandler, raising)
        for call in (noisy.describe_async_request_info, noisy.wait):
            with self.assertRaises(Stop):
                call(DOCUMENTED_ID)
        self.assertTrue(client.describe_async_request_info(DOCUMENTED_ID).is_success)

    def test_a_program_that_does_not_log_pays_nothing(self):
        program = (
            "import sys, tcdb_async{}\n"
            "client = tcdb_async.Client('a', 'b', region='r')\n"
            "print(client._handle.keeps, 'logging' in sys.modules)"
        )
        table = [
            ("", "[] False"),
            ("; import logging", "[] True"),
            ("; import logging; logging.getLogger('tcdb_async').setLevel('DEBUG')", "[] True"),
            ("; import logging; logging.basicConfig(level='CRITICAL')", "[] True"),
        ]
        for more, said in table:
            ran = subprocess.run(
                [sys.executable, "-c", program.format(more)],
                env=self.server.environment(),
                capture_output=True,
                text=True,
            )
            self.assertEqual((ran.stdout.strip(), ran.stderr), (said, ""), more)

    def test_a_storm_of_exceptions_from_signal_handlers_loses_none(self):
        ran = processes.run(
            [sys.executable, "-X", "dev", os.path.join(PROGRAMS, "logs.py"), "storm"], env=self.server.environment()
        )
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        said = json.loads(ran.stdout)
        self.assertGreater(said["raised"], 20)
        self.assertGreater(said["lines"], 20)
        if sys.version_info < (3, 11):
            # Python up to 3.10 also runs handlers while a generator is closed, where what they raise is lost.
            self.assertGreaterEqual(said["caught"] * 50, said["raised"] * 49)
            return
        self.assertEqual((said["caught"], said["swallowed"]), (said["raised"], []))

    def test_the_interpreter_exits_in_silence_while_other_threads_log(self):
        ran = processes.run(
            [sys.executable, "-X", "dev", os.path.join(PROGRAMS, "logs.py"), "exit"], env=self.server.environment()
        )
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "SUCCESS\n", ""))


class Verbose(MockServerTest):
    def run_tool(self, *arguments):
        command = [sys.executable, "-m", "tcdb_async", DOCUMENTED_ID, *arguments]
        command += ["--endpoint", self.server.https, "--ca", self.server.ca]
        return processes.run(command, env=self.server.environment())

    def test_the_command_line_reports_attempts_on_standard_error(self):
        for more in ([], ["--wait"], ["--json"]):
            quiet = self.run_tool(*more)
            verbose = self.run_tool("--verbose", *more)
            self.assertEqual((verbose.returncode, quiet.returncode), (0, 0), verbose.stderr)
            self.assertEqual(verbose.stdout.count("SUCCESS"), quiet.stdout.count("SUCCESS"))
            self.assertNotIn("debug: ", quiet.stderr)
            self.assertIn("tcdb_async: debug: ", verbose.stderr)
            self.assertNotIn(self.server.key, verbose.stderr)
            self.assertNotIn("\x1b", verbose.stderr)

    def test_ctrl_c_ends_it_while_it_logs(self):
        self.server.stall()
        process = self.start(
            [
                sys.executable,
                "-m",
                "tcdb_async",
                DOCUMENTED_ID,
                "--verbose",
                "--endpoint",
                self.server.https,
                "--ca",
                self.server.ca,
            ],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        while not self.server.requests():
            pass
        process.send_signal(signal.SIGINT)
        self.assertIn(b"interrupted", process.communicate(timeout=30)[1])
        self.assertEqual(process.returncode, 130)


if __name__ == "__main__":
    unittest.main()
