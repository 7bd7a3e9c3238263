/* Loaded before the C library: counts the looks into the environment. The C library's own go past it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>

unsigned counted_getenvs(void);

static atomic_uint count;
static char *(*real)(const char *);

__attribute__((constructor)) static void find(void)
{
    *(void **)&real = dlsym(RTLD_NEXT, "getenv");
}

unsigned counted_getenvs(void)
{
    return count;
}

char *getenv(const char *name)
{
    count++;
    return real(name);
}

char *secure_getenv(const char *name)
{
    return getenv(name);
}
