/*
 * endings URL CA: a query and a wait work where a thread or the process is about to end: from the destructor of a thread key,
 * from a function of atexit(), from one that was registered before the library was first used, from the program's destructor.
 */
#include <pthread.h>

#include "asking.h"

static tcdb_client *client;
static pthread_key_t key;
static int ended;

static void wait_well(void)
{
    tcdb_waiter *waiter = NULL;
    tcdb_result *result = NULL;
    EXPECT(tcdb_waiter_new(client, "ended", 10000, &waiter, NULL) == TCDB_OK);
    EXPECT(tcdb_waiter_run(waiter, NULL, NULL, &result, NULL) == TCDB_OK);
    tcdb_result_free(result);
    tcdb_waiter_free(waiter);
}

static void ask_at_the_threads_end(void *rounds)
{
    ask_well(client, "thread-key");
    wait_well();
    ended++;
    /* Destructors are run again as long as a value is set, when those of the language's own thread-locals are over. */
    if (*(int *)rounds > 0) {
        (*(int *)rounds)--;
        EXPECT(pthread_setspecific(key, rounds) == 0);
    }
}

static void *a_thread(void *unused)
{
    static int rounds = 2;
    EXPECT(pthread_setspecific(key, &rounds) == 0);
    ask_well(client, "thread");
    return unused;
}

static void *a_thread_that_asks_at_its_end_alone(void *unused)
{
    static int rounds;
    EXPECT(pthread_setspecific(key, &rounds) == 0);
    return unused;
}

static void run(void *(*body)(void *))
{
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, body, NULL) == 0);
    EXPECT(pthread_join(thread, NULL) == 0);
}

static void ask_at_the_end(void)
{
    ask_well(client, "atexit");
}

static void ask_at_the_very_end(void)
{
    ask_well(client, "atexit-first");
    wait_well();
}

/* Runs after the functions of atexit. */
__attribute__((destructor)) static void ask_in_the_programs_destructor(void)
{
    if (client == NULL) return;
    ask_well(client, "destructor");
    wait_well();
    tcdb_client_free(client);
    EXPECT(tcdb_live_objects() == 0);
    puts("ended well");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 3);
    EXPECT(atexit(ask_at_the_very_end) == 0);
    client = client_of(argv[1], argv[2], 0, 10000);
    EXPECT(pthread_key_create(&key, ask_at_the_threads_end) == 0);
    run(a_thread);
    EXPECT(ended == 3);
    run(a_thread_that_asks_at_its_end_alone);
    EXPECT(ended == 4);
    ask_well(client, "main");
    EXPECT(atexit(ask_at_the_end) == 0);
    return 0;
}
