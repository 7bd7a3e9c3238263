"""The wait queue under many threads, fork and signals: queues.c."""
import os

from fixture import MockServerTest

SECONDS = int(os.environ.get("STORM_SECONDS", "3"))


class Queues(MockServerTest):
    def setUp(self):
        super().setUp()
        self.server.put("pending", status="RUNNING")
        self.command(put={"id": "stalled", "life": [{"fault": "stall_reply"}]})

    def run_queues(self, what, *arguments, scheme="https"):
        ca = self.server.ca if scheme == "https" else ""
        ran = self.run_program("queues", what, self.server[scheme], ca, *arguments, timeout=SECONDS + 90)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout

    def test_each_task_of_a_storm_has_one_final_event_and_nothing_is_left(self):
        for scheme in ("https", "http"):
            with self.subTest(scheme):
                print(scheme, self.run_queues("storm", SECONDS, scheme=scheme).strip())

    def test_a_forked_child_has_its_own_descriptor_and_its_own_events(self):
        self.run_queues("fork")

    def test_a_signal_handler_cancels_all_tasks_in_every_phase(self):
        self.run_queues("signal")
