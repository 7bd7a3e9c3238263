/* Loaded before the C library: whatever is written to a socket in a way that may raise SIGPIPE ends the process. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void refuse_socket(int fd, const char *how)
{
    struct stat facts;
    if (fstat(fd, &facts) == 0 && S_ISSOCK(facts.st_mode)) {
        fprintf(stderr, "%s on a socket: it may raise SIGPIPE\n", how);
        abort();
    }
}

static void want_no_signal(int flags, const char *how)
{
    if (!(flags & MSG_NOSIGNAL)) {
        fprintf(stderr, "%s without MSG_NOSIGNAL\n", how);
        abort();
    }
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    ssize_t (*real)(int, const void *, size_t);
    refuse_socket(fd, "write");
    *(void **)&real = dlsym(RTLD_NEXT, "write");
    return real(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    ssize_t (*real)(int, const struct iovec *, int);
    refuse_socket(fd, "writev");
    *(void **)&real = dlsym(RTLD_NEXT, "writev");
    return real(fd, pieces, count);
}

ssize_t send(int fd, const void *bytes, size_t count, int flags)
{
    ssize_t (*real)(int, const void *, size_t, int);
    want_no_signal(flags, "send");
    *(void **)&real = dlsym(RTLD_NEXT, "send");
    return real(fd, bytes, count, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t (*real)(int, const struct msghdr *, int);
    want_no_signal(flags, "sendmsg");
    *(void **)&real = dlsym(RTLD_NEXT, "sendmsg");
    return real(fd, message, flags);
}
