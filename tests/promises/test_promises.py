"""Every promise of the header and the documentation has a test that holds it, and the list is current."""
import re
import subprocess
import unittest

import promises
import sentences


class Promises(unittest.TestCase):
    def test_the_list_has_every_sentence_as_it_is(self):
        listed = {entry["id"]: entry["sentence"] for entry in promises.listed()}
        found = sentences.promises()
        changed = [f"{name}: {sentence}" for name, sentence in found.items() if listed.get(name) != sentence]
        gone = [name for name in listed if name not in found]
        self.assertEqual((changed, gone), ([], []), "`make promises` renews the list")

    def test_every_promise_has_a_test_or_says_why_not(self):
        bare = [f"{entry['id']}: {entry['sentence']}" for entry in promises.listed()
                if not entry.get("tests") and not entry.get("why")]
        self.assertEqual(bare, [], "name the tests that hold it in tests/promises/promises.json")

    def test_every_test_that_is_named_exists(self):
        known = promises.tests()
        unknown = [f"{entry['id']}: {test}" for entry in promises.listed() for test in entry.get("tests", []) if test not in known]
        self.assertEqual(unknown, [])

    def test_every_file_of_the_repository_that_a_document_names_exists(self):
        folders = "src|tests|bindings|examples-c|docs|fuzz|benches|packaging|cli|include"
        path = re.compile(rf"(?<![\w/.-])(?:{folders})/[\w/.-]+\.(?:rs|py|c|cpp|h|hpp|md|txt|toml|sh|mk|json|svg)\b")
        # Its second table says where a check of before went.
        documents = {name for pattern in ("*.md", "docs/*.md", "docs/internals/*.md") for name in sentences.ROOT.glob(pattern)}
        documents.remove(sentences.ROOT / "docs/checks.md")
        self.assertGreater(len(documents), 20)
        missing = [f"{document.name}: {name}" for document in documents for name in path.findall(document.read_text())
                   if "VERSION" not in name and not (sentences.ROOT / name).exists()]
        self.assertEqual(missing, [])

    def test_every_test_that_the_table_of_field_faults_names_exists(self):
        text = (sentences.ROOT / "docs/field_faults.md").read_text()
        rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| fault", "| ---"))]
        known = promises.tests()
        for row in rows:
            named = re.findall(r"`([\w./-]+\.(?:rs|py)::\w+)`", row)
            programs = [sentences.ROOT / program for program in re.findall(r"`(tests/[\w./-]+\.(?:c|cpp)|bindings/check\.py)`", row)]
            self.assertTrue(named or programs, f"no test: {row}")
            self.assertEqual([program for program in programs if not program.is_file()], [])
            self.assertEqual([test for test in named if test not in known], [])
        self.assertGreater(len(rows), 30)

    def test_every_check_has_a_row_in_the_list_of_checks(self):
        listed = subprocess.run(["make", "-s", "list-checks"], cwd=sentences.ROOT, capture_output=True, text=True, check=True).stdout
        checks = re.findall(r"check-\S+", listed)
        named = set()
        for row in re.findall(r"^\| (check-[^|]*) \|", (sentences.ROOT / "docs/checks.md").read_text(), re.M):
            first, *others = row.split(", ")
            named.update([first, *(first + other if other.startswith("-") else other for other in others)])
        self.assertGreater(len(checks), 50)
        self.assertEqual(sorted(set(checks) - named), [])

    def test_a_new_sentence_and_a_test_that_is_gone_are_seen(self):
        entry = {"id": "query.1", "sentence": "It blocks for at most the total timeout.", "tests": ["a::b"]}
        other = "It blocks for at most the total time-out."
        self.assertEqual(promises.kept("query.2", other, [entry]), entry)
        self.assertEqual(promises.kept("query.2", "It never does anything at all.", [entry]), {})
        self.assertEqual(promises.kept("wait.1", entry["sentence"], [entry]), {})
        self.assertNotIn("a::b", promises.tests())

    def test_a_comment_is_split_into_its_sentences(self):
        prose = " * Waits. NULL: nothing.\n *\n * Fails with TCDB_ERR_X (see tcdb_y), e.g. where it is.\n"
        self.assertEqual(list(sentences.sentences(prose)),
                         ["Waits.", "NULL: nothing.", "Fails with TCDB_ERR_X (see tcdb_y), e.g. where it is."])


if __name__ == "__main__":
    unittest.main()
