"""Tests that a platform's emulation cannot run, or that are of another system's ways; each with its reason."""
from targets import QEMU, WINE

NO_SIGNAL = "a program under wine gets no Ctrl-C from a Unix signal"
NO_FILTER = "its connection is cut by a packet filter, which a kernel may refuse where programs are emulated (in a user namespace)"
NO_CASE = "names of variables have no case on Windows: the message has the spelling that is asked for"
NO_CLOSED_INPUT = "the kernel hands qemu the program as an open file, which takes the place of a standard input that is closed"


def of_programs(platform):
    if platform.runs == QEMU:
        return {"test_a_standard_input_that_is_closed_is_an_error_only_where_ids_come_from_it": NO_CLOSED_INPUT}
    if platform.runs != WINE:
        return {}
    return {"test_ctrl_c_ends_it_soon_with_the_last_known_state": NO_SIGNAL,
            "test_ctrl_c_ends_it_also_while_the_server_is_silent": NO_SIGNAL,
            "test_a_signal_that_is_ignored_stays_ignored": NO_SIGNAL,
            "test_a_proxy_that_cannot_be_used_matters_only_where_it_would_be": NO_CASE}


def of_suites(platform):
    filtered = {"healing::a_kept_connection_into_the_void_is_given_up_long_before_the_total_timeout": NO_FILTER}
    return {QEMU: filtered}.get(platform.runs, {})
