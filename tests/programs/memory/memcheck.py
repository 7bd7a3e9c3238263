"""What a run of a C program is wrapped in under BUILD=memcheck."""
# Fair: a thread that never waits would keep the others from running.
VALGRIND = ["valgrind", "--verbose", "--fair-sched=try", "--child-silent-after-fork=yes", "--leak-check=full",
            "--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect"]
# A run takes twenty times as long; of the many runs that a check makes of one program the first few are watched.
MOST_RUNS = 8
SUFFIX = ".memcheck"


def logs(program, reports):
    return sorted(reports.glob(f"{program}.*{SUFFIX}"))


def wrapper(program, reports):
    from watched import UNWATCHED
    if program in UNWATCHED["memcheck"] or len(logs(program, reports)) >= MOST_RUNS:
        return []
    return [*VALGRIND, f"--log-file={reports}/{program}.%p{SUFFIX}"]
