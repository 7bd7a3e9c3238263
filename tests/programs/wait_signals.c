/*
 * wait_signals URL CA PHASE [ID], with slow_lookup.so loaded before: tcdb_waiter_cancel in a signal handler ends a wait
 * soon, in the phase that the endpoint and PHASE bring about; handlers that do not cancel it do not end it.
 *
 * PHASE  in: the endpoint or the wait's own pause holds the call; lookup: the name lookup hangs; storm: a SIGALRM every
 * 5 ms cancels another waiter.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <sys/time.h>

#include "asking.h"

#define AFTER_MS 400
#define SOON_MS 1500

static tcdb_waiter *to_cancel;
static volatile sig_atomic_t alarms, errno_changed;

static void cancel(int number)
{
    (void)number;
    errno = 4711;
    tcdb_waiter_cancel(to_cancel);
    if (errno != 4711) errno_changed = 1;
    alarms++;
}

static void alarm_every(long first_ms, long then_ms)
{
    struct sigaction action;
    struct itimerval timer;
    memset(&action, 0, sizeof action);
    action.sa_handler = cancel;
    EXPECT(sigaction(SIGALRM, &action, NULL) == 0);
    timer.it_value.tv_sec = first_ms / 1000;
    timer.it_value.tv_usec = first_ms % 1000 * 1000;
    timer.it_interval.tv_sec = 0;
    timer.it_interval.tv_usec = then_ms * 1000;
    EXPECT(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static tcdb_waiter *waiter_of(const tcdb_client *client, const char *id)
{
    tcdb_waiter *waiter;
    tcdb_error *error;
    EXPECT(tcdb_waiter_new(client, id, UINT64_MAX, &waiter, &error) == TCDB_OK);
    return waiter;
}

/* The code of a run; the message goes to stdout. */
static tcdb_code run(tcdb_waiter *waiter)
{
    tcdb_result *result;
    tcdb_error *error;
    tcdb_code code = tcdb_waiter_run(waiter, NULL, NULL, &result, &error);
    printf("%s %s\n", tcdb_code_name(code), tcdb_error_message(error));
    tcdb_result_free(result);
    tcdb_error_free(error);
    return code;
}

static void cancel_in_the_middle(const tcdb_client *client, const char *id)
{
    uint64_t began;
    to_cancel = waiter_of(client, id);
    tcdb_waiter_set_interval_ms(to_cancel, 60000, 60000);
    began = now_ms();
    alarm_every(AFTER_MS, 0);
    EXPECT(run(to_cancel) == TCDB_ERR_CANCELLED);
    EXPECT(alarms == 1);
    EXPECT(now_ms() - began >= AFTER_MS - 20 && now_ms() - began < AFTER_MS + SOON_MS);
    tcdb_waiter_free(to_cancel);
}

static void wait_through_a_storm(const tcdb_client *client, const char *id)
{
    tcdb_waiter *waiter = waiter_of(client, id);
    tcdb_waiter_set_interval_ms(waiter, 250, 250);
    to_cancel = waiter_of(client, id);
    alarm_every(5, 5);
    EXPECT(run(waiter) == TCDB_OK);
    EXPECT(alarms > 50);
    alarm_every(0, 0);
    EXPECT(run(to_cancel) == TCDB_ERR_CANCELLED);
    tcdb_waiter_free(to_cancel);
    tcdb_waiter_free(waiter);
}

int main(int argc, char **argv)
{
    tcdb_client *client;
    const char *id = argc > 4 ? argv[4] : DOCUMENTED_ID;
    EXPECT(argc >= 4);
    client = client_of(argv[1], argv[2], 60000, 60000);
    if (strcmp(argv[3], "lookup") == 0) {
        void (*slow_down)(unsigned);
        /* A function pointer from a data pointer: what POSIX asks of dlsym, in the words that ISO C takes. */
        *(void **)&slow_down = dlsym(RTLD_DEFAULT, "slow_down_lookups");
        EXPECT(slow_down != NULL);
        slow_down(5000);
    }
    if (strcmp(argv[3], "storm") == 0) wait_through_a_storm(client, id);
    else cancel_in_the_middle(client, id);
    EXPECT(!errno_changed);
    tcdb_client_free(client);
    EXPECT(tcdb_live_objects() == 0);
    return 0;
}
