/* The library that is linked is the one whose header was compiled. */
#include <stdio.h>
#include <tcdb_async.h>

int main(void)
{
    printf("tcdb_async %s\n", tcdb_version());
    return tcdb_abi_version() == TCDB_ABI_VERSION ? 0 : 1;
}
