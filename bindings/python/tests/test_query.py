"""One question and its answer."""

import copy
import json
import pickle
import threading
import unittest

from fixture import DOCUMENTED_ID, MockServerTest, demo_id
from tcdb_async import AsyncRequestInfo, Status


class Answers(MockServerTest):
    def test_the_documented_example_is_a_success(self):
        info = self.client().describe_async_request_info(DOCUMENTED_ID)
        self.assertEqual(info.status, Status.SUCCESS)
        self.assertEqual(info.async_request_id, DOCUMENTED_ID)
        self.assertEqual(info.info, "Dropped the database table successfully.")
        self.assertEqual(len(info.request_id), 36)

    def test_every_status_comes_through(self):
        client = self.client()
        # Number of the demo task: status, text, terminal, success.
        expected = {
            1: (Status.INITIAL, "INITIAL", False, False),
            2: (Status.RUNNING, "RUNNING", False, False),
            3: (Status.SUCCESS, "SUCCESS", True, True),
            4: (Status.FAILED, "FAILED", True, False),
            5: (Status.KILLED, "KILLED", True, False),
            6: (Status.REMOVED, "REMOVED", True, False),
            7: (Status.PAUSED, "PAUSED", False, False),
            8: (Status.UNDEFINED, "UNDEFINED", False, False),
            0xA0: (Status.UNKNOWN, "", False, False),
            0xA1: (Status.UNKNOWN, "", False, False),
            0xA2: (Status.UNKNOWN, "", False, False),
            0xA3: (Status.UNKNOWN, "SUCCEED", False, False),
            0xA4: (Status.UNKNOWN, "success", False, False),
        }
        for number, row in expected.items():
            with self.subTest(number=number):
                info = client.describe_async_request_info(demo_id(number))
                self.assertEqual((info.status, info.status_text, info.is_terminal, info.is_success), row)

    def test_info_may_be_none_chinese_or_hold_a_nul(self):
        client = self.client()
        self.server.put_steps("with a nul", {"status": "RUNNING", "info": "before\0after"})
        for task, info in ((demo_id(0xA5), None), (demo_id(0xA6), "任务执行成功"), ("with a nul", "before\0after")):
            self.assertEqual(client.describe_async_request_info(task).info, info)

    def test_many_threads_share_a_client(self):
        client, answers = self.client(), []

        def ask():
            for _ in range(20):
                answers.append(client.describe_async_request_info(DOCUMENTED_ID).status)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [Status.SUCCESS] * 160)

    def test_credentials_may_be_replaced(self):
        from tcdb_async import AuthError, Credentials

        client, ready = self.client(), self.server.facts
        client.set_credentials(Credentials(ready["secret_id"], "a-wrong-key"))
        with self.assertRaises(AuthError):
            client.describe_async_request_info(DOCUMENTED_ID)
        client.set_credentials(Credentials(ready["secret_id"], ready["secret_key"]))
        client.describe_async_request_info(DOCUMENTED_ID)

    def test_a_wrong_clock_is_corrected_and_reported(self):
        self.addCleanup(self.server.command, clock_offset=0)
        self.server.command(clock_offset=1000)
        client = self.client()
        self.assertEqual(client.clock_offset, 0)
        client.describe_async_request_info(DOCUMENTED_ID)
        self.assertAlmostEqual(client.clock_offset, 1000, delta=3)


class Results(unittest.TestCase):
    INFO = AsyncRequestInfo("an id", Status.RUNNING, "RUNNING", "text", "a request", False, False)

    def test_a_result_cannot_be_changed(self):
        with self.assertRaises(AttributeError):
            self.INFO.status = Status.SUCCESS
        with self.assertRaises(AttributeError):
            del self.INFO.status

    def test_a_result_pickles_copies_and_compares(self):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(self.INFO, protocol))
            self.assertEqual(again, self.INFO)
            self.assertIs(again.status, Status.RUNNING)
        self.assertEqual(copy.deepcopy(self.INFO), self.INFO)
        self.assertEqual(hash(copy.copy(self.INFO)), hash(self.INFO))
        other = AsyncRequestInfo("an id", Status.FAILED, "FAILED", "text", "a request", True, False)
        self.assertNotEqual(other, self.INFO)
        self.assertNotEqual(self.INFO, "RUNNING")

    def test_a_result_as_json_has_every_field(self):
        said = json.loads(self.INFO.to_json())
        self.assertEqual(said, self.INFO.to_dict())
        self.assertEqual(list(said), list(AsyncRequestInfo.__slots__))
        self.assertEqual((said["status"], said["is_terminal"], said["info"]), ("RUNNING", False, "text"))

    def test_a_status_is_its_text_on_every_python(self):
        self.assertEqual(Status.RUNNING, "RUNNING")
        self.assertEqual(str(Status.RUNNING), "RUNNING")
        self.assertEqual(f"{Status.RUNNING:>9}", "  RUNNING")
        self.assertIs(Status("PAUSED"), Status.PAUSED)


if __name__ == "__main__":
    unittest.main()
