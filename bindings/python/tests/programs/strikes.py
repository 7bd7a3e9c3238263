"""A signal handler that raises, again and again, inside whatever is called."""

import signal
import sys
import time

# Seconds; a busy machine strikes on, up to LONGEST, until there were enough.
SHORTEST, LONGEST = 3, 40
ENOUGH = 30


class Stop(BaseException):
    pass


def strikes(work, spread, is_enough=lambda: True):
    """Runs `work()` while a handler strikes once, up to `spread` seconds later: what was raised, caught, swallowed."""
    raised, caught, swallowed = [0], 0, []
    sys.unraisablehook = swallowed.append

    def stop(*_):
        raised[0] += 1
        raise Stop

    signal.signal(signal.SIGALRM, stop)
    begun = time.monotonic()
    while time.monotonic() < begun + LONGEST:
        if time.monotonic() > begun + SHORTEST and raised[0] >= ENOUGH and is_enough():
            break
        try:
            # A second one for what is raised between the catching and the next line.
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + spread * (raised[0] % 17) / 17)
                work()
            except Stop:
                caught += 1
        except Stop:
            caught += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    return {"raised": raised[0], "caught": caught, "swallowed": [repr(each) for each in swallowed]}
