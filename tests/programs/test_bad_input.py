"""Bad input to every exported function, derived from the header: one at a time, each pointer becomes NULL and each
string invalid UTF-8, empty, over-long, with CR LF."""
import ctypes

from fixture import MockServerTest
from header_calls import CALLBACKS, INTERNAL, INVALID_ARGUMENT, OK, Objects, call, comments, lib, message, prototypes

CREDENTIALS = 5
BAD_STRINGS = {
    "invalid UTF-8": b"a\xff\xfeb",
    "empty": b"",
    "over-long": b"x" * 70000,
    "with CR LF": b"a\r\nX-Evil: 1",
}
# File names are bytes, as for open(2): none of these exists.
PATHS = {"path", "path_or_null"}
# Texts for which one of the bad strings is legal.
LEGAL = {
    ("tcdb_credentials_profile", "profile_or_null", "over-long"),
    ("tcdb_credentials_profile_with", "profile_or_null", "over-long"),
    # A file name that is opened by the first query.
    *(("tcdb_credentials_web_identity", "token_file", label) for label in ("invalid UTF-8", "over-long", "with CR LF")),
}
RESULTS = {"tcdb_code": ctypes.c_int32, "int32_t": ctypes.c_int32, "void": None, "const char*": ctypes.c_char_p}


def bad_arguments(parameters):
    """(position, value, label) of every bad argument that there is."""
    for position, (kind, _) in enumerate(parameters):
        if kind.endswith("*") or kind in CALLBACKS:
            yield position, 0, "NULL"
        if kind == "const char*":
            for label, bad in BAD_STRINGS.items():
                yield position, bad, label


class BadInput(MockServerTest):
    def test_no_bad_argument_of_any_function_goes_unnoticed_or_leaks(self):
        functions, said = list(prototypes()), comments()
        self.assertGreaterEqual(len(functions), 44)
        before = lib.tcdb_live_objects()
        for result, name, parameters in functions:
            if name.endswith(("_free", "_destroy")):
                with self.subTest(f"{name}(NULL)"):
                    call(name, [0], None)
                continue
            for bad in bad_arguments(parameters):
                with self.subTest(f"{name}({parameters[bad[0]][1]}: {bad[2]})"):
                    self.try_one((result, name, parameters), bad, said.get(name, ""))
        self.assertEqual(lib.tcdb_live_objects(), before, "objects leaked")

    def try_one(self, prototype, bad, comment):
        """Calls a function with one bad argument and checks what came of it."""
        result, name, parameters = prototype
        position, value, label = bad
        objects = Objects(self.server)
        try:
            arguments = objects.arguments(name, parameters)
            arguments[position] = value
            got = call(name, arguments, RESULTS.get(result, ctypes.c_uint64))
            kind, called = parameters[position]
            if result == "tcdb_code" and parameters[-1][1] == "error":
                try:
                    self.check_code(name, kind, called, label, got, arguments)
                finally:
                    self.check_and_free_slots(arguments, parameters)
            elif result == "void":
                self.check_setter(objects, name, kind, label)
            elif position == 0 and value == 0 and kind.endswith("*"):
                self.check_neutral(result, name, got, comment)
        finally:
            objects.free()

    def check_code(self, name, kind, called, label, code, arguments):
        said = f"code {code} {lib.tcdb_code_name(code)}"
        may_be_null = called.endswith("_or_null") or kind in CALLBACKS or called in ("user_data", "error")
        if label == "NULL" and may_be_null or (name, called, label) in LEGAL:
            self.assertNotEqual(code, INTERNAL, said)
        elif called in PATHS:
            self.assertNotIn(code, (OK, INTERNAL), said)
        elif name.startswith("tcdb_credentials_profile"):
            self.assertIn(code, (INVALID_ARGUMENT, CREDENTIALS), said)
        else:
            self.assertEqual(code, INVALID_ARGUMENT, said)
            self.check_message(called, arguments[-1])

    def check_message(self, called, error):
        if called == "error" or isinstance(error, int) or not error._obj.value:
            return
        text = message(ctypes.c_void_p(error._obj.value))
        error._obj.value = 0
        self.assertIn(called.removesuffix("_or_null"), text, "the message does not name it")
        self.assertNotIn("\n", text)
        self.assertLess(len(text), 400)

    def check_and_free_slots(self, arguments, parameters):
        for argument, (kind, called) in zip(arguments, parameters):
            if not kind.endswith("**") or isinstance(argument, int):
                continue
            slot = argument._obj
            self.assertNotEqual(slot.value, 0xDEAD, f"{called} was left as it was")
            if slot.value:
                call(kind.rstrip("*").replace("const ", "") + "_free", [slot], None)

    def check_setter(self, objects, name, kind, label):
        """A setter cannot fail; what uses the options names the bad one. NULL is the default."""
        if not (name.startswith("tcdb_options_set_") and kind == "const char*") or label == "NULL":
            return
        out, error = ctypes.c_void_p(), ctypes.c_void_p()
        if name == "tcdb_options_set_sts_endpoint":
            given = [objects.credentials, b"qcs::cam::uin/1:roleName/r", 0, objects.options, ctypes.byref(out), ctypes.byref(error)]
            code = call("tcdb_credentials_assume_role", given, ctypes.c_int32)
        else:
            code = self.client_code(objects, name, out, error)
        self.assertEqual((code, out.value), (INVALID_ARGUMENT, None))
        option = name.removeprefix("tcdb_options_set_")
        text = message(error) if error.value else ""
        self.assertTrue(text.startswith(option + " "), f"the message does not name the option: {text}")

    def client_code(self, objects, name, out, error):
        if name != "tcdb_options_set_endpoint":
            # Certificates are read for TLS alone.
            call("tcdb_options_set_endpoint", [objects.options, b"localhost:1"], None)
        given = [objects.credentials, b"ap-guangzhou", objects.options, ctypes.byref(out), ctypes.byref(error)]
        return call("tcdb_client_new", given, ctypes.c_int32)

    def check_neutral(self, result, name, got, comment):
        """What an accessor gives for NULL."""
        if result == "const char*":
            self.assertEqual(got, b"" if "Never NULL" in comment else None)
        elif name.endswith("_due_in_ms"):
            self.assertIn(got, (0, 2**64 - 1))
        else:
            self.assertFalse(got)
