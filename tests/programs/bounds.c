/* bounds URL CA: whatever a server sends without end, the process grows by no more than what a reply may be. */
#include <sys/resource.h>

#include "asking.h"

static long peak_kilobytes(void)
{
    struct rusage usage;
    EXPECT(getrusage(RUSAGE_SELF, &usage) == 0);
    return usage.ru_maxrss;
}

int main(int argc, char **argv)
{
    tcdb_client *client;
    long before;
    int i;
    EXPECT(argc == 3);
    client = client_of(argv[1], argv[2], 0, 10000);
    /* Code and buffers that any reply touches. */
    EXPECT(ask(client, "first", NULL, 0) == TCDB_ERR_BAD_RESPONSE);
    before = peak_kilobytes();
    for (i = 0; i < 5; i++) EXPECT(ask(client, DOCUMENTED_ID, NULL, 0) == TCDB_ERR_BAD_RESPONSE);
    EXPECT(peak_kilobytes() - before < 4096);
    EXPECT(before < 64 * 1024);
    tcdb_client_free(client);
    return 0;
}
