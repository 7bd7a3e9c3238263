/*
 * setenv_race URL CA: one thread writes new variables all the time, which moves the environment; others make clients, ask
 * and wait. Nothing of the library reads it, so nothing breaks.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "asking.h"

#define THREADS 3
#define ROUNDS 150

static const char *url, *ca;
static atomic_int done;

static void *write_variables(void *unused)
{
    char name[64];
    unsigned i;
    for (i = 0; !done; i++) {
        snprintf(name, sizeof name, "TCDB_TEST_VARIABLE_%u", i % 20000);
        EXPECT(setenv(name, "a value of some length, so that memory is moved about", 1) == 0);
        if (i % 3 == 0) unsetenv(name);
        /* valgrind runs one thread at a time, and would run this one for ever. */
        sched_yield();
    }
    return unused;
}

static void *make_clients(void *unused)
{
    int i;
    for (i = 0; i < ROUNDS; i++) {
        tcdb_client *client = client_of(url, ca, 0, 20000);
        tcdb_result *result = NULL;
        if (i % 10 == 0) {
            ask_well(client, DOCUMENTED_ID);
            EXPECT(tcdb_wait(client, DOCUMENTED_ID, 20000, &result, NULL) == TCDB_OK);
            tcdb_result_free(result);
        }
        tcdb_client_free(client);
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t writer, makers[THREADS];
    int i;
    EXPECT(argc == 3);
    url = argv[1];
    ca = argv[2];
    EXPECT(pthread_create(&writer, NULL, write_variables, NULL) == 0);
    for (i = 0; i < THREADS; i++) EXPECT(pthread_create(&makers[i], NULL, make_clients, NULL) == 0);
    for (i = 0; i < THREADS; i++) EXPECT(pthread_join(makers[i], NULL) == 0);
    done = 1;
    EXPECT(pthread_join(writer, NULL) == 0);
    EXPECT(tcdb_live_objects() == 0);
    return 0;
}
