/* A client whose wake the host has closed by a bug, and opened something else under its number. Linux. */
#ifndef REPLACED_WAKE_H
#define REPLACED_WAKE_H

#include <sys/socket.h>
#include <unistd.h>

#include "asking.h"

/* What wakes the client's calls, found by what Linux calls it: whether a number is one. */
static int is_wake(int fd)
{
    char link[64], target[64];
    ssize_t length;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, target, sizeof target - 1);
    return length > 0 && strncmp(target, "anon_inode:[eventfd]", (size_t)length) == 0;
}

static int wake_of_the_client(void)
{
    int fd;
    for (fd = 3; fd < 256; fd++)
        if (is_wake(fd)) return fd;
    return -1;
}

static inline int wakes(void)
{
    int fd, count = 0;
    for (fd = 3; fd < 256; fd++) count += is_wake(fd);
    return count;
}

/* The wake of the only client is a socket of the host's from now on; returned is its other end. */
static int replaced_wake(void)
{
    int pair[2], wake = wake_of_the_client();
    EXPECT(wake != -1);
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    EXPECT(dup2(pair[0], wake) == wake);
    close(pair[0]);
    return pair[1];
}

#endif
