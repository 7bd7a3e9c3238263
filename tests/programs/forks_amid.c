/*
 * forks_amid URL CA FORKS: fork() while other threads are inside calls on the same client, waiter and queue. Each child
 * goes on with them and never waits for a thread of its parent's.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asking.h"

/* What one child does takes milliseconds; a signal ends one that waits for ever. */
enum { THREADS = 4, CHILD_SECONDS = 60 };

static tcdb_client *client;
static tcdb_waiter *waiter;
static tcdb_wait_queue *queue;
static atomic_int stop;

static tcdb_credentials *fake_credentials(void)
{
    tcdb_credentials *made;
    EXPECT(tcdb_credentials_static("AKIDFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE", "FakeSecretKeyForTestsOnly00000000", NULL,
                                   &made, NULL) == TCDB_OK);
    return made;
}

/* Its limiter is on, as of every client that does not switch it off. */
static tcdb_client *limited_client(const char *url, const char *ca)
{
    tcdb_options *options = tcdb_options_new();
    tcdb_credentials *credentials = fake_credentials();
    tcdb_client *made;
    tcdb_options_set_endpoint(options, url);
    if (ca[0] != '\0') tcdb_options_set_ca_file(options, ca);
    tcdb_options_set_max_requests_per_second(options, 100000);
    EXPECT(tcdb_client_new(credentials, "ap-guangzhou", options, &made, NULL) == TCDB_OK);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    return made;
}

/* Everything that takes a lock and sends nothing. */
static void touch(unsigned number)
{
    tcdb_credentials *credentials = fake_credentials();
    uint64_t task;
    EXPECT(tcdb_client_set_credentials(client, credentials, NULL) == TCDB_OK);
    tcdb_credentials_free(credentials);
    tcdb_waiter_set_interval_ms(waiter, 1000 + number % 1000, 2000);
    (void)tcdb_waiter_due_in_ms(waiter);
    EXPECT(tcdb_wait_queue_add(queue, DOCUMENTED_ID, UINT64_MAX, NULL, NULL, &task, NULL) == TCDB_OK);
    (void)tcdb_wait_queue_cancel(queue, task);
    (void)(tcdb_wait_queue_pending(queue) + tcdb_wait_queue_due_in_ms(queue));
}

static void take(void)
{
    tcdb_wait_event *event;
    EXPECT(tcdb_wait_queue_next(queue, 0, &event, NULL) == TCDB_OK);
    tcdb_wait_event_free(event);
}

static void *calls(void *asks)
{
    unsigned number;
    for (number = 0; !atomic_load(&stop); number++) {
        if (asks) ask_well(client, DOCUMENTED_ID);
        touch(number);
        take();
    }
    return NULL;
}

static void expect_success(pid_t child)
{
    int status = -1;
    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static tcdb_code step(tcdb_waiter *stepped)
{
    tcdb_result *result;
    const tcdb_code code = tcdb_waiter_step(stepped, 0, &result, NULL);
    tcdb_result_free(result);
    return code;
}

static atomic_int is_stepped;

static int32_t TCDB_CALL progress(const tcdb_result *latest, uint32_t answers, uint64_t elapsed_ms, void *user_data)
{
    (void)latest, (void)answers, (void)elapsed_ms, (void)user_data;
    atomic_store(&is_stepped, 1);
    return 0;
}

static void *steps(void *stepped)
{
    tcdb_result *result;
    EXPECT(tcdb_waiter_run(stepped, progress, NULL, &result, NULL) == TCDB_ERR_CANCELLED && result == NULL);
    return NULL;
}

static void *runs(void *run)
{
    EXPECT(tcdb_wait_queue_run(run, 60000, NULL) == TCDB_OK);
    return NULL;
}

/* What another thread is asking about when the process forks is that thread's; all else goes on. "stalled" has no reply. */
static void fork_amid_a_step(void)
{
    pthread_t threads[2];
    tcdb_waiter *stepped;
    tcdb_wait_queue *run;
    uint64_t task;
    pid_t child;
    atomic_store(&is_stepped, 0);
    EXPECT(tcdb_waiter_new(client, "stalled", UINT64_MAX, &stepped, NULL) == TCDB_OK);
    EXPECT(tcdb_wait_queue_new(client, NULL, &run, NULL) == TCDB_OK);
    EXPECT(tcdb_wait_queue_add(run, "stalled", UINT64_MAX, NULL, NULL, &task, NULL) == TCDB_OK);
    EXPECT(pthread_create(&threads[0], NULL, steps, stepped) == 0 && pthread_create(&threads[1], NULL, runs, run) == 0);
    while (!atomic_load(&is_stepped) || tcdb_wait_queue_due_in_ms(run) != UINT64_MAX) usleep(1000);
    child = fork();
    if (child == 0) {
        tcdb_wait_event *event;
        alarm(CHILD_SECONDS);
        EXPECT(step(stepped) == TCDB_ERR_BUSY && tcdb_wait_queue_pending(run) == 1);
        tcdb_wait_queue_cancel_all(run);
        EXPECT(tcdb_wait_queue_next(run, 20, &event, NULL) == TCDB_OK && event == NULL);
        EXPECT(tcdb_wait_queue_pending(run) == 1);
        EXPECT(tcdb_wait_queue_add(run, DOCUMENTED_ID, UINT64_MAX, NULL, NULL, &task, NULL) == TCDB_OK);
        EXPECT(tcdb_wait_queue_run(run, 60000, NULL) == TCDB_OK);
        EXPECT(tcdb_wait_queue_next(run, 0, &event, NULL) == TCDB_OK && tcdb_wait_event_task(event) == task);
        tcdb_wait_event_free(event);
        ask_well(client, DOCUMENTED_ID);
        _exit(0);
    }
    expect_success(child);
    tcdb_waiter_cancel(stepped);
    tcdb_wait_queue_cancel_all(run);
    EXPECT(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    tcdb_waiter_free(stepped);
    tcdb_wait_queue_free(run);
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int i, forks;
    EXPECT(argc == 4);
    forks = atoi(argv[3]);
    client = limited_client(argv[1], argv[2]);
    EXPECT(tcdb_waiter_new(client, DOCUMENTED_ID, UINT64_MAX, &waiter, NULL) == TCDB_OK);
    EXPECT(tcdb_wait_queue_new(client, NULL, &queue, NULL) == TCDB_OK);
    for (i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, calls, i == 0 ? &stop : NULL) == 0);
    }
    for (i = 0; i < forks; i++) {
        const pid_t child = fork();
        if (child == 0) {
            alarm(CHILD_SECONDS);
            touch(0);
            /* With it go its copies of what the parent's threads were about to cancel. */
            tcdb_wait_queue_cancel_all(queue);
            while (tcdb_wait_queue_pending(queue) > 0) take();
            /* Not each of them: a handshake is what takes long. */
            if (i % 10 == 0) ask_well(client, DOCUMENTED_ID);
            _exit(0);
        }
        expect_success(child);
    }
    atomic_store(&stop, 1);
    for (i = 0; i < THREADS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    fork_amid_a_step();
    tcdb_wait_queue_free(queue);
    tcdb_waiter_free(waiter);
    tcdb_client_free(client);
    EXPECT(tcdb_live_objects() == 0);
    return 0;
}
