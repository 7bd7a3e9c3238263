"""examples-c/credential_process.c: a program that fetches the credentials, within its time."""
import os
import time

from fixture import HomeTest, demo_task

ID = demo_task(3)


class CredentialProcess(HomeTest):
    def ran(self, script, timeout_ms=5000):
        path = self.write("fetch.sh", "#!/bin/sh\n" + script)
        os.chmod(path, 0o700)
        return self.at_home("credential_process", "ap-guangzhou", ID, path, TCDB_ENDPOINT=self.server["http"],
                            TCDB_TIMEOUT_MS=str(timeout_ms))

    def test_what_the_program_prints_signs_the_query(self):
        self.command(credentials={"secret_id": "AKIDprocess", "secret_key": "k", "token": "t-1"})
        ran = self.ran(f"echo AKIDprocess\necho k\necho t-1\necho {int(time.time()) + 3600}\n")
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "SUCCESS\n", ""))
        self.assertEqual(self.signed_by(), "AKIDprocess")

    def test_without_token_and_end(self):
        self.accept("AKIDprocess")
        ran = self.ran("printf 'AKIDprocess\\r\\nk'\n")
        self.assertEqual((ran.returncode, ran.stdout), (0, "SUCCESS\n"), ran.stderr)

    def test_a_failure_is_its_first_line_of_standard_error(self):
        ran = self.ran("echo the vault is sealed >&2\necho more >&2\nexit 3\n")
        self.assertEqual((ran.returncode, ran.stderr),
                         (1, 'TCDB_ERR_CREDENTIALS: callback "credential_process": the vault is sealed\n'))

    def test_a_program_that_is_not_there(self):
        ran = self.at_home("credential_process", "ap-guangzhou", ID, "/nonexistent/program", TCDB_ENDPOINT=self.server["http"])
        self.assertEqual(ran.stderr, 'TCDB_ERR_CREDENTIALS: callback "credential_process": /nonexistent/program cannot be run\n')

    def test_one_that_hangs_is_killed_with_its_children_at_the_timeout(self):
        started = time.monotonic()
        ran = self.ran("sleep 60 &\nsleep 60\n", timeout_ms=500)
        self.assertLess(time.monotonic() - started, self.limit(5))
        self.assertEqual(ran.returncode, 1)
        # The program is killed as the query's deadline passes: which of the two is noticed first is chance.
        self.assertRegex(ran.stderr, '^TCDB_ERR_(CREDENTIALS: callback "credential_process": the program took too long|'
                         'REQUEST_TIMEOUT: callback "credential_process": timed out after 5..? ms )')
