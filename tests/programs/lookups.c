/*
 * lookups URL CA, with slow_lookup.so loaded before: a name lookup that hangs holds no call past its deadline, runs on
 * one thread however many calls wait for it, with all signals blocked, and serves the call that comes when it ends.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include "replaced_wake.h"

#define CALLS 16
#define CLIENTS 5

static tcdb_client *client, *many[CLIENTS];
static int (*lookups)(void);
static void (*slow_down)(unsigned);

static void *ask_without_success(void *unused)
{
    char message[512];
    uint64_t started = now_ms();
    tcdb_code code = ask(client, DOCUMENTED_ID, message, sizeof message);
    uint64_t took = now_ms() - started;
    EXPECT(code == TCDB_ERR_REQUEST_TIMEOUT && strstr(message, "while looking up the name") != NULL);
    EXPECT(took >= 700 && took < 1500);
    return unused;
}

static void *shut_down_soon(void *unused)
{
    usleep(100000);
    tcdb_client_shutdown(client);
    return unused;
}

static int threads_of_this_process(void)
{
    char line[128];
    int threads = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status) != NULL) sscanf(line, "Threads: %d", &threads);
    fclose(status);
    return threads;
}

int main(int argc, char **argv)
{
    pthread_t threads[CALLS];
    uint64_t started;
    char message[512];
    int i, before;
    EXPECT(argc == 3);
    /* A function pointer from a data pointer: what POSIX asks of dlsym, in the words that ISO C takes. */
    *(void **)&lookups = dlsym(RTLD_DEFAULT, "slow_lookups");
    *(void **)&slow_down = dlsym(RTLD_DEFAULT, "slow_down_lookups");
    EXPECT(lookups != NULL && slow_down != NULL);

    /* Many calls, one lookup; the total timeout holds. */
    slow_down(2500);
    client = client_of(argv[1], argv[2], 0, 700);
    for (i = 0; i < CALLS; i++) EXPECT(pthread_create(&threads[i], NULL, ask_without_success, NULL) == 0);
    usleep(300000);
    EXPECT(threads_of_this_process() == 1 + CALLS + 1);
    for (i = 0; i < CALLS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    EXPECT(lookups() == 1 && threads_of_this_process() == 2);
    /* Calls join the lookup that is under way, until it ends and serves one. */
    ask_without_success(NULL);
    started = now_ms();
    while (ask(client, DOCUMENTED_ID, NULL, 0) != TCDB_OK) EXPECT(now_ms() - started < 3000);
    EXPECT(lookups() == 1);
    /* The answer is kept. */
    for (i = 0; i < 5; i++) ask_well(client, DOCUMENTED_ID);
    EXPECT(lookups() == 1);
    tcdb_client_free(client);

    /* Another client of the process knows it too, and joins a lookup that another has begun. */
    client = client_of(argv[1], argv[2], 150, 5000);
    ask_well(client, DOCUMENTED_ID);
    EXPECT(lookups() == 1);
    tcdb_client_free(client);

    /* The end of a lookup also wakes a call whose wake the host has closed meanwhile. */
    slow_down(0);
    client = client_of("https://no-such-name.invalid", argv[2], 0, 60000);
    EXPECT(ask(client, DOCUMENTED_ID, NULL, 0) == TCDB_ERR_RESOLVE);
    i = replaced_wake();
    slow_down(300);
    started = now_ms();
    EXPECT(ask(client, DOCUMENTED_ID, NULL, 0) == TCDB_ERR_RESOLVE);
    /* Three attempts; each that is not woken waits for ten seconds, the connect timeout. */
    EXPECT(now_ms() - started < 9000);
    close(i);
    tcdb_client_free(client);

    /* The connect timeout bounds a lookup; however many clients ask for a name, one thread looks it up. */
    slow_down(60000);
    before = lookups();
    for (i = 0; i < CLIENTS; i++) {
        many[i] = client_of("https://slow-name.invalid:1", argv[2], 50, 5000);
        EXPECT(ask(many[i], DOCUMENTED_ID, message, sizeof message) == TCDB_ERR_RESOLVE);
        EXPECT(strstr(message, "no answer within the connect timeout (3 attempts)") != NULL);
    }
    EXPECT(lookups() == before + 1 && threads_of_this_process() == 2);
    for (i = 0; i < CLIENTS; i++) tcdb_client_free(many[i]);

    /* A shutdown ends a call that waits for a name. */
    client = client_of("https://slow-name.invalid:1", argv[2], 0, 5000);
    EXPECT(pthread_create(&threads[0], NULL, shut_down_soon, NULL) == 0);
    started = now_ms();
    EXPECT(ask(client, DOCUMENTED_ID, NULL, 0) == TCDB_ERR_CANCELLED);
    EXPECT(now_ms() - started < 500);
    EXPECT(pthread_join(threads[0], NULL) == 0);
    tcdb_client_free(client);

    /* A name that does not exist is reported as such, and looked up again at each attempt. */
    slow_down(0);
    i = lookups();
    client = client_of("https://no-such-name.invalid", argv[2], 0, 5000);
    EXPECT(ask(client, DOCUMENTED_ID, message, sizeof message) == TCDB_ERR_RESOLVE);
    EXPECT(strncmp(message, "look up no-such-name.invalid: ", 30) == 0);
    EXPECT(lookups() == i + 3);
    tcdb_client_free(client);
    return 0;
}
