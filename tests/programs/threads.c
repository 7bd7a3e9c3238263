/*
 * threads URL CA: where the system has no thread left for a name lookup, a call says SYSTEM; once it has, all is well.
 */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <unistd.h>

#include "asking.h"

int main(int argc, char **argv)
{
    struct rlimit none, before;
    tcdb_client *client;
    char message[512];
    tcdb_code code;
    EXPECT(argc == 3);
    client = client_of(argv[1], argv[2], 0, 5000);
    /* The limit does not bind root. */
    if (geteuid() == 0) EXPECT(setgid(65534) == 0 && setuid(65534) == 0);
    EXPECT(getrlimit(RLIMIT_NPROC, &before) == 0);
    none = before;
    none.rlim_cur = 0;
    EXPECT(setrlimit(RLIMIT_NPROC, &none) == 0);
    code = ask(client, DOCUMENTED_ID, message, sizeof message);
    if (code != TCDB_ERR_SYSTEM || strstr(message, "thread for the lookup of localhost") == NULL) {
        fprintf(stderr, "without threads: %s: %s\n", tcdb_code_name(code), message);
        return 1;
    }
    EXPECT(setrlimit(RLIMIT_NPROC, &before) == 0);
    ask_well(client, DOCUMENTED_ID);
    tcdb_client_free(client);
    return 0;
}
