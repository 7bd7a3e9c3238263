/*
 * After tcdb_request_free neither signature nor token is anywhere in the process's writable memory. Both are looked for
 * by a masked copy, so that the search does not find itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcdb_async.h"

enum { LONGEST = 128, MASK = 0x55 };

struct masked {
    unsigned char bytes[LONGEST];
    size_t len;
};

static void hide(struct masked *masked, const char *secret)
{
    masked->len = strlen(secret);
    if (masked->len > LONGEST) masked->len = LONGEST;
    for (size_t i = 0; i < masked->len; i++) masked->bytes[i] = (unsigned char)secret[i] ^ MASK;
}

static int found_at(const unsigned char *place, const struct masked *masked)
{
    for (size_t i = 0; i < masked->len; i++)
        if ((place[i] ^ MASK) != masked->bytes[i]) return 0;
    return 1;
}

/* How often a secret is in memory that this process may write, this function's frame included. */
static int times_in_memory(const struct masked *masked)
{
    char line[512], mode[8];
    unsigned long from, to;
    int times = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || strncmp(mode, "rw", 2) != 0) continue;
        if (strstr(line, "[v")) continue;
        for (unsigned long at = from; at + masked->len <= to; at++)
            times += found_at((const unsigned char *)at, masked); /* NOLINT */
    }
    if (maps) fclose(maps);
    return times;
}

static int check(int holds, const char *what)
{
    printf("%s: %s\n", holds ? "ok" : "FAILED", what);
    return holds ? 0 : 1;
}

/* The token as the program has it: made on the spot and wiped, so that only the library's copies count. */
static void make_token(char *token)
{
    for (int i = 0; i < 40; i++) token[i] = (char)('A' + (i * 7) % 26);
    token[40] = 0;
}

int main(void)
{
    static struct masked signature, session;
    char token[41];
    tcdb_credentials *credentials;
    tcdb_client *client;
    tcdb_request *request;
    tcdb_options *options = tcdb_options_new();
    int failed = 0;

    make_token(token);
    tcdb_options_set_endpoint(options, "http://localhost:1");
    if (tcdb_credentials_static("AKID", "key", token, &credentials, NULL) != TCDB_OK) return 2;
    memset(token, 0, sizeof token);
    if (tcdb_client_new(credentials, "r", options, &client, NULL) != TCDB_OK) return 2;
    if (tcdb_request_new(client, "id", 1551113065, &request, NULL) != TCDB_OK) return 2;
    for (size_t i = 0; i < tcdb_request_header_count(request); i++) {
        const char *name = tcdb_request_header_name(request, i), *value = tcdb_request_header_value(request, i);
        if (strcmp(name, "Authorization") == 0) hide(&signature, strstr(value, "Signature=") + 10);
        if (strcmp(name, "X-TC-Token") == 0) hide(&session, value);
    }
    failed += check(times_in_memory(&signature) == 1, "a living request holds the signature once");
    failed += check(times_in_memory(&session) >= 2, "a living request holds the token as well as the credentials");
    tcdb_request_free(request);
    failed += check(times_in_memory(&signature) == 0, "a freed request leaves no signature behind");
    failed += check(times_in_memory(&session) == 1, "a freed request leaves no token but the credentials'");
    tcdb_client_free(client);
    tcdb_credentials_free(credentials);
    tcdb_options_free(options);
    failed += check(times_in_memory(&session) == 0, "freed credentials leave none either");
    printf("%d passed, %d failed\n", 5 - failed, failed);
    return failed ? 1 : 0;
}
