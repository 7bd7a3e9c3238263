/*
 * closed URL CA: the host closes descriptors of the library's in its own process, by a bug. The client replaces what it
 * finds closed, kept connections and the descriptor that wakes a call alike.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "asking.h"

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
    EXPECT(tcdb_live_objects() == 0);
    return 0;
}
