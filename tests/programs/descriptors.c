/*
 * descriptors URL CA: with the process's descriptors used up, a call says SYSTEM, whatever it was about to open; once
 * there are some again, all is well. The same where the system refuses to wait.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "asking.h"

static int taken[256], count;

static void take_all(void)
{
    int fd;
    while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) {
        EXPECT(count < 256);
        taken[count++] = fd;
    }
}

static void give_back(int how_many)
{
    while (how_many-- > 0 && count > 0) close(taken[--count]);
}

static void allow(rlim_t descriptors)
{
    struct rlimit limit;
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = descriptors;
    EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* Linux refuses to poll more descriptors than the process may have, though those at hand stay open. False: a tool such as
 * valgrind keeps the limit to itself. */
static int refuses_to_wait(void)
{
    struct pollfd one = {-1, 0, 0};
    int outcome;
    allow(0);
    outcome = poll(&one, 1, 0);
    allow(64);
    return outcome == -1;
}

/* The code of a look for an event; what was said goes to message. */
static tcdb_code look(const tcdb_wait_queue *queue, char *message, size_t room)
{
    tcdb_wait_event *event = NULL;
    tcdb_error *error = NULL;
    tcdb_code code = tcdb_wait_queue_next(queue, 10, &event, &error);
    EXPECT(event == NULL);
    snprintf(message, room, "%s", code == TCDB_OK ? "" : tcdb_error_message(error));
    tcdb_error_free(error);
    return code;
}

static tcdb_wait_queue *queue_of(const tcdb_client *client)
{
    tcdb_wait_queue *queue = NULL;
    EXPECT(tcdb_wait_queue_new(client, NULL, &queue, NULL) == TCDB_OK);
    return queue;
}

static void a_queue_without_descriptors(const char *url, const char *ca)
{
    char message[512];
    tcdb_client *client = client_of(url, ca, 0, 5000);
    tcdb_wait_queue *queue = queue_of(client);
    int is_held = refuses_to_wait();
    tcdb_code code;
    take_all();
    code = look(queue, message, sizeof message);
    EXPECT(code == TCDB_ERR_SYSTEM || (!is_held && code == TCDB_OK));
    give_back(count);
    EXPECT(look(queue, message, sizeof message) == TCDB_OK);
    tcdb_wait_queue_free(queue);
    tcdb_client_free(client);
}

static void a_wait_that_the_system_refuses(const char *url, const char *ca)
{
    static const char refused[] = "poll: invalid argument";
    char message[512];
    tcdb_client *client = client_of(url, ca, 0, 5000);
    tcdb_wait_queue *queue = queue_of(client);
    ask_well(client, DOCUMENTED_ID);
    EXPECT(look(queue, message, sizeof message) == TCDB_OK);
    if (refuses_to_wait()) {
        tcdb_code code;
        allow(0);
        code = ask(client, DOCUMENTED_ID, message, sizeof message);
        if (code != TCDB_ERR_SYSTEM || strncmp(message, refused, sizeof refused - 1) != 0) {
            fprintf(stderr, "a query: %s: %s\n", tcdb_code_name(code), message);
            exit(1);
        }
        code = look(queue, message, sizeof message);
        if (code != TCDB_ERR_SYSTEM || strcmp(message, refused) != 0) {
            fprintf(stderr, "a queue: %s: %s\n", tcdb_code_name(code), message);
            exit(1);
        }
        allow(64);
    }
    ask_well(client, DOCUMENTED_ID);
    EXPECT(look(queue, message, sizeof message) == TCDB_OK);
    tcdb_wait_queue_free(queue);
    tcdb_client_free(client);
}

int main(int argc, char **argv)
{
    tcdb_client *client = NULL;
    int left, codes[12], all_well = 0;
    char message[512];
    EXPECT(argc == 3);
    allow(64);

    take_all();
    if (argv[2][0] != '\0') EXPECT(try_client(argv[1], argv[2], 0, 5000, &client) == TCDB_ERR_SYSTEM && client == NULL);
    give_back(count);

    /* A fresh client each time, so that it has to open everything again, with so many descriptors left. */
    for (left = 0; left < 12; left++) {
        client = client_of(argv[1], argv[2], 0, 5000);
        take_all();
        give_back(left);
        codes[left] = ask(client, DOCUMENTED_ID, message, sizeof message);
        if (codes[left] != TCDB_OK && codes[left] != TCDB_ERR_SYSTEM) {
            fprintf(stderr, "%d descriptors left: %s: %s\n", left, tcdb_code_name(codes[left]), message);
            return 1;
        }
        all_well += codes[left] == TCDB_OK;
        give_back(count);
        ask_well(client, DOCUMENTED_ID);
        tcdb_client_free(client);
    }
    EXPECT(codes[0] == TCDB_ERR_SYSTEM && codes[1] == TCDB_ERR_SYSTEM && codes[11] == TCDB_OK && all_well < 11);

    /* A lookup whose call has a descriptor, and which finds none for the files of the name service. */
    if (argv[2][0] != '\0') {
        client = client_of("https://localhost:1", argv[2], 0, 5000);
        EXPECT(ask(client, DOCUMENTED_ID, NULL, 0) == TCDB_ERR_CONNECT);
        take_all();
        EXPECT(ask(client, DOCUMENTED_ID, message, sizeof message) == TCDB_ERR_SYSTEM);
        EXPECT(strncmp(message, "look up localhost: ", 19) == 0);
        give_back(count);
        EXPECT(ask(client, DOCUMENTED_ID, NULL, 0) == TCDB_ERR_CONNECT);
        tcdb_client_free(client);
    }

    /* A client with a kept connection needs none. */
    client = client_of(argv[1], argv[2], 0, 5000);
    ask_well(client, DOCUMENTED_ID);
    take_all();
    for (left = 0; left < 10; left++) ask_well(client, DOCUMENTED_ID);
    give_back(count);
    tcdb_client_free(client);

    a_queue_without_descriptors(argv[1], argv[2]);
    a_wait_that_the_system_refuses(argv[1], argv[2]);
    return 0;
}
