/* What a C programmer writes by hand: a libcurl handle kept for each thread (one cannot be shared), TC3-HMAC-SHA256 by
 * OpenSSL, the reply read by cJSON. */
#include "caller.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static const char SECRET_ID[] = "AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE1234";
static const char SECRET_KEY[] = "ExampleSecretKeyExampleSecretKey";

struct handle {
    CURL *curl;
    const char *host;
    char *reply;
    size_t length, capacity;
};

static size_t take(char *bytes, size_t one, size_t n, void *p)
{
    struct handle *h = p;

    (void)one;
    if (h->length + n + 1 > h->capacity) {
        size_t capacity = (h->length + n + 1) * 2;
        char *larger = realloc(h->reply, capacity);
        if (!larger) return 0;
        h->reply = larger, h->capacity = capacity;
    }
    memcpy(h->reply + h->length, bytes, n);
    h->length += n;
    h->reply[h->length] = 0;
    return n;
}

static void hex(const unsigned char *digest, char *out)
{
    for (int i = 0; i < 32; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[64] = 0;
}

static void hex_sha256(const char *text, char *out)
{
    unsigned char digest[32];
    EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL);
    hex(digest, out);
}

static void hmac(const void *key, size_t length, const char *text, unsigned char *out)
{
    HMAC(EVP_sha256(), key, (int)length, (const unsigned char *)text, strlen(text), out, NULL);
}

static void sign(const char *host, const char *body, time_t now, char *authorization, size_t size)
{
    char date[16], hash[65], canonical[512], to_sign[256], key[128], signature[65];
    unsigned char day[32], service[32], signing[32], mac[32];
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%Y-%m-%d", &utc);
    hex_sha256(body, hash);
    snprintf(canonical, sizeof canonical,
             "POST\n/\n\ncontent-type:application/json\nhost:%s\n\ncontent-type;host\n%s", host, hash);
    hex_sha256(canonical, hash);
    snprintf(to_sign, sizeof to_sign, "TC3-HMAC-SHA256\n%lld\n%s/cdb/tc3_request\n%s", (long long)now, date, hash);
    snprintf(key, sizeof key, "TC3%s", SECRET_KEY);
    hmac(key, strlen(key), date, day);
    hmac(day, sizeof day, "cdb", service);
    hmac(service, sizeof service, "tc3_request", signing);
    hmac(signing, sizeof signing, to_sign, mac);
    hex(mac, signature);
    snprintf(authorization, size,
             "Authorization: TC3-HMAC-SHA256 Credential=%s/%s/cdb/tc3_request, SignedHeaders=content-type;host, "
             "Signature=%s", SECRET_ID, date, signature);
}

void *caller_client_new(const struct caller_options *o)
{
    (void)o;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return NULL;
}

void *caller_thread_new(const struct caller_options *o, void *client)
{
    struct handle *h = calloc(1, sizeof *h);

    (void)client;
    if (!h) exit(1);
    h->host = strstr(o->url, "://") + 3;
    h->curl = curl_easy_init();
    curl_easy_setopt(h->curl, CURLOPT_URL, o->url);
    curl_easy_setopt(h->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h->curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, h);
    if (o->ca) curl_easy_setopt(h->curl, CURLOPT_CAINFO, o->ca);
    return h;
}

static CURLcode post(struct handle *h, const char *body)
{
    char authorization[400], timestamp[40], host[160];
    time_t now = time(NULL);
    struct curl_slist *headers = NULL;
    CURLcode outcome;

    sign(h->host, body, now, authorization, sizeof authorization);
    snprintf(timestamp, sizeof timestamp, "X-TC-Timestamp: %lld", (long long)now);
    snprintf(host, sizeof host, "Host: %s", h->host);
    headers = curl_slist_append(headers, host);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, "X-TC-Action: DescribeAsyncRequestInfo");
    headers = curl_slist_append(headers, "X-TC-Version: 2017-03-20");
    headers = curl_slist_append(headers, "X-TC-Region: ap-guangzhou");
    headers = curl_slist_append(headers, timestamp);
    headers = curl_slist_append(headers, authorization);
    curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    h->length = 0;
    outcome = curl_easy_perform(h->curl);
    curl_slist_free_all(headers);
    return outcome;
}

static int read_reply(struct handle *h, char *status, size_t size)
{
    long http_status = 0;
    cJSON *document = cJSON_ParseWithLength(h->reply ? h->reply : "", h->length);
    cJSON *response = cJSON_GetObjectItemCaseSensitive(document, "Response");
    cJSON *text = cJSON_GetObjectItemCaseSensitive(response, "Status");
    int is_bad;

    curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &http_status);
    is_bad = http_status != 200 || cJSON_GetObjectItemCaseSensitive(response, "Error") || !cJSON_IsString(text);
    if (!is_bad) strncpy(status, text->valuestring, size - 1);
    cJSON_Delete(document);
    return is_bad;
}

int caller_query(void *thread, const char *id, char *status, size_t size, char *why, size_t why_size)
{
    char body[160];
    CURLcode outcome;

    snprintf(body, sizeof body, "{\"AsyncRequestId\":\"%s\"}", id);
    outcome = post(thread, body);
    if (outcome != CURLE_OK) return snprintf(why, why_size, "%s", curl_easy_strerror(outcome)), 1;
    if (read_reply(thread, status, size)) return snprintf(why, why_size, "not an answer"), 1;
    return 0;
}

void caller_thread_free(void *thread)
{
    struct handle *h = thread;

    curl_easy_cleanup(h->curl);
    free(h->reply);
    free(h);
}

void caller_client_free(void *client)
{
    (void)client;
    curl_global_cleanup();
}

int main(int argc, char **argv) { return caller_main("libcurl", argc, argv); }
