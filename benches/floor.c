/* The floor: one kept socket, bytes prepared beforehand, no signing, no JSON. No client one could use; it says what the
 * kernel, the server and TLS cost when the client does nothing.
 * With FLOOR_TLS: TLS 1.3 by OpenSSL, the certificate checked. */
#include "caller.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef FLOOR_TLS
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#endif

struct channel {
    int fd;
    char request[1024];
    size_t request_length, reply_length;
#ifdef FLOOR_TLS
    SSL *ssl;
#endif
};

static void give_up(const char *what)
{
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static int dial(const char *host_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_port = htons((uint16_t)atoi(strchr(host_port, ':') + 1));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) give_up("connect");
    return fd;
}

#ifdef FLOOR_TLS
void *caller_client_new(const struct caller_options *o)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (!o->ca || SSL_CTX_load_verify_locations(context, o->ca, NULL) != 1) give_up("CA file");
    return context;
}

static void handshake(struct channel *c, SSL_CTX *context)
{
    c->ssl = SSL_new(context);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(c->ssl), "127.0.0.1");
    SSL_set_fd(c->ssl, c->fd);
    if (SSL_connect(c->ssl) != 1) give_up("TLS handshake");
}

static ssize_t put(struct channel *c) { return SSL_write(c->ssl, c->request, (int)c->request_length); }
static ssize_t get(struct channel *c, char *bytes, size_t n) { return SSL_read(c->ssl, bytes, (int)n); }

static void hang_up(struct channel *c)
{
    SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
}

void caller_client_free(void *context) { SSL_CTX_free(context); }
#else
void *caller_client_new(const struct caller_options *o) { return (void)o, NULL; }
static void handshake(struct channel *c, void *context) { (void)c, (void)context; }
static ssize_t put(struct channel *c) { return send(c->fd, c->request, c->request_length, MSG_NOSIGNAL); }
static ssize_t get(struct channel *c, char *bytes, size_t n) { return recv(c->fd, bytes, n, 0); }
static void hang_up(struct channel *c) { (void)c; }
void caller_client_free(void *client) { (void)client; }
#endif

void *caller_thread_new(const struct caller_options *o, void *client)
{
    struct channel *c = calloc(1, sizeof *c);
    const char *host_port = strstr(o->url, "://") + 3;

    if (!c) give_up("memory");
    c->fd = dial(host_port);
    handshake(c, client);
    c->request_length = (size_t)snprintf(
        c->request, sizeof c->request,
        "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
        "X-TC-Action: DescribeAsyncRequestInfo\r\nX-TC-Version: 2017-03-20\r\nX-TC-Region: ap-guangzhou\r\n"
        "X-TC-Timestamp: 1700000000\r\n"
        "Authorization: TC3-HMAC-SHA256 Credential=AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE1234/2023-11-14/cdb/tc3_request, "
        "SignedHeaders=content-type;host, Signature=%064d\r\nContent-Length: %zu\r\n\r\n{\"AsyncRequestId\":\"%s\"}",
        host_port, 0, strlen(o->id) + 21, o->id);
    return c;
}

/* The reply is always the same: its length is learnt from the first one. */
static size_t whole_reply(char *reply, size_t got)
{
    char *end, *length;

    reply[got] = 0;
    end = strstr(reply, "\r\n\r\n"), length = strcasestr(reply, "content-length:");
    return end && length ? (size_t)(end + 4 - reply) + strtoul(length + 15, NULL, 10) : SIZE_MAX;
}

int caller_query(void *thread, const char *id, char *status, size_t size, char *why, size_t why_size)
{
    struct channel *c = thread;
    char reply[4096];
    size_t got = 0;

    (void)id;
    if (put(c) != (ssize_t)c->request_length) return snprintf(why, why_size, "send"), 1;
    while (!c->reply_length || got < c->reply_length) {
        ssize_t n = get(c, reply + got, sizeof reply - 1 - got);
        if (n <= 0) return snprintf(why, why_size, "receive"), 1;
        got += (size_t)n;
        if (!c->reply_length && got >= whole_reply(reply, got)) c->reply_length = got;
    }
    (void)size, memcpy(status, reply + 9, 3);
    return memcmp(reply, "HTTP/1.1 200", 12) != 0;
}

void caller_thread_free(void *thread)
{
    struct channel *c = thread;

    hang_up(c);
    close(c->fd);
    free(c);
}

int main(int argc, char **argv) { return caller_main("floor", argc, argv); }
