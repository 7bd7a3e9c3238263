"""A wait that is cancelled from a signal handler, in every phase: wait_signals.c against the mock server."""
from fixture import BUILD, MockServerTest


class Signals(MockServerTest):
    def output_in(self, phase, task="the-task"):
        """Runs the program, whose exit code says whether all went well; its output is what the wait ended with."""
        preload = {"LD_PRELOAD": str(BUILD.program("slow_lookup.so"))}
        ran = self.run_program("wait_signals", self.server["https"], self.server["ca"], phase, task, env=preload)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), phase)
        return ran.stdout

    def test_a_handler_cancels_in_the_pause_between_two_requests(self):
        self.server.put("the-task", status="RUNNING")
        self.assertIn("cancelled while waiting between two requests", self.output_in("in"))

    def test_a_handler_cancels_while_the_endpoint_is_silent(self):
        for fault in ["stall_reply", "stall_in_head", "drip_body", "handshake_stall", "handshake_drip"]:
            self.command(misbehave={"fault": fault})
            self.assertIn("TCDB_ERR_CANCELLED cancelled while ", self.output_in("in"), fault)
            self.command(behave=True)

    def test_a_handler_cancels_while_connects_hang(self):
        self.command(stall_connects=True)
        self.assertIn("cancelled while connecting", self.output_in("in"))

    def test_a_handler_cancels_while_the_name_lookup_hangs(self):
        self.assertIn("cancelled while looking up the name", self.output_in("lookup"))

    def test_a_storm_of_handlers_ends_no_wait_but_the_one_they_cancel(self):
        self.command(delay_ms=20)
        life = [{"status": "RUNNING", "times": 5}, {"status": "SUCCESS"}]
        self.command(put={"id": "the-task", "life": life})
        self.assertTrue(self.output_in("storm").startswith("TCDB_OK \nTCDB_ERR_CANCELLED "))

