/*
 * descriptors URL CA: with the process's descriptors used up, a call says SYSTEM, whatever it was about to open; once
 * there are some again, all is well.
 */
#define _GNU_SOURCE
#include <fcntl.h>
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

int main(int argc, char **argv)
{
    struct rlimit limit;
    tcdb_client *client = NULL;
    int left, codes[12], all_well = 0;
    char message[512];
    EXPECT(argc == 3);
    EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = 64;
    EXPECT(setrlimit(RLIMIT_NOFILE, &limit) == 0);

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
    return 0;
}
