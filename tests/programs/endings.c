/*
 * endings URL CA: a query works where a thread or the process is about to end: from the destructor of a thread key, from a
 * function of atexit(), from one that was registered before the library was first used.
 */
#include <pthread.h>

#include "asking.h"

static tcdb_client *client;
static pthread_key_t key;
static int ended;

static void ask_at_the_threads_end(void *rounds)
{
    ask_well(client, "thread-key");
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
