"""The project's words: none that is retired, and docs/messages.md is what the sources say."""
import unittest

import messages
import words
from rust_text import value


class Words(unittest.TestCase):
    def test_no_text_has_a_retired_word(self):
        faults = list(words.faults())
        print(*faults, sep="\n")
        self.assertEqual(faults, [])

    def test_a_retired_word_is_found_and_a_good_one_is_not(self):
        listed = list(words.retired())
        for line, is_fault in [("It is told the log.", True), ("the file BESIDE it", True), ("is no number", True),
                               ("1 to 10 are meant", True), ("signed anew", True), ("there is no number", False),
                               ("it is no longer open", False), ("besides libc", False), ("fn told_once()", True), ("a_text_is_no_number()", True), ("where_there_is_no_number", False),
                               ("class EndedBadly", True), ("const timeOver = 5", True), ("TIME_OVER", True), ("untold_x", False),
                               ("MIIBtoldLieSlentXkeYtoldLieSlentXkeYtoldLieS", False), ("tests/test_told.py", True)]:
            with self.subTest(line):
                self.assertEqual(bool(list(words.found_in(line, listed))), is_fault)

    def test_what_is_left_out_and_what_is_allowed_exist(self):
        for pattern, why in words.LEFT_OUT:
            with self.subTest(pattern):
                self.assertTrue(words.listed(pattern) and why)
        for name, part, why in words.ALLOWED:
            with self.subTest(name):
                self.assertTrue(part in (words.ROOT / name).read_text() and why)


class Messages(unittest.TestCase):
    def test_the_list_is_what_the_sources_say(self):
        listed, found = (set(page.splitlines()) for page in (messages.PAGE.read_text(), messages.page()))
        changed = sorted(listed ^ found)
        print(*changed, sep="\n")
        self.assertEqual(changed, [], "`make messages` renews docs/messages.md")

    def test_every_text_is_of_a_section(self):
        folders = [place for _, places in messages.SECTIONS for place in places]
        def has_no_section(file):
            name = file.relative_to(messages.ROOT).as_posix()
            return not any(name == place or name.startswith(f"{place}/") for place in folders)
        left = [file for file in messages.sources("src") if has_no_section(file) and list(messages.texts(file.read_text()))]
        self.assertEqual([file.relative_to(messages.ROOT).as_posix() for file in left], [])

    def test_what_is_not_shown_exists(self):
        for name, begins, why in messages.NOT_SHOWN:
            with self.subTest(f"{name}: {begins}"):
                found = [text for text, _ in messages.texts((messages.ROOT / name).read_text())]
                self.assertTrue(why and any(text.startswith(begins) for text in found))

    def test_a_text_and_its_code_are_found(self):
        for source, expected in [
            ('return Err(Error::invalid("is too long"));', [("is too long", "INVALID_ARGUMENT")]),
            ('let why = format!("{} bytes are left", n); Error::new(ErrorKind::BadResponse, why)', [("{} bytes are left", "BAD_RESPONSE")]),
            ('log.at(Level::Warn, || "slow down".to_owned());', [("slow down", "log: warn")]),
            ('context.enter_phase("connecting");', [("connecting", "while …")]),
            ('// "in a comment"\nlet a = "oneword";', []),
            ("fn f() {}\n#[cfg(test)]\nmod tests {\n    const A: &str = \"of a test\";\n}\n", []),
        ]:
            with self.subTest(source):
                self.assertEqual(list(messages.texts(source)), expected)

    def test_a_literal_is_shown_without_its_escapes(self):
        self.assertEqual(value('"say \\"so\\" \\\n     again"'), 'say "so" again')
        self.assertEqual(value('r#"a "b" c"#'), 'a "b" c')
