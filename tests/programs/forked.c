/*
 * forked URL CA: what a forked child may find and do. It closes its parent's descriptors and opens its own, finds the CA
 * file gone, comes out of a fork within the progress function, or has its parent's process id in a PID namespace of its
 * own: it goes on over connections of its own, and closes nothing that it did not open.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asking.h"

#define FILES 16
#define TEXT "a line of the host's own log\n"

static const char *url, *ca;

static void expect_success(pid_t child)
{
    int status = -1;
    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* As daemons do: everything but 0, 1 and 2 is closed, and the lowest numbers are taken for other things. */
static void close_the_parents_and_open_own(int own[FILES])
{
    int i;
    for (i = 3; i < 256; i++) close(i);
    for (i = 0; i < FILES; i++) {
        char path[] = "/tmp/tcdb-forked-XXXXXX";
        own[i] = mkstemp(path);
        EXPECT(own[i] >= 3 && unlink(path) == 0);
        EXPECT(write(own[i], TEXT, strlen(TEXT)) == (ssize_t)strlen(TEXT));
    }
}

static void expect_untouched(const int own[FILES])
{
    int i;
    for (i = 0; i < FILES; i++) {
        char text[128] = "";
        EXPECT(lseek(own[i], 0, SEEK_END) == (off_t)strlen(TEXT));
        EXPECT(pread(own[i], text, sizeof text - 1, 0) == (ssize_t)strlen(TEXT) && strcmp(text, TEXT) == 0);
    }
}

static void a_child_with_descriptors_of_its_own(void)
{
    tcdb_client *client = client_of(url, ca, 0, 10000);
    pid_t child;
    ask_well(client, "parent");
    child = fork();
    if (child == 0) {
        int own[FILES], i;
        close_the_parents_and_open_own(own);
        for (i = 0; i < 3; i++) ask_well(client, "child");
        expect_untouched(own);
        tcdb_client_free(client);
        expect_untouched(own);
        EXPECT(tcdb_live_objects() == 0);
        exit(0);
    }
    expect_success(child);
    /* By a system call that runs no fork handlers. */
    child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        int own[FILES];
        close_the_parents_and_open_own(own);
        ask_well(client, "child");
        tcdb_client_free(client);
        expect_untouched(own);
        _exit(0);
    }
    expect_success(child);
    /* One that only frees. */
    child = fork();
    if (child == 0) {
        int own[FILES];
        close_the_parents_and_open_own(own);
        tcdb_client_free(client);
        expect_untouched(own);
        exit(0);
    }
    expect_success(child);
    ask_well(client, "parent");
    tcdb_client_free(client);
}

static void a_child_whose_ca_file_is_gone(void)
{
    char copy[] = "/tmp/tcdb-forked-ca-XXXXXX", text[65536];
    FILE *from;
    size_t length;
    int to;
    tcdb_client *client;
    pid_t child;
    if (ca[0] == '\0') return;
    from = fopen(ca, "r");
    EXPECT(from != NULL);
    length = fread(text, 1, sizeof text, from);
    fclose(from);
    to = mkstemp(copy);
    EXPECT(to >= 0 && write(to, text, length) == (ssize_t)length && close(to) == 0);
    client = client_of(url, copy, 0, 10000);
    EXPECT(unlink(copy) == 0);
    ask_well(client, "parent");
    child = fork();
    if (child == 0) {
        ask_well(client, "child");
        exit(0);
    }
    expect_success(child);
    tcdb_client_free(client);
}

static pid_t forked = -1;

static int32_t TCDB_CALL fork_once(const tcdb_result *latest, uint32_t answers, uint64_t elapsed_ms, void *unused)
{
    (void)latest, (void)answers, (void)elapsed_ms, (void)unused;
    if (forked < 0) forked = fork();
    return 0;
}

/* The progress function is called while a reply is waited for, which takes so long, or before the first request, while a
 * permit is. */
static void a_fork_within_the_progress_function(const char *id, uint32_t per_second)
{
    tcdb_client *client = NULL;
    tcdb_waiter *waiter = NULL;
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    tcdb_code code;
    forked = -1;
    EXPECT(try_paced(url, ca, 0, 20000, per_second, &client) == TCDB_OK);
    if (per_second > 0) ask_well(client, "parent");
    EXPECT(tcdb_waiter_new(client, id, 20000, &waiter, NULL) == TCDB_OK);
    code = tcdb_waiter_run(waiter, fork_once, NULL, &result, &error);
    EXPECT(forked >= 0);
    if (code != TCDB_OK) fprintf(stderr, "%s: %s\n", forked == 0 ? "child" : "parent", tcdb_error_message(error));
    EXPECT(code == TCDB_OK && tcdb_result_status(result) == TCDB_STATUS_SUCCESS);
    tcdb_result_free(result);
    tcdb_waiter_free(waiter);
    tcdb_client_free(client);
    if (forked == 0) {
        EXPECT(tcdb_live_objects() == 0);
        exit(0);
    }
    expect_success(forked);
}

/* A child cancels and wakes its copy of a queue, before it has used it and after; the parent's waits on. */
static void a_queue_in_a_child(void)
{
    tcdb_client *client = client_of(url, ca, 0, 10000);
    tcdb_wait_queue *queue = NULL;
    tcdb_wait_event *event = NULL;
    uint64_t task = 0;
    pid_t child;
    EXPECT(tcdb_wait_queue_new(client, NULL, &queue, NULL) == TCDB_OK);
    EXPECT(tcdb_wait_queue_add(queue, "parent", UINT64_MAX, NULL, NULL, &task, NULL) == TCDB_OK);
    child = fork();
    if (child == 0) {
        alarm(60);
        tcdb_wait_queue_cancel_all(queue);
        EXPECT(tcdb_wait_queue_next(queue, 60000, &event, NULL) == TCDB_OK && event != NULL);
        EXPECT(tcdb_wait_event_code(event) == TCDB_ERR_CANCELLED && tcdb_wait_queue_pending(queue) == 0);
        tcdb_wait_event_free(event);
        tcdb_wait_queue_wake(queue);
        EXPECT(tcdb_wait_queue_next(queue, UINT32_MAX, &event, NULL) == TCDB_OK && event == NULL);
        tcdb_wait_queue_free(queue);
        tcdb_client_free(client);
        exit(0);
    }
    expect_success(child);
    EXPECT(tcdb_wait_queue_next(queue, 0, &event, NULL) == TCDB_OK && event == NULL);
    EXPECT(tcdb_wait_queue_pending(queue) == 1 && tcdb_wait_queue_cancel(queue, task) == 1);
    tcdb_wait_queue_free(queue);
    tcdb_client_free(client);
}

/* It runs no fork handlers either, so neither its number nor a handler shows that it is another process. */
static void expect_a_clone_within_a_namespace(tcdb_client *client)
{
    pid_t child;
    EXPECT(unshare(CLONE_NEWPID) == 0);
    child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        EXPECT(getpid() == 1);
        ask_well(client, "namespace-clone");
        _exit(0);
    }
    expect_success(child);
    ask_well(client, "namespace-child");
}

/* The first child of a new namespace has the number 1, and so has the first child of one within that. */
static void a_child_with_its_parents_number(void)
{
    /* _exit: a leak checker cannot look at a process in a namespace of its own. */
    pid_t child;
    if (unshare(CLONE_NEWPID) != 0) {
        fprintf(stdout, "skipped: no PID namespace can be made here\n");
        return;
    }
    child = fork();
    if (child == 0) {
        tcdb_client *client = client_of(url, ca, 0, 10000);
        EXPECT(getpid() == 1);
        ask_well(client, "namespace");
        EXPECT(unshare(CLONE_NEWPID) == 0);
        child = fork();
        if (child == 0) {
            EXPECT(getpid() == 1);
            ask_well(client, "namespace-child");
            expect_a_clone_within_a_namespace(client);
            _exit(0);
        }
        expect_success(child);
        ask_well(client, "namespace");
        _exit(0);
    }
    expect_success(child);
}

int main(int argc, char **argv)
{
    pid_t child;
    EXPECT(argc == 3);
    url = argv[1];
    ca = argv[2];
    a_child_with_descriptors_of_its_own();
    a_child_whose_ca_file_is_gone();
    a_fork_within_the_progress_function("forks-amid", 0);
    a_fork_within_the_progress_function("forks-before", 1);
    a_queue_in_a_child();
    /* In a process of its own: one that has a namespace for its children cannot be examined by a leak checker. */
    child = fork();
    if (child == 0) {
        a_child_with_its_parents_number();
        _exit(0);
    }
    expect_success(child);
    return 0;
}
