/*
 * dead_address URL CA, with slow_lookup.so loaded before: a name with several addresses, of which some are dead. Addresses
 * are raced: one that does not answer costs a quarter of a second once, one that refuses costs nothing, and what answered
 * goes first from then on.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asking.h"

static const char *url, *ca;
static void (*answer_with)(const char *addresses);
/* What a query on a new connection takes here. */
static uint64_t usual;

/* Connects to it hang: whatever arrives is dropped by a filter. No rights are needed. */
static void black_hole(const char *address, int port)
{
    struct sock_filter drop = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog filter = {1, &drop};
    struct sockaddr_in at;
    int hole = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_port = htons((uint16_t)port);
    EXPECT(inet_pton(AF_INET, address, &at.sin_addr) == 1);
    EXPECT(setsockopt(hole, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    EXPECT(bind(hole, (struct sockaddr *)&at, sizeof at) == 0 && listen(hole, 8) == 0);
    EXPECT(setsockopt(hole, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0);
}

/* By a client of its own, and so on a new connection. */
static uint64_t time_of_a_query(const char *addresses)
{
    tcdb_client *client;
    uint64_t started;
    answer_with(addresses);
    client = client_of(url, ca, 0, 20000);
    started = now_ms();
    ask_well(client, DOCUMENTED_ID);
    started = now_ms() - started;
    tcdb_client_free(client);
    return started;
}

static void expect_between(uint64_t took, uint64_t least, uint64_t most)
{
    if (took < least || took >= most) {
        fprintf(stderr, "%d ms, usually %d\n", (int)took, (int)usual);
        exit(1);
    }
}

static void measure_the_usual_time(void)
{
    int i;
    for (i = 0; i < 5; i++) {
        uint64_t took = time_of_a_query("127.0.0.1");
        if (i == 0 || took > usual) usual = took;
    }
}

static void one_dead_address_of_two(void)
{
    expect_between(time_of_a_query("127.0.0.2,127.0.0.1"), 250, usual + 400);
    /* What answered goes first from now on. */
    expect_between(time_of_a_query("127.0.0.2,127.0.0.1"), 0, usual + 200);
}

static void two_dead_addresses_of_three(void)
{
    expect_between(time_of_a_query("127.0.0.2,127.0.0.3,127.0.0.1"), 500, usual + 650);
}

/* Nothing listens there: the next one starts at once. */
static void two_that_refuse(void)
{
    expect_between(time_of_a_query("127.0.0.4,127.0.0.5,127.0.0.1"), 0, usual + 200);
}

/* The connect timeout is for all of them together. */
static void all_dead(void)
{
    tcdb_client *client;
    uint64_t started;
    char message[512];
    answer_with("127.0.0.2,127.0.0.3");
    client = client_of(url, ca, 1000, 1500);
    started = now_ms();
    EXPECT(ask(client, DOCUMENTED_ID, message, sizeof message) == TCDB_ERR_REQUEST_TIMEOUT);
    expect_between(now_ms() - started, 1500, 3500);
    tcdb_client_free(client);
}

/* A child has no name in its cache. */
static void in_a_child(void (*body)(void))
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    EXPECT(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

int main(int argc, char **argv)
{
    int port;
    EXPECT(argc == 3);
    url = argv[1];
    ca = argv[2];
    *(void **)&answer_with = dlsym(RTLD_DEFAULT, "answer_with");
    EXPECT(answer_with != NULL);
    port = atoi(strrchr(url, ':') + 1);
    black_hole("127.0.0.2", port);
    black_hole("127.0.0.3", port);
    measure_the_usual_time();
    in_a_child(one_dead_address_of_two);
    in_a_child(two_dead_addresses_of_three);
    in_a_child(two_that_refuse);
    in_a_child(all_dead);
    return 0;
}
