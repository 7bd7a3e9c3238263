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
#include <unistd.h>

#include "asking.h"

static void (*answer_with)(const char *addresses);

/* Connects to it hang: whatever arrives is dropped by a filter. No rights are needed. */
static int black_hole(const char *address, int port)
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
    return hole;
}

static uint64_t time_of_a_query(const tcdb_client *client)
{
    uint64_t started = now_ms();
    ask_well(client, DOCUMENTED_ID);
    return now_ms() - started;
}

/* The best of a few, each by a client of its own and so on a new connection: what the machine gives. */
static uint64_t usual_time(const char *url, const char *ca, const char *addresses)
{
    uint64_t best = UINT64_MAX;
    int i;
    answer_with(addresses);
    for (i = 0; i < 5; i++) {
        tcdb_client *client = client_of(url, ca, 0, 20000);
        uint64_t took = time_of_a_query(client);
        if (took < best) best = took;
        tcdb_client_free(client);
    }
    return best;
}

/* Each case under a name of its own: names are kept for the process. */
static void url_of(char *into, size_t room, const char *url, const char *name)
{
    const char *scheme = strstr(url, "://") + 3, *port = strrchr(url, ':');
    snprintf(into, room, "%.*s%s%s", (int)(scheme - url), url, name, port);
}

int main(int argc, char **argv)
{
    char url[256], message[512];
    int port, holes[3];
    uint64_t usual, took, started;
    tcdb_client *client;
    EXPECT(argc == 3);
    *(void **)&answer_with = dlsym(RTLD_DEFAULT, "answer_with");
    EXPECT(answer_with != NULL);
    port = atoi(strrchr(argv[1], ':') + 1);
    holes[0] = black_hole("127.0.0.2", port);
    holes[1] = black_hole("127.0.0.3", port);
    usual = usual_time(argv[1], argv[2], "127.0.0.1");

    /* One dead address of two: the first query is late by a quarter of a second, the next one is not. */
    url_of(url, sizeof url, argv[1], "localhost.");
    url[0] = 'h';
    answer_with("127.0.0.2,127.0.0.1");
    client = client_of(argv[1], argv[2], 0, 20000);
    tcdb_client_free(client);
    {
        /* A new process knows no name: the cache of this one's has `localhost` already. */
        pid_t child = fork();
        if (child == 0) {
            client = client_of(argv[1], argv[2], 0, 20000);
            took = time_of_a_query(client);
            if (took < 250 || took >= usual + 250 + 400) fprintf(stderr, "%d ms, usually %d\n", (int)took, (int)usual);
            EXPECT(took >= 250 && took < usual + 250 + 400);
            tcdb_client_free(client);
            /* By another client, and so on a new connection: what answered goes first. */
            took = usual_time(argv[1], argv[2], "127.0.0.2,127.0.0.1");
            EXPECT(took < usual + 200);
            _exit(0);
        }
        {
            int status = -1;
            extern pid_t waitpid(pid_t, int *, int);
            EXPECT(waitpid(child, &status, 0) == child && status == 0);
        }
        /* Two dead ones before it: half a second. */
        child = fork();
        if (child == 0) {
            answer_with("127.0.0.2,127.0.0.3,127.0.0.1");
            client = client_of(argv[1], argv[2], 0, 20000);
            took = time_of_a_query(client);
            EXPECT(took >= 500 && took < usual + 500 + 400);
            _exit(0);
        }
        {
            int status = -1;
            EXPECT(waitpid(child, &status, 0) == child && status == 0);
        }
        /* One that refuses lets the next start at once. */
        child = fork();
        if (child == 0) {
            answer_with("127.0.0.4,127.0.0.5,127.0.0.1");
            client = client_of(argv[1], argv[2], 0, 20000);
            took = time_of_a_query(client);
            EXPECT(took < usual + 200);
            _exit(0);
        }
        {
            int status = -1;
            EXPECT(waitpid(child, &status, 0) == child && status == 0);
        }
        /* All dead: the connect timeout, for all of them together. */
        child = fork();
        if (child == 0) {
            answer_with("127.0.0.2,127.0.0.3");
            client = client_of(argv[1], argv[2], 1000, 1500);
            started = now_ms();
            EXPECT(ask(client, DOCUMENTED_ID, message, sizeof message) != TCDB_OK);
            took = now_ms() - started;
            EXPECT(took >= 1400 && took < 3500);
            _exit(0);
        }
        {
            int status = -1;
            EXPECT(waitpid(child, &status, 0) == child && status == 0);
        }
    }
    close(holes[0]);
    close(holes[1]);
    return 0;
}
