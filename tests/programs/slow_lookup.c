/* Loaded before the C library: a getaddrinfo that takes its time, counts, and looks whether signals are blocked. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int slow_lookups(void);
void slow_down_lookups(unsigned milliseconds);

static atomic_int lookups;
static atomic_uint delay_ms;

int slow_lookups(void)
{
    return lookups;
}

void slow_down_lookups(unsigned milliseconds)
{
    delay_ms = milliseconds;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    sigset_t blocked;
    int number;
    lookups++;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    for (number = 1; number < 32; number++) {
        if (number != SIGKILL && number != SIGSTOP && !sigismember(&blocked, number)) {
            fprintf(stderr, "a lookup runs with signal %d open\n", number);
            abort();
        }
    }
    usleep(delay_ms * 1000);
    /* No question leaves the machine. */
    if (node != NULL && strcmp(node, "localhost") != 0) return EAI_NONAME;
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, result);
}
