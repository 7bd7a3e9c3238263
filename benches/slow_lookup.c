/* Preloaded: a name lookup that takes three seconds, as one does where no name server answers. */
#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    (void)node, (void)service, (void)hints, (void)out;
    sleep(3);
    return EAI_AGAIN;
}
