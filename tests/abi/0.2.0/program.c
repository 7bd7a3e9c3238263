/*
 * A program of version 0.2.0: built against that version's header, next to this file, and run with today's library. It
 * calls every function that 0.2.0 has more than 0.1.0. Never changed after the release.
 * Arguments: endpoint, CA file, secret id, secret key.
 */
#include <stdio.h>
#include <string.h>

#include "tcdb_async.h"

static const char *const ARN = "qcs::cam::uin/100000000001:roleName/reader";
static const char *const ENDED = "f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7";
static const char *const RUNNING = "00000002-5eed5eed-5eed5eed-5eed5eed";
static int passed, failed;

static void check(int holds, const char *what)
{
    if (holds) passed++;
    else { failed++; printf("FAILED: %s\n", what); }
}

struct keys { const char *id, *key; int fetches, ended; };

static void fetch(tcdb_credentials_answer *answer, void *user_data)
{
    struct keys *keys = user_data;
    check(tcdb_credentials_answer_was_refused(answer) == 0, "nothing was refused");
    check(tcdb_credentials_answer_ms_left(answer) != 0, "there is time left");
    if (keys->fetches++ == 0) tcdb_credentials_answer_fail(answer, "not yet", 0);
    tcdb_credentials_answer_set(answer, keys->id, keys->key, NULL, 0);
}

static void end(void *user_data)
{
    ((struct keys *)user_data)->ended++;
}

static void count(void *user_data)
{
    ++*(int *)user_data;
}

static tcdb_role *role(void)
{
    tcdb_role *made = tcdb_role_new();
    tcdb_role_set_session_name(made, "session");
    tcdb_role_set_duration_s(made, 3600);
    tcdb_role_set_external_id(made, "external");
    tcdb_role_set_policy(made, "{\"version\":\"2.0\",\"statement\":[]}");
    tcdb_role_set_source_identity(made, "source");
    return made;
}

static void sources(const tcdb_credentials *base, const tcdb_options *options)
{
    tcdb_credentials *made = NULL;
    tcdb_credentials_info *info = NULL;
    tcdb_role *of_role = role();
    check(tcdb_credentials_assume_role(base, ARN, of_role, options, &made, NULL) == TCDB_OK, "a role");
    check(tcdb_credentials_info_new(made, &info, NULL) == TCDB_OK, "what is known of it");
    check(strstr(tcdb_credentials_info_source(info), "roleName/reader") != NULL, "its source");
    check(tcdb_credentials_info_expires_unix_s(info) == 0, "nothing is held yet");
    tcdb_credentials_info_free(info);
    tcdb_credentials_free(made);
    tcdb_role_free(of_role);

    check(tcdb_credentials_web_identity(ARN, "provider", "/nonexistent/token", NULL, options, &made, NULL) == TCDB_OK, "web identity");
    tcdb_credentials_free(made);
    check(tcdb_credentials_tke(NULL, NULL, &made, NULL) == TCDB_ERR_CREDENTIALS && !made, "not a pod");
    check(tcdb_credentials_env_with(options, &made, NULL) == TCDB_OK, "the environment");
    tcdb_credentials_free(made);
    check(tcdb_credentials_profile_with("/nonexistent", NULL, options, &made, NULL) == TCDB_ERR_CREDENTIALS, "no profile");
}

static void one_event(const tcdb_wait_queue *queue, int *value, uint64_t task)
{
    tcdb_wait_event *event = NULL;
    tcdb_result *result;
    int rounds;
    for (rounds = 0; rounds < 60 && event == NULL; rounds++)
        if (tcdb_wait_queue_run(queue, 1000, NULL) != TCDB_OK || tcdb_wait_queue_next(queue, 0, &event, NULL) != TCDB_OK) break;
    check(event != NULL, "an event");
    check(tcdb_wait_event_task(event) == task && tcdb_wait_event_user_data(event) == value, "its task");
    check(tcdb_wait_event_is_final(event) == 1 && tcdb_wait_event_code(event) == TCDB_OK, "the end");
    check(tcdb_wait_event_error(event) == NULL && tcdb_wait_event_answers(event) == 1, "one answer");
    check(tcdb_wait_event_elapsed_ms(event) < 60000, "elapsed");
    result = tcdb_wait_event_result(event);
    check(tcdb_result_status(result) == TCDB_STATUS_SUCCESS, "its result");
    tcdb_result_free(result);
    tcdb_wait_event_free(event);
}

static void queues(const tcdb_client *client)
{
    tcdb_wait_queue *queue = NULL;
    tcdb_wait_options *options = tcdb_wait_options_new();
    uint64_t first = 0, second = 0, third = 0;
    int32_t descriptor = -1;
    int value = 0;
    tcdb_wait_options_set_interval_ms(options, 250, 250);
    tcdb_wait_options_set_stop_on(options, TCDB_STATUS_PAUSED);
    tcdb_wait_options_set_changes(options, 0);
    check(tcdb_wait_queue_new(client, count, &queue, NULL) == TCDB_OK, "a queue");
    check(tcdb_wait_queue_descriptor(queue, &descriptor, NULL) == TCDB_OK && descriptor >= 0, "its descriptor");
    check(tcdb_wait_queue_add(queue, ENDED, 60000, options, &value, &first, NULL) == TCDB_OK && first > 0, "a task");
    check(tcdb_wait_queue_due_in_ms(queue) == 0 && tcdb_wait_queue_pending(queue) == 1, "it is due");
    tcdb_wait_options_free(options);
    one_event(queue, &value, first);

    check(tcdb_wait_queue_add(queue, RUNNING, 60000, NULL, &value, &second, NULL) == TCDB_OK, "a second task");
    check(tcdb_wait_queue_add(queue, RUNNING, 60000, NULL, &value, &third, NULL) == TCDB_OK, "a third task");
    check(tcdb_wait_queue_cancel(queue, second) == 1, "one is cancelled");
    tcdb_wait_queue_cancel_all(queue);
    check(tcdb_wait_queue_pending(queue) == 2, "their events are to be taken");
    tcdb_wait_queue_wake(queue);
    tcdb_wait_queue_free(queue);
    check(value == 2, "the user data of events that were not taken came back");
}

int main(int argc, char **argv)
{
    struct keys keys = { NULL, NULL, 0, 0 };
    tcdb_credentials *credentials = NULL, *base = NULL;
    tcdb_client *client = NULL;
    tcdb_options *options = tcdb_options_new();

    if (argc != 5) return 2;
    check(TCDB_VERSION_MAJOR == 0 && TCDB_VERSION_MINOR == 2 && TCDB_ABI_VERSION == 2, "the header is of 0.2.0");
    check(tcdb_abi_version() >= TCDB_ABI_VERSION && tcdb_abi_version() >> 16 == 0, "the library is not older");
    tcdb_options_set_endpoint(options, argv[1]);
    tcdb_options_set_ca_file(options, argv[2]);
    check(tcdb_credentials_static(argv[3], argv[4], NULL, &base, NULL) == TCDB_OK, "static credentials");
    keys.id = argv[3];
    keys.key = argv[4];
    check(tcdb_credentials_callback("vault", fetch, &keys, end, NULL, &credentials, NULL) == TCDB_OK, "a callback");
    check(tcdb_credentials_fetch(credentials, 10000, NULL) == TCDB_OK && keys.fetches == 1, "it is called");
    check(tcdb_client_new(credentials, "ap-guangzhou", options, &client, NULL) == TCDB_OK, "a client");
    tcdb_options_free(options);
    queues(client);
    tcdb_client_free(client);
    tcdb_credentials_free(credentials);
    check(keys.ended == 1, "the callback's end");

    options = tcdb_options_new();
    tcdb_options_set_sts_endpoint(options, "sts.tencentcloudapi.com");
    sources(base, options);
    tcdb_options_free(options);
    tcdb_credentials_free(base);
    check(tcdb_live_objects() == 0, "nothing is left");
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
