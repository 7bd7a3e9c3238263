"""C programs that change their own process: fork, signals, descriptors, threads, name lookups."""
import os
import sys
import unittest

import processes
from fixture import BUILD, ROOT, MockServerTest


class Processes(MockServerTest):
    def run_against(self, name, over_tls=True, before=None):
        """Runs one program against the mock server; its exit code says whether all went well."""
        preload = {"LD_PRELOAD": str(BUILD.program(before))} if before else {}
        where = [self.server["https"], self.server["ca"]] if over_tls else [self.server["http"], ""]
        ran = self.run_program(name, *where, env=preload)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), name)

    def test_after_fork_parent_and_child_go_on_and_the_parents_connections_are_untouched(self):
        self.server.put("sibling", "parent-before", "parent-after", "child", "grandchild")
        # So long that what is asked at the same time is under way at the same time.
        self.command(delay_ms=100)
        self.run_against("forks")
        came_by = {}
        for request in self.server.seen():
            self.assertIsNone(request["refused"])
            came_by.setdefault(request["id"], set()).add(request["connection"])
        # The siblings asked at once, on several connections; the parent goes on with all of these and makes no other.
        before = came_by["sibling"] | came_by["parent-before"]
        self.assertEqual(came_by["parent-after"], before)
        self.assertEqual(len(came_by["child"]), 2, "one for each of the two children that ask")
        self.assertFalse(came_by["child"] & before)
        self.assertFalse(came_by["grandchild"] & (before | came_by["child"]))

    def test_a_forked_child_closes_nothing_of_its_parents_and_goes_on_by_itself(self):
        for over_tls in [True, False]:
            self.server.command(clear=True)
            namespaces = ["namespace", "namespace-child", "namespace-clone"]
            self.server.put("parent", "child", *namespaces)
            self.server.put_steps("forks-amid", {"status": "SUCCESS"})
            self.server.put_steps("forks-before", {"status": "SUCCESS"})
            # So long that the progress function is called while a reply is waited for.
            self.command(delay_ms=300)
            self.run_against("forked", over_tls)
            requests = [request for request in self.server.seen() if request["refused"] is None]
            came_by = {}
            for request in requests:
                came_by.setdefault(request["id"], []).append(request["connection"])
            amid = came_by["forks-amid"]
            self.assertEqual((len(amid), len(set(amid))), (2, 2), "parent and child, each by its own connection")
            self.assertFalse(set(came_by["parent"]) & set(came_by["child"]))
            used = [set(came_by.get(name, [])) for name in namespaces]
            self.assertEqual(len(set().union(*used)), sum(map(len, used)), "none by another's connection")

    @unittest.skipIf(BUILD.kind in ("asan", "memcheck"), "a child may find the tool's own locks taken")
    def test_a_child_that_is_forked_amid_calls_of_other_threads_waits_for_none_of_them(self):
        self.command(put={"id": "stalled", "life": [{"fault": "stall_reply"}]})
        for url, ca in [(self.server["https"], self.server["ca"]), (self.server["http"], "")]:
            ran = self.run_program("forks_amid", url, ca, 300, timeout=300)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""), url)

    def test_a_query_works_where_a_thread_or_the_process_ends(self):
        self.server.put("thread", "thread-key", "main", "atexit", "atexit-first", "destructor")
        self.server.put("ended", status="SUCCESS")
        for over_tls in [True, False]:
            self.run_against("endings", over_tls)

    def test_descriptors_that_the_host_has_closed_are_replaced(self):
        self.server.put("well")
        self.server.put_steps("running", {"status": "RUNNING"})
        self.command(put={"id": "stalled", "life": [{"fault": "stall_reply"}]})
        for over_tls in [True, False]:
            self.run_against("closed", over_tls)

    def test_a_storm_of_signals_loses_no_query_and_no_handler_is_changed(self):
        self.command(delay_ms=7)
        for over_tls in [True, False]:
            self.run_against("signals", over_tls)

    def test_nothing_is_written_to_a_socket_in_a_way_that_may_raise_sigpipe(self):
        self.command(delay_ms=7)
        for fault in ["reset_at_use", "close_at_use", "close_after_reply"]:
            self.command(misbehave={"fault": fault, "share": 0.3})
            for over_tls in [True, False]:
                self.run_against("signals", over_tls, before="no_sigpipe.so")
            self.command(behave=True)

    def test_a_reply_without_end_does_not_fill_the_memory(self):
        for fault in ["endless_body", "endless_chunks", "endless_head", "endless_header_line", "endless_informational"]:
            self.command(misbehave={"fault": fault})
            for over_tls in [True, False]:
                self.run_against("bounds", over_tls)
            self.command(behave=True)

    def test_used_up_descriptors_are_reported_as_system_and_healed(self):
        for over_tls in [True, False]:
            self.run_against("descriptors", over_tls)

    def test_used_up_threads_are_reported_as_system_and_healed(self):
        self.run_against("threads")

    def test_a_lookup_that_hangs_holds_no_call_past_the_deadline_and_runs_once(self):
        # Each query by a connection of its own, so that each needs the address.
        self.command(misbehave={"fault": "connection_close"})
        self.run_against("lookups", before="slow_lookup.so")

    def test_addresses_are_raced_so_that_a_dead_one_costs_a_quarter_of_a_second_once(self):
        self.run_against("dead_address", before="slow_lookup.so")

    def test_variables_may_be_written_while_clients_are_made_and_ask(self):
        # By address: a name's lookup is the C library's, which looks for variables of its own.
        for _ in range(3):
            self.run_against("setenv_race", over_tls=False)

    @unittest.skipUnless(BUILD.kind == "debug", "it loads the library into a Python that nothing watches")
    def test_the_environment_is_looked_into_only_where_a_functions_name_says_so(self):
        command = [sys.executable, ROOT / "tests/suite.py", ROOT / "tests/programs/environment_inside.py"]
        preload = {"LD_PRELOAD": str(BUILD.program("counted_getenv.so"))}
        ran = processes.run(command, env={**os.environ, **preload}, timeout=300)
        self.assertEqual(ran.returncode, 0, ran.stderr)
