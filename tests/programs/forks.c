/*
 * forks URL CA: fork() with idle siblings. Parent and child both go on, each on connections of its own.
 * The endpoint's journal shows the driver which connection each question came by.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asking.h"

static tcdb_client *client;
static pthread_barrier_t asked, again;

static void *idle_sibling(void *unused)
{
    ask_well(client, "sibling");
    pthread_barrier_wait(&asked);
    /* All at the same time, so that each needs a connection: the newest kept one goes first. */
    pthread_barrier_wait(&again);
    ask_well(client, "parent-after");
    return unused;
}

static int open_sockets(void)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;
    int sockets = 0;
    while ((entry = readdir(dir)) != NULL) {
        struct stat facts;
        if (fstat(atoi(entry->d_name), &facts) == 0 && S_ISSOCK(facts.st_mode)) sockets++;
    }
    closedir(dir);
    return sockets;
}

/* The kernel's numbers of the eventfds that are open here; they survive fork(), unlike what belongs to the child. */
static int open_eventfds(int ids[], int room)
{
    DIR *dir = opendir("/proc/self/fdinfo");
    struct dirent *entry;
    int count = 0;
    while ((entry = readdir(dir)) != NULL && count < room) {
        char path[300], line[128];
        FILE *facts;
        snprintf(path, sizeof path, "/proc/self/fdinfo/%s", entry->d_name);
        facts = fopen(path, "r");
        while (facts != NULL && fgets(line, sizeof line, facts) != NULL) {
            if (sscanf(line, "eventfd-id: %d", &ids[count]) == 1) count++;
        }
        if (facts != NULL) fclose(facts);
    }
    closedir(dir);
    return count;
}

static void expect_success(pid_t child)
{
    int status = -1;
    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv)
{
    pthread_t siblings[4];
    pid_t child;
    int i, j, parents[64], parents_count, parents_sockets;
    EXPECT(argc == 3);
    client = client_of(argv[1], argv[2], 0, 10000);
    EXPECT(pthread_barrier_init(&asked, NULL, 5) == 0 && pthread_barrier_init(&again, NULL, 5) == 0);
    for (i = 0; i < 4; i++) EXPECT(pthread_create(&siblings[i], NULL, idle_sibling, NULL) == 0);
    pthread_barrier_wait(&asked);
    ask_well(client, "parent-before");

    parents_count = open_eventfds(parents, 64);
    parents_sockets = open_sockets();

    /* A child that asks, while its parent asks too. */
    child = fork();
    if (child == 0) {
        for (i = 0; i < 20; i++) ask_well(client, "child");
        /* One connection of its own, and one descriptor to be woken by; the parent's are neither used nor closed. */
        EXPECT(open_sockets() == parents_sockets + 1);
        if (parents_count > 0) {
            int all[64], all_count = open_eventfds(all, 64), own = 0;
            for (i = 0; i < all_count; i++) {
                int is_own = 1;
                for (j = 0; j < parents_count; j++) is_own = is_own && all[i] != parents[j];
                own += is_own;
            }
            EXPECT(all_count == parents_count + 1 && own == 1);
        }
        tcdb_client_free(client);
        EXPECT(open_sockets() == parents_sockets);
        EXPECT(tcdb_live_objects() == 0);
        exit(0);
    }
    for (i = 0; i < 20; i++) ask_well(client, "parent-after");
    expect_success(child);
    ask_well(client, "parent-after");

    /* A child that only frees: no close_notify is sent for the parent's connections. */
    child = fork();
    if (child == 0) {
        tcdb_client_free(client);
        exit(0);
    }
    expect_success(child);
    ask_well(client, "parent-after");

    /* A child that shuts down before it has asked anything. */
    child = fork();
    if (child == 0) {
        tcdb_client_shutdown(client);
        EXPECT(ask(client, "child", NULL, 0) == TCDB_ERR_CANCELLED);
        exit(0);
    }
    expect_success(child);
    ask_well(client, "parent-after");

    /* A child whose own child asks, and one that shuts down: no other is cancelled. */
    child = fork();
    if (child == 0) {
        pid_t grandchild;
        ask_well(client, "child");
        grandchild = fork();
        if (grandchild == 0) {
            ask_well(client, "grandchild");
            exit(0);
        }
        expect_success(grandchild);
        tcdb_client_shutdown(client);
        EXPECT(ask(client, "child", NULL, 0) == TCDB_ERR_CANCELLED);
        exit(0);
    }
    expect_success(child);
    ask_well(client, "parent-after");

    pthread_barrier_wait(&again);
    for (i = 0; i < 4; i++) EXPECT(pthread_join(siblings[i], NULL) == 0);
    tcdb_client_free(client);
    EXPECT(tcdb_live_objects() == 0);
    return 0;
}
