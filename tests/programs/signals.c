/*
 * signals URL CA: a SIGALRM every 5 ms, its handler without SA_RESTART, loses no query. The process's own signal
 * handlers and masks are as they were.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "asking.h"

static volatile sig_atomic_t alarms;
static const char *url, *ca;

static void count_alarm(int number)
{
    (void)number;
    alarms++;
}

/* Keeps a client for a while, then makes another: connects and handshakes are interrupted too. */
static void *ask_often(void *unused)
{
    int clients, i;
    for (clients = 0; clients < 5; clients++) {
        tcdb_client *client = client_of(url, ca, 0, 20000);
        for (i = 0; i < 20; i++) ask_well(client, DOCUMENTED_ID);
        tcdb_client_free(client);
    }
    return unused;
}

int main(int argc, char **argv)
{
    struct sigaction action, before[65], after;
    struct itimerval often;
    sigset_t before_mask, after_mask;
    pthread_t threads[4];
    int i;
    EXPECT(argc == 3);
    url = argv[1];
    ca = argv[2];
    memset(&action, 0, sizeof action);
    action.sa_handler = count_alarm;
    EXPECT(sigaction(SIGALRM, &action, NULL) == 0);
    often.it_interval.tv_sec = often.it_value.tv_sec = 0;
    often.it_interval.tv_usec = often.it_value.tv_usec = 5000;
    EXPECT(setitimer(ITIMER_REAL, &often, NULL) == 0);
    EXPECT(pthread_sigmask(SIG_SETMASK, NULL, &before_mask) == 0);
    for (i = 1; i < 65; i++) sigaction(i, NULL, &before[i]);
    for (i = 0; i < 4; i++) EXPECT(pthread_create(&threads[i], NULL, ask_often, NULL) == 0);
    ask_often(NULL);
    for (i = 0; i < 4; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
    EXPECT(alarms > 50);
    EXPECT(pthread_sigmask(SIG_SETMASK, NULL, &after_mask) == 0);
    for (i = 1; i < 65; i++) {
        if (i == SIGKILL || i == SIGSTOP || i == 32 || i == 33) continue;
        EXPECT(sigismember(&before_mask, i) == sigismember(&after_mask, i));
        EXPECT(sigaction(i, NULL, &after) == 0);
        EXPECT(after.sa_handler == before[i].sa_handler);
    }
    return 0;
}
