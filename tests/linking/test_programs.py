"""C programs that use the library in a way of their own; they print what they have found."""
import processes
from fixture import BUILD, ROOT, MockServerTest


class Programs(MockServerTest):
    def assert_all_passed(self, name, *arguments):
        ran = processes.run([ROOT / "target/linking" / name, *arguments], env=self.server.environment(), timeout=300)
        print(ran.stdout)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_a_program_that_loads_the_library_by_hand_can_use_and_close_it(self):
        self.assert_all_passed("dlopen", BUILD.library, self.server.http)

    def test_a_freed_request_leaves_no_secret_in_memory(self):
        self.assert_all_passed("request_wiped")
