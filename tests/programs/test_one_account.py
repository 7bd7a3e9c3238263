"""Eight processes that know nothing of each other wait with the same account: its 40 requests a second are used, few
are refused, and every wait ends as its task does."""
import json
import os
import tempfile
import threading
import time

from fixture import BUILD, MockServer, ProgramTest

LIMIT = 40
PROCESSES, WAITS = 8, 30
SETTLING = 5
BUSY = 25


class OneAccount(ProgramTest):
    def setUp(self):
        self.log = os.path.join(tempfile.mkdtemp(prefix="tcdb-account-"), "requests")
        self.server = MockServer(BUILD.mock_server, "--log", self.log, rate_limit=LIMIT)
        self.addCleanup(self.server.close)

    def task(self, process, number):
        return f"process-{process}-task-{number}"

    def requests(self):
        with open(self.log) as lines:
            return [json.loads(line) for line in lines]

    def wait(self, process, outcomes):
        ids = [self.task(process, number) for number in range(WAITS)]
        command = BUILD.command("wait", "--endpoint", self.server.http, "--interval", "1", *ids)
        environment = {**BUILD.environment(), **self.server.environment()}
        began = self.start(command, env=environment, stdout=-1, stderr=-1, text=True)
        out, errors = began.communicate(timeout=180)
        outcomes[process] = (began.returncode, out.count(": SUCCESS\n"), errors)

    def test_every_wait_ends_right_the_limit_is_used_and_none_starves(self):
        for process in range(PROCESSES):
            for number in range(WAITS):
                # They end over ten seconds, once the account has been busy for long enough.
                ends = (BUSY + 10 * number / WAITS) * 1000
                self.server.put_steps(self.task(process, number), {"status": "RUNNING", "ms": int(ends)}, {"status": "SUCCESS"})
        outcomes = {}
        threads = [threading.Thread(target=self.wait, args=(process, outcomes)) for process in range(PROCESSES)]
        first = time.time()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for process in range(PROCESSES):
            self.assertEqual(outcomes[process][0], 0, outcomes[process])
        requests = self.requests()
        settled = [seen for seen in requests if first + SETTLING < seen["unix_seconds"] < first + BUSY - 1]
        seconds = len({seen["unix_seconds"] for seen in settled})
        accepted = [seen for seen in settled if not seen["refused"]]
        used, refused = len(accepted) / seconds / LIMIT, 1 - len(accepted) / len(settled)
        shares = [sum(seen["async_request_id"].startswith(f"process-{process}-") for seen in accepted) for process in range(PROCESSES)]
        print(f"{len(requests)} requests, of {seconds} s after the first {SETTLING}: {used:.1%} of the limit used, "
              f"{refused:.1%} refused, accepted by process {sorted(shares)}")
        self.assertGreaterEqual(used, 0.9)
        self.assertLessEqual(refused, 0.05)
        self.assertGreater(min(shares), 0)
