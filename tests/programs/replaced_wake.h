/* A client whose wake the host has closed by a bug, and opened something else under its number. Linux. */
#ifndef REPLACED_WAKE_H
#define REPLACED_WAKE_H

#include <sys/socket.h>
#include <unistd.h>

#include "asking.h"

/* What wakes the client's calls, found by what Linux calls it. */
static int wake_of_the_client(void)
{
    char link[64], target[64];
    int fd;
    for (fd = 3; fd < 256; fd++) {
        ssize_t length;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, target, sizeof target - 1);
        if (length > 0 && strncmp(target, "anon_inode:[eventfd]", (size_t)length) == 0) return fd;
    }
    return -1;
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
