/*
 * storm URL CA SECONDS: 64 threads do everything at once on one client: query, wait, cancel each other's waits, swap the
 * credentials, read and free what others made, make and free clients of their own. Every call ends in time with a code
 * that fits, and nothing is left.
 *
 * For AddressSanitizer and memcheck, which see what it does to memory. Race detectors do not know Rust's locks.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "asking.h"

enum { THREADS = 64, TABLE = 16, LONGEST_CALL_MS = 20000 };

static tcdb_client *shared;
static const char *url, *ca;
static uint64_t until;
static atomic_ulong calls[8];

/* Waiters and results that any thread may use; whoever frees one takes it out under the lock. */
static struct slot {
    pthread_mutex_t lock;
    tcdb_waiter *waiter;
    tcdb_result *result;
    int users;
} slots[TABLE];

static struct slot *slot_of(unsigned *seed) { return &slots[(unsigned)rand_r(seed) % TABLE]; }

static int may_fail_with(tcdb_code code)
{
    return code == TCDB_OK || code == TCDB_ERR_CANCELLED || code == TCDB_ERR_WAIT_TIMEOUT || code == TCDB_ERR_BUSY;
}

static void check_outcome(const char *what, tcdb_code code, tcdb_error *error, uint64_t began)
{
    if (!may_fail_with(code)) {
        fprintf(stderr, "%s: %s: %s\n", what, tcdb_code_name(code), tcdb_error_message(error));
        exit(1);
    }
    EXPECT((code == TCDB_OK) == (error == NULL));
    EXPECT(now_ms() - began < LONGEST_CALL_MS);
    tcdb_result_free(tcdb_error_last_result(error));
    tcdb_error_free(error);
}

/* Asks, and leaves the answer to the others. */
static void query(unsigned *seed)
{
    struct slot *slot = slot_of(seed);
    tcdb_result *result, *old;
    tcdb_error *error;
    uint64_t began = now_ms();
    tcdb_code code = tcdb_query(shared, DOCUMENTED_ID, &result, &error);
    check_outcome("query", code, error, began);
    pthread_mutex_lock(&slot->lock);
    old = slot->result;
    slot->result = result;
    pthread_mutex_unlock(&slot->lock);
    tcdb_result_free(old);
}

static void read_result(unsigned *seed)
{
    struct slot *slot = slot_of(seed);
    pthread_mutex_lock(&slot->lock);
    if (slot->result) {
        EXPECT(strcmp(tcdb_result_status_text(slot->result), "SUCCESS") == 0);
        EXPECT(strlen(tcdb_result_info(slot->result)) == tcdb_result_info_len(slot->result));
    }
    pthread_mutex_unlock(&slot->lock);
}

/* Takes part in a wait that others step, cancel and read meanwhile; the last to leave may free it. */
static tcdb_waiter *join(struct slot *slot, int or_make)
{
    tcdb_waiter *waiter;
    pthread_mutex_lock(&slot->lock);
    if (!slot->waiter && or_make) EXPECT(tcdb_waiter_new(shared, "storm-pending", 400, &slot->waiter, NULL) == TCDB_OK);
    waiter = slot->waiter;
    if (waiter) slot->users++;
    pthread_mutex_unlock(&slot->lock);
    return waiter;
}

static void leave(struct slot *slot, int and_free)
{
    tcdb_waiter *waiter = NULL;
    pthread_mutex_lock(&slot->lock);
    if (--slot->users == 0 && and_free) {
        waiter = slot->waiter;
        slot->waiter = NULL;
    }
    pthread_mutex_unlock(&slot->lock);
    tcdb_waiter_free(waiter);
}

static int32_t TCDB_CALL progress(const tcdb_result *latest, uint32_t answers, uint64_t elapsed, void *user_data)
{
    (void)elapsed;
    EXPECT((latest != NULL) == (answers > 0));
    return ++*(int *)user_data > 3;
}

static void wait_for_one(unsigned *seed)
{
    struct slot *slot = slot_of(seed);
    tcdb_waiter *waiter = join(slot, 1);
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    uint64_t began = now_ms();
    int seen = 0;
    tcdb_code code;
    if ((unsigned)rand_r(seed) % 2) code = tcdb_waiter_step(waiter, 20, &result, &error);
    else code = tcdb_waiter_run(waiter, progress, &seen, &result, &error);
    check_outcome("wait", code, error, began);
    tcdb_result_free(result);
    leave(slot, 1);
}

static void look_and_cancel(unsigned *seed)
{
    struct slot *slot = slot_of(seed);
    tcdb_waiter *waiter = join(slot, 0);
    if (!waiter) return;
    tcdb_result_free(tcdb_waiter_latest(waiter));
    (void)tcdb_waiter_due_in_ms(waiter);
    (void)tcdb_waiter_elapsed_ms(waiter);
    (void)tcdb_waiter_answers(waiter);
    tcdb_waiter_set_interval_ms(waiter, 250, 300);
    if ((unsigned)rand_r(seed) % 4 == 0) tcdb_waiter_cancel(waiter);
    leave(slot, 1);
}

static void swap_credentials(void)
{
    tcdb_credentials *credentials = NULL;
    EXPECT(tcdb_credentials_static("AKIDFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKE", "FakeSecretKeyForTestsOnly00000000", NULL, &credentials,
                                   NULL) == TCDB_OK);
    EXPECT(tcdb_client_set_credentials(shared, credentials, NULL) == TCDB_OK);
    tcdb_credentials_free(credentials);
}

/* What is made from a client goes on after the client is freed. */
static void own_client(void)
{
    tcdb_client *client = client_of(url, ca, 10000, 15000);
    tcdb_waiter *waiter = NULL;
    tcdb_request *request = NULL;
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    tcdb_code code;
    uint64_t began = now_ms();
    EXPECT(tcdb_waiter_new(client, DOCUMENTED_ID, 10000, &waiter, NULL) == TCDB_OK);
    EXPECT(tcdb_request_new(client, DOCUMENTED_ID, 0, &request, NULL) == TCDB_OK);
    tcdb_client_free(client);
    code = tcdb_waiter_run(waiter, NULL, NULL, &result, &error);
    check_outcome("wait of a client that is gone", code, error, began);
    tcdb_result_free(result);
    tcdb_waiter_free(waiter);
    EXPECT(tcdb_request_header_count(request) > 5);
    tcdb_request_free(request);
}

static void *storm(void *number)
{
    unsigned seed = (unsigned)(size_t)number * 2654435761u + 1;
    while (now_ms() < until) {
        unsigned what = (unsigned)rand_r(&seed) % 16;
        if (what < 6) query(&seed), atomic_fetch_add(&calls[0], 1);
        else if (what < 8) wait_for_one(&seed), atomic_fetch_add(&calls[1], 1);
        else if (what < 11) look_and_cancel(&seed), atomic_fetch_add(&calls[2], 1);
        else if (what < 13) read_result(&seed), atomic_fetch_add(&calls[3], 1);
        else if (what < 15) swap_credentials(), atomic_fetch_add(&calls[4], 1);
        else own_client(), atomic_fetch_add(&calls[5], 1);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    size_t i;
    EXPECT(argc == 4);
    url = argv[1];
    ca = argv[2];
    shared = client_of(url, ca, 10000, 15000);
    for (i = 0; i < TABLE; i++) pthread_mutex_init(&slots[i].lock, NULL);
    until = now_ms() + (uint64_t)atoi(argv[3]) * 1000;
    for (i = 0; i < THREADS; i++) EXPECT(pthread_create(&threads[i], NULL, storm, (void *)i) == 0);
    for (i = 0; i < THREADS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    for (i = 0; i < TABLE; i++) {
        EXPECT(slots[i].users == 0);
        tcdb_waiter_free(slots[i].waiter);
        tcdb_result_free(slots[i].result);
    }
    /* From now on nothing goes, and nothing hangs. */
    tcdb_client_shutdown(shared);
    EXPECT(ask(shared, DOCUMENTED_ID, NULL, 0) == TCDB_ERR_CANCELLED);
    tcdb_client_free(shared);
    EXPECT(tcdb_live_objects() == 0);
    printf("queries %lu, waits %lu, looks and cancels %lu, reads %lu, swaps %lu, clients %lu\n", calls[0], calls[1], calls[2], calls[3],
           calls[4], calls[5]);
    for (i = 0; i < 6; i++) EXPECT(calls[i] > 0);
    return 0;
}
