/*
 * closed URL CA: the host closes descriptors of the library's in its own process, by a bug. The client replaces what it
 * finds closed, kept connections and the descriptor that wakes a call alike, and leaves alone what the host has opened under
 * the same numbers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replaced_wake.h"

static tcdb_client *client;
static tcdb_waiter *waiter;

static void close_all(void)
{
    int i;
    for (i = 3; i < 256; i++) close(i);
}

static void *cancel_soon(void *unused)
{
    usleep(300000);
    tcdb_waiter_cancel(waiter);
    return unused;
}

#define OWN 16

/* A file, or a socket that blocks: a look at it must not hang. */
static int open_own(int is_socket)
{
    char path[] = "/tmp/tcdb-closed-XXXXXX";
    int pair[2], file;
    if (is_socket) {
        EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        return pair[0];
    }
    file = mkstemp(path);
    EXPECT(file >= 0 && unlink(path) == 0);
    return file;
}

static void what_the_host_has_opened_instead_is_left_alone(const char *url, const char *ca, int is_socket)
{
    int own[OWN], i;
    struct stat about;
    client = client_of(url, ca, 0, 10000);
    ask_well(client, "well");
    close_all();
    for (i = 0; i < OWN; i++) own[i] = open_own(is_socket);
    for (i = 0; i < 3; i++) ask_well(client, "well");
    tcdb_client_free(client);
    for (i = 0; i < OWN; i++) {
        EXPECT(fcntl(own[i], F_GETFD) != -1);
        EXPECT(is_socket || (fstat(own[i], &about) == 0 && about.st_size == 0));
    }
    close_all();
}

/* A client whose wake is a socket of the host's; returned is its other end. */
static int replace_the_wake(const char *url, const char *ca)
{
    client = client_of(url, ca, 0, 10000);
    ask_well(client, "well");
    return replaced_wake();
}

static void free_and_close(int other_end)
{
    tcdb_client_free(client);
    close(other_end);
    close_all();
}

static void a_wake_that_is_closed_and_nothing_else_is_replaced(const char *url, const char *ca)
{
    client = client_of(url, ca, 0, 10000);
    ask_well(client, "well");
    EXPECT(close(wake_of_the_client()) == 0);
    ask_well(client, "well");
    EXPECT(wake_of_the_client() != -1);
    tcdb_client_free(client);
    close_all();
}

static void what_the_host_is_sent_is_not_read_as_a_wake(const char *url, const char *ca)
{
    char bytes[8] = "";
    int other_end = replace_the_wake(url, ca), i, unread = 0;
    EXPECT(write(other_end, "host", 4) == 4);
    for (i = 0; i < 3; i++) ask_well(client, "well");
    for (i = 3; i < 256; i++)
        unread += recv(i, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT) == 4 && memcmp(bytes, "host", 4) == 0;
    EXPECT(unread == 1);
    free_and_close(other_end);
}

static void *shut_down_later(void *milliseconds)
{
    usleep(*(useconds_t *)milliseconds * 1000);
    tcdb_client_shutdown(client);
    return NULL;
}

static void a_shutdown_ends_a_call_and_writes_nothing_to_the_host(const char *url, const char *ca, useconds_t after_ms)
{
    pthread_t thread;
    char byte;
    int other_end = replace_the_wake(url, ca);
    uint64_t started = now_ms();
    EXPECT(pthread_create(&thread, NULL, shut_down_later, &after_ms) == 0);
    EXPECT(ask(client, "stalled", NULL, 0) == TCDB_ERR_CANCELLED);
    EXPECT(now_ms() - started < 5000);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT(recv(other_end, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    free_and_close(other_end);
}

#define AT_ONCE 8

static void *ask_until_shutdown(void *unused)
{
    EXPECT(ask(client, "stalled", NULL, 0) == TCDB_ERR_CANCELLED);
    return unused;
}

/* The number of the one that is closed is given to that of another call. */
static void calls_at_once_have_a_wake_each(const char *url, const char *ca)
{
    pthread_t threads[AT_ONCE];
    uint64_t started;
    int i;
    client = client_of(url, ca, 0, 20000);
    ask_well(client, "well");
    close_all();
    for (i = 0; i < AT_ONCE; i++) EXPECT(pthread_create(&threads[i], NULL, ask_until_shutdown, NULL) == 0);
    usleep(300000);
    for (i = 0; wakes() != AT_ONCE && i < 500; i++) usleep(10000);
    EXPECT(wakes() == AT_ONCE);
    started = now_ms();
    tcdb_client_shutdown(client);
    for (i = 0; i < AT_ONCE; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    EXPECT(now_ms() - started < 5000);
    tcdb_client_free(client);
    close_all();
}

/* It has events at all times, and a read of it fails. */
static void what_cannot_be_read_as_a_wake_is_replaced(const char *url, const char *ca)
{
    struct epoll_event event = {EPOLLOUT, {0}};
    int pair[2], events, wake;
    client = client_of(url, ca, 0, 10000);
    ask_well(client, "well");
    wake = wake_of_the_client();
    events = epoll_create1(0);
    EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    EXPECT(epoll_ctl(events, EPOLL_CTL_ADD, pair[0], &event) == 0);
    EXPECT(dup2(events, wake) == wake);
    close(events);
    ask_well(client, "well");
    EXPECT(wakes() == 1);
    tcdb_client_free(client);
    EXPECT(fcntl(wake, F_GETFD) != -1);
    close_all();
}

int main(int argc, char **argv)
{
    pthread_t thread;
    tcdb_result *result = NULL;
    uint64_t started;
    int i;
    EXPECT(argc == 3);
    client = client_of(argv[1], argv[2], 0, 10000);
    for (i = 0; i < 5; i++) {
        ask_well(client, "well");
        close_all();
    }
    /* A cancel reaches the new one. */
    EXPECT(tcdb_waiter_new(client, "running", UINT64_MAX, &waiter, NULL) == TCDB_OK);
    tcdb_waiter_set_interval_ms(waiter, 60000, 60000);
    close_all();
    started = now_ms();
    EXPECT(pthread_create(&thread, NULL, cancel_soon, NULL) == 0);
    EXPECT(tcdb_waiter_run(waiter, NULL, NULL, &result, NULL) == TCDB_ERR_CANCELLED);
    EXPECT(now_ms() - started < 5000);
    EXPECT(pthread_join(thread, NULL) == 0);
    tcdb_waiter_free(waiter);
    tcdb_client_free(client);
    what_the_host_has_opened_instead_is_left_alone(argv[1], argv[2], 0);
    what_the_host_has_opened_instead_is_left_alone(argv[1], argv[2], 1);
    a_wake_that_is_closed_and_nothing_else_is_replaced(argv[1], argv[2]);
    what_the_host_is_sent_is_not_read_as_a_wake(argv[1], argv[2]);
    for (i = 0; i < 8; i++) calls_at_once_have_a_wake_each(argv[1], argv[2]);
    what_cannot_be_read_as_a_wake_is_replaced(argv[1], argv[2]);
    /* Before the call has checked its wake, and after. */
    a_shutdown_ends_a_call_and_writes_nothing_to_the_host(argv[1], argv[2], 20);
    a_shutdown_ends_a_call_and_writes_nothing_to_the_host(argv[1], argv[2], 400);
    EXPECT(tcdb_live_objects() == 0);
    return 0;
}
