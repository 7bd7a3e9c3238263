/*
 * Linked into every C program that runs under the sanitizers: their options do not depend on an environment that a test
 * may clear, and each run leaves a mark, so that the check knows which programs have run at all.
 */
#include <fcntl.h>
#include <unistd.h>

/* gcc's runtime looks these up by name. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:"
           "print_suppressions=0:exitcode=99:log_path=" REPORTS "/" PROGRAM;
}

const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1:halt_on_error=1:exitcode=99:log_path=" REPORTS "/" PROGRAM;
}

/* A forked child has none of its parent's other threads, but glibc's lists of their destructors: not a leak. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:__cxa_thread_atexit_impl\n"; }

__attribute__((constructor)) static void leave_a_mark(void)
{
    int fd = open(REPORTS "/" PROGRAM ".ran", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (fd >= 0) close(fd);
}
