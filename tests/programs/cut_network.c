/*
 * cut_network URL CA GOOD DEAD, with slow_lookup.so loaded before, in a network of its own (test_cut_network.py): a name
 * with an address whose packets are lost, and kept connections whose replies are lost on the way. Reads a line once
 * the connections are kept; whoever writes it has cut them off.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asking.h"

#define KEPT 8
#define AFTERWARDS 12
/* What a dead address may cost. Without the race of addresses it is half of the connect timeout, 2.5 s. */
#define DEAD_ADDRESS 400
/* How much longer than usual counts as at once: a third of what a silent connection costs. */
#define AT_ONCE 1000
/* A busy machine may be late in one of them. */
#define TRIES 4

static void (*answer_with)(const char *addresses);
static const char *url, *ca;
/* What a query on a new connection takes here. */
static uint64_t usual;

static uint64_t time_of(const tcdb_client *client)
{
    uint64_t started = now_ms();
    ask_well(client, DOCUMENTED_ID);
    return now_ms() - started;
}

/* The first query of a client of its own. */
static uint64_t time_of_a_first_query(void)
{
    tcdb_client *client = client_of(url, ca, 0, 20000);
    uint64_t took = time_of(client);
    tcdb_client_free(client);
    return took;
}

static void measure_the_usual_time(const char *good)
{
    int i;
    answer_with(good);
    for (i = 0; i < 5; i++) {
        uint64_t took = time_of_a_first_query();
        if (took > usual) usual = took;
    }
}

/* In a process of its own, which has not learned yet which address answers. */
static int is_a_dead_address_cheap(const char *good, const char *dead)
{
    char both[128];
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        uint64_t first, second;
        snprintf(both, sizeof both, "%s,%s", dead, good);
        answer_with(both);
        first = time_of_a_first_query();
        second = time_of_a_first_query();
        printf("one dead address of two: %d ms, then %d ms; usually %d ms at most\n", (int)first, (int)second, (int)usual);
        EXPECT(first >= 250);
        exit(first < usual + DEAD_ADDRESS && second < usual + DEAD_ADDRESS / 2 ? 0 : 2);
    }
    EXPECT(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) != 1);
    return WEXITSTATUS(status) == 0;
}

static void one_dead_address_of_two(const char *good, const char *dead)
{
    int tries = 1;
    while (!is_a_dead_address_cheap(good, dead)) EXPECT(tries++ < TRIES);
}

static void *ask_once(void *client)
{
    ask_well(client, DOCUMENTED_ID);
    return NULL;
}

static void many_silent_connections(const char *good)
{
    tcdb_client *client;
    pthread_t threads[KEPT];
    char line[16];
    int i, slow = 0;
    answer_with(good);
    /* Nothing of what is sent is acknowledged: given up after three seconds, the least there is. */
    client = client_of(url, ca, 1000, 20000);
    for (i = 0; i < KEPT; i++) EXPECT(pthread_create(&threads[i], NULL, ask_once, client) == 0);
    for (i = 0; i < KEPT; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    puts("kept");
    fflush(stdout);
    EXPECT(fgets(line, sizeof line, stdin) != NULL);
    printf("%d silent connections:", KEPT);
    for (i = 0; i < AFTERWARDS; i++) {
        uint64_t took = time_of(client);
        printf(" %d", (int)took);
        if (took >= usual + AT_ONCE) slow++;
        EXPECT(took < 10000);
    }
    puts(" ms");
    EXPECT(slow == 1);
    tcdb_client_free(client);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 5);
    url = argv[1];
    ca = argv[2];
    *(void **)&answer_with = dlsym(RTLD_DEFAULT, "answer_with");
    EXPECT(answer_with != NULL);
    measure_the_usual_time(argv[3]);
    one_dead_address_of_two(argv[3], argv[4]);
    many_silent_connections(argv[3]);
    return 0;
}
