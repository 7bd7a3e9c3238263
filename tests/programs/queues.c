/*
 * queues storm URL CA SECONDS   8 threads add, run, take, cancel and wake at one queue and free queues of their own; each
 *                               task has exactly one final event, each user_data left is destroyed once, nothing is left
 * queues fork URL CA            a child has a descriptor of its own and leaves its parent's alone
 * queues signal URL CA          a signal handler cancels all, in a stalled request, in a sleep and between two calls
 *
 * The server knows "pending" as RUNNING and "stalled" as silent.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asking.h"

enum { THREADS = 8, MOST_TASKS = 1 << 20, SOON_MS = 10000 };

static tcdb_wait_queue *queue;
static const tcdb_client *client;
static uint64_t until;
static atomic_uchar finals[MOST_TASKS];
static atomic_ulong added, ended, changed;

static void destroy(void *user_data)
{
    atomic_fetch_add((atomic_ulong *)user_data, 1);
}

static tcdb_wait_queue *queue_of(tcdb_destroy_fn destroyed_by)
{
    tcdb_wait_queue *made;
    EXPECT(tcdb_wait_queue_new(client, destroyed_by, &made, NULL) == TCDB_OK);
    return made;
}

static uint64_t add(tcdb_wait_queue *to, const char *id, uint64_t timeout_ms, void *user_data)
{
    tcdb_wait_options *options = tcdb_wait_options_new();
    uint64_t task;
    tcdb_wait_options_set_interval_ms(options, 250, 250);
    tcdb_wait_options_set_changes(options, 1);
    EXPECT(tcdb_wait_queue_add(to, id, timeout_ms, options, user_data, &task, NULL) == TCDB_OK);
    tcdb_wait_options_free(options);
    return task;
}

/* Takes one event, if there is one; its code. */
static int take(tcdb_wait_queue *from, uint32_t sleep_ms, tcdb_code *code)
{
    tcdb_wait_event *event;
    tcdb_error *error;
    EXPECT(tcdb_wait_queue_next(from, sleep_ms, &event, &error) == TCDB_OK);
    if (!event) return 0;
    *code = tcdb_wait_event_code(event);
    error = tcdb_wait_event_error(event);
    EXPECT((*code == TCDB_OK) == (error == NULL));
    tcdb_result_free(tcdb_wait_event_result(event));
    tcdb_error_free(error);
    if (from == queue) {
        const unsigned char final = (unsigned char)tcdb_wait_event_is_final(event);
        const unsigned char before = atomic_fetch_add(&finals[tcdb_wait_event_task(event)], final);
        EXPECT(!final || before == 0);
        atomic_fetch_add(final ? &ended : &changed, 1);
    }
    tcdb_wait_event_free(event);
    return 1;
}

/* A queue of this thread's own, freed with tasks in it and events that were not taken. */
static void free_one(void)
{
    tcdb_wait_queue *own = queue_of(destroy);
    atomic_ulong gone = 0;
    uint64_t first = add(own, "pending", UINT64_MAX, &gone);
    add(own, DOCUMENTED_ID, UINT64_MAX, &gone);
    add(own, "pending", UINT64_MAX, &gone);
    (void)tcdb_wait_queue_cancel(own, first);
    EXPECT(tcdb_wait_queue_run(own, 5, NULL) == TCDB_OK);
    tcdb_wait_queue_free(own);
    EXPECT(atomic_load(&gone) == 3);
}

static void *work(void *argument)
{
    unsigned seed = (unsigned)(size_t)argument;
    while (now_ms() < until) {
        tcdb_code code;
        const unsigned what = (unsigned)rand_r(&seed) % 100;
        const uint64_t task = 1 + (uint64_t)rand_r(&seed) % (atomic_load(&added) + 1);
        if (what < 25 && atomic_load(&added) < MOST_TASKS - THREADS - 1) {
            atomic_fetch_add(&added, 1);
            add(queue, what % 2 ? "pending" : DOCUMENTED_ID, what % 5 ? UINT64_MAX : 20, NULL);
        } else if (what < 55) EXPECT(tcdb_wait_queue_run(queue, what % 4 ? 5 : 0, NULL) == TCDB_OK);
        else if (what < 80) (void)take(queue, what % 4 ? 2 : 0, &code);
        else if (what < 90) (void)tcdb_wait_queue_cancel(queue, task);
        else if (what < 94) tcdb_wait_queue_wake(queue);
        else if (what < 95) tcdb_wait_queue_cancel_all(queue);
        else if (what < 97) (void)(tcdb_wait_queue_pending(queue) + tcdb_wait_queue_due_in_ms(queue));
        else free_one();
    }
    return NULL;
}

static void storm(unsigned seconds)
{
    pthread_t threads[THREADS];
    tcdb_code code;
    size_t i;
    until = now_ms() + seconds * 1000;
    for (i = 0; i < THREADS; i++) EXPECT(pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0);
    for (i = 0; i < THREADS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    tcdb_wait_queue_cancel_all(queue);
    while (tcdb_wait_queue_pending(queue) > 0) (void)take(queue, 100, &code);
    EXPECT(!take(queue, 0, &code));
    EXPECT(atomic_load(&ended) == atomic_load(&added));
    for (i = 1; i <= atomic_load(&added); i++) EXPECT(atomic_load(&finals[i]) == 1);
    printf("%lu tasks, %lu changes\n", atomic_load(&added), atomic_load(&changed));
}

static int is_readable(int32_t descriptor)
{
    struct pollfd set = { descriptor, POLLIN, 0 };
    EXPECT(poll(&set, 1, 0) >= 0);
    return set.revents != 0;
}

static int32_t descriptor_of(void)
{
    int32_t descriptor;
    EXPECT(tcdb_wait_queue_descriptor(queue, &descriptor, NULL) == TCDB_OK);
    return descriptor;
}

static void in_child(int32_t parents)
{
    tcdb_code code;
    const int32_t own = descriptor_of();
    EXPECT(own != parents && is_readable(own));
    /* Its copies of the parent's tasks: one ended, one goes on. */
    while (take(queue, 0, &code)) continue;
    EXPECT(!is_readable(own) && is_readable(parents));
    EXPECT(tcdb_wait_queue_run(queue, 1000, NULL) == TCDB_OK);
    tcdb_wait_queue_cancel_all(queue);
    while (tcdb_wait_queue_pending(queue) > 0) (void)take(queue, 100, &code);
    tcdb_wait_queue_free(queue);
    _exit(0);
}

static void forked(void)
{
    const int32_t descriptor = descriptor_of();
    tcdb_code code;
    pid_t child;
    int status;
    add(queue, "pending", UINT64_MAX, NULL);
    EXPECT(tcdb_wait_queue_run(queue, SOON_MS, NULL) == TCDB_OK && is_readable(descriptor));
    child = fork();
    if (child == 0) in_child(descriptor);
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT(is_readable(descriptor) && take(queue, 0, &code) && !is_readable(descriptor));
    EXPECT(tcdb_wait_queue_pending(queue) == 1);
    tcdb_wait_queue_cancel_all(queue);
    EXPECT(is_readable(descriptor) && take(queue, 0, &code) && code == TCDB_ERR_CANCELLED);
}

static void *run_until_an_event(void *own)
{
    EXPECT(tcdb_wait_queue_run(own, 60000, NULL) == TCDB_OK);
    return NULL;
}

/* A task that a thread of the parent's asks about at the fork: the child's copy has no thread that would give it back. */
static void forked_amid_a_request(void)
{
    tcdb_wait_queue *own = queue_of(destroy);
    atomic_ulong gone = 0;
    pthread_t thread;
    pid_t child;
    int status;
    add(own, "stalled", UINT64_MAX, &gone);
    add(own, "pending", UINT64_MAX, &gone);
    EXPECT(pthread_create(&thread, NULL, run_until_an_event, own) == 0);
    usleep(300000);
    child = fork();
    if (child == 0) {
        tcdb_wait_queue_free(own);
        _exit(atomic_load(&gone) == 2 ? 0 : 1);
    }
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT(atomic_load(&gone) == 0);
    tcdb_wait_queue_cancel_all(own);
    EXPECT(pthread_join(thread, NULL) == 0);
    tcdb_wait_queue_free(own);
    EXPECT(atomic_load(&gone) == 2);
}

static void cancel_all(int number)
{
    (void)number;
    tcdb_wait_queue_cancel_all(queue);
}

/* Runs or sleeps; the alarm comes after 300 ms. */
static void interrupted(const char *id, int runs)
{
    const uint64_t began = now_ms();
    tcdb_code code = TCDB_OK;
    add(queue, id, UINT64_MAX, NULL);
    ualarm(300000, 0);
    while (code != TCDB_ERR_CANCELLED) {
        if (runs) EXPECT(tcdb_wait_queue_run(queue, 60000, NULL) == TCDB_OK);
        (void)take(queue, runs ? 0 : 60000, &code);
    }
    EXPECT(tcdb_wait_queue_pending(queue) == 0 && now_ms() - began < SOON_MS);
}

static void signalled(void)
{
    struct sigaction action;
    tcdb_code code;
    memset(&action, 0, sizeof action);
    action.sa_handler = cancel_all;
    EXPECT(sigaction(SIGALRM, &action, NULL) == 0);
    interrupted("pending", 1);
    interrupted("stalled", 1);
    interrupted("pending", 0);
    add(queue, "pending", UINT64_MAX, NULL);
    EXPECT(raise(SIGALRM) == 0);
    EXPECT(tcdb_wait_queue_run(queue, 60000, NULL) == TCDB_OK && take(queue, 0, &code) && code == TCDB_ERR_CANCELLED);
}

int main(int argc, char **argv)
{
    tcdb_client *made;
    if (argc < 4) return 2;
    made = client_of(argv[2], argv[3], 10000, 60000);
    client = made;
    queue = queue_of(NULL);
    if (strcmp(argv[1], "storm") == 0) storm((unsigned)atoi(argv[4]));
    else if (strcmp(argv[1], "fork") == 0) {
        forked();
        forked_amid_a_request();
    } else signalled();
    tcdb_wait_queue_free(queue);
    tcdb_client_free(made);
    EXPECT(tcdb_live_objects() == 0);
    return 0;
}
