"""A panic inside every exported function gives TCDB_ERR_INTERNAL or the function's neutral value and leaves the client
usable. test_panics.py runs this, with a library built with the feature panic-test, which exports a function that makes
the next call on this thread panic."""
import ctypes

from fixture import MockServerTest
from header_calls import ID, INTERNAL, OK, Objects, call, comments, lib, message, prototypes

# Constants: nothing in them can panic, and no guard is around them.
UNGUARDED = {"tcdb_version", "tcdb_abi_version"}
# It ends a client for good, so it comes last, on a client that the panic kept from being shut down.
LAST = "tcdb_client_shutdown"
RESULTS = {"tcdb_code": ctypes.c_int32, "int32_t": ctypes.c_int32, "uint32_t": ctypes.c_uint32, "tcdb_status": ctypes.c_int32,
           "const char*": ctypes.c_char_p, "void": None}


def neutral(result, name, comment):
    """What the header says that a function answers where it has nothing to say."""
    if result == "const char*":
        return b"" if "Never NULL" in comment or '""' in comment.split(".")[0] else None
    return 2**64 - 1 if name.endswith("_due_in_ms") else 0


class Panics(MockServerTest):
    def test_a_panic_gives_internal_or_the_neutral_value_and_the_client_stays_usable(self):
        functions, said = list(prototypes()), comments()
        self.assertGreaterEqual(len(functions), 60)
        before = lib.tcdb_live_objects()
        for result, name, parameters in sorted(functions, key=lambda prototype: prototype[1] == LAST):
            with self.subTest(name):
                self.try_one(result, name, parameters, said.get(name, ""))
        self.assertEqual(lib.tcdb_live_objects(), before, "objects leaked")

    def try_one(self, result, name, parameters, comment):
        objects = Objects(self.server)
        try:
            arguments = objects.arguments(name, parameters)
            # Resolved before: the arm is for the next call, whichever it is.
            getattr(lib, name)
            lib.tcdb_panic_test_arm()
            got = call(name, arguments, RESULTS.get(result, ctypes.c_uint64))
            struck = lib.tcdb_panic_test_disarm() == 0
            self.assertEqual(struck, name not in UNGUARDED, "no guard around it, or one that UNGUARDED here does not know")
            kinds = [kind for kind, _ in parameters]
            if result == "tcdb_code" and any(kind.endswith("**") for kind in kinds):
                self.assertEqual(got, INTERNAL)
                self.check_slots(kinds, arguments)
            elif result != "void" and struck:
                self.assertEqual(got, neutral(result, name, comment))
            self.check_usable(objects)
        finally:
            # A _free that panicked has freed nothing: this one goes through.
            objects.free()

    def check_slots(self, kinds, arguments):
        *objects, error = [argument._obj for argument, kind in zip(arguments, kinds) if kind.endswith("**")]
        self.assertFalse([slot for slot in objects if slot.value], "an object along with the failure")
        text = message(ctypes.c_void_p(error.value)) if error.value else ""
        self.assertIn("struck by the panic test", text)
        self.assertTrue(text.startswith("internal fault"), text)

    def check_usable(self, objects):
        out, error = ctypes.c_void_p(), ctypes.c_void_p()
        code = call("tcdb_query", [objects.client, ID, ctypes.byref(out), ctypes.byref(error)], ctypes.c_int32)
        self.assertEqual(code, OK, "the client is unusable afterwards")
        call("tcdb_result_free", [out], None)
        call("tcdb_error_free", [error], None)
