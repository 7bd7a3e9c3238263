"""The examples for Windows' own languages: their declarations are the header's, by number and width of parameters and by what
comes back. A wrong one would shift the stack of a 32-bit program. The Pascal unit is compiled and run too, on this system."""
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import windows  # noqa: E402
from fixture import BUILD, DOCUMENTED, ROOT, MockServerTest  # noqa: E402

FOLDER = ROOT / "bindings/windows"
# What a type of each language takes on 32 bits; "address" may differ on 64.
WIDTHS = {
    "address": "LongPtr ByRef PTcdbObject PAnsiChar var IntPtr byte[] out UIntPtr",
    "4": "Long Integer Cardinal int uint", "8": "Currency UInt64 ulong", "none": "Sub procedure void",
}
WIDTH = {word: width for width, words in WIDTHS.items() for word in words.split()}


def of_c(declared):
    if "*" in declared or declared.startswith("size_t"):
        return "address"
    if declared == "void":
        return "none"
    return "8" if "int64_t" in declared else "4"


def header():
    names = re.compile(r"\s*\b\w+$")
    for name, result, parameters in windows.functions():
        yield name, (of_c(result), [of_c(names.sub("", p) if "*" not in p else p) for p in parameters])


def vba(text):
    for kind, name, parameters, result in re.findall(
            r'Declare PtrSafe (Function|Sub) (tcdb_\w+) Lib "tcdb_async\.dll" \(([^)]*)\)(?: As (\w+))?', text):
        each = [p.strip().split() for p in parameters.split(",") if p.strip()]
        yield name, (WIDTH[result or kind], [WIDTH["ByRef" if p[0] == "ByRef" else p[-1]] for p in each])


def pascal(text):
    for kind, name, parameters, result in re.findall(
            r"^(function|procedure) (tcdb_\w+)(?:\(([^)]*)\))?(?:: (\w+))?; \{\$IFDEF MSWINDOWS\}stdcall", text, re.M):
        each = [p.strip() for p in parameters.split(";") if p.strip()]
        yield name, (WIDTH[result or kind], [WIDTH["var" if p.startswith("var ") else p.split(": ")[-1]] for p in each])


def csharp(text):
    for result, name, parameters in re.findall(r"\[DllImport\(Library\)\] \w+ static extern (\w+) (tcdb_\w+)\(([^)]*)\);", text):
        yield name, (WIDTH[result], [WIDTH[p.split()[0]] for p in parameters.split(",") if p.strip()])


class Declarations(unittest.TestCase):
    def test_every_declaration_has_the_widths_of_the_header(self):
        known = dict(header())
        for file, read in [("TcdbAsync.bas", vba), ("tcdb_async.pas", pascal), ("Ask.cs", csharp)]:
            text = (FOLDER / file).read_text()
            declared = list(read(text))
            self.assertGreaterEqual(len(declared), 12, file)
            self.assertEqual({name for name, _ in declared}, set(re.findall(r"\btcdb_\w+(?=[( :;])", text)) & set(known), file)
            for name, declaration in declared:
                with self.subTest(file=file, function=name):
                    self.assertEqual(declaration, known[name])


@unittest.skipUnless(shutil.which("fpc"), "fpc is not installed")
class PascalUnit(MockServerTest):
    def test_it_asks_waits_and_leaves_nothing(self):
        folder = ROOT / "target/platforms-pascal"
        folder.mkdir(parents=True, exist_ok=True)
        built = BUILD.library.parent
        command = ["fpc", "-v0we", f"-FE{folder}", f"-Fl{built}", str(FOLDER / "ask.pas")]
        made = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        arguments = ["ap-guangzhou", self.server.https, self.server.ca, DOCUMENTED]
        ran = subprocess.run([folder / "ask", *arguments], env=self.server.environment(LD_LIBRARY_PATH=str(built)),
                             capture_output=True, text=True, timeout=60)
        self.assertEqual((ran.returncode, ran.stdout), (0, "SUCCESS\nSUCCESS\n44\n0\n"), ran.stderr)
