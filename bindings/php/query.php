<?php
// query.php - what became of one async request? By PHP's FFI extension.
//
// Run:  TENCENTCLOUD_REGION=ap-guangzhou php query.php ID
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// This program's own: TENCENTCLOUD_REGION; TCDB_ENDPOINT (host[:port]) and TCDB_CA_FILE (PEM) go before the defaults.
declare(strict_types=1);

const SUCCEEDED = 0, ENDED_BADLY = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, TIME_OVER = 5, NOT_ENDED = 6;

// What this program needs of tcdb_async.h, as it stands there but for tcdb_result_info: PHP makes a string of every
// `const char *` that comes back and ends it at a NUL, so here it gives bytes, which are taken by their length.
// By its soname: a later, incompatible library has another.
$tcdb = FFI::cdef(<<<'C'
    typedef struct tcdb_options tcdb_options;
    typedef struct tcdb_credentials tcdb_credentials;
    typedef struct tcdb_client tcdb_client;
    typedef struct tcdb_result tcdb_result;
    typedef struct tcdb_error tcdb_error;

    uint32_t tcdb_abi_version(void);
    const char *tcdb_code_name(int32_t code);
    int32_t tcdb_status_is_terminal(int32_t status);
    int32_t tcdb_status_is_success(int32_t status);

    tcdb_options *tcdb_options_new(void);
    void tcdb_options_set_endpoint(tcdb_options *options, const char *endpoint);
    void tcdb_options_set_ca_file(tcdb_options *options, const char *path);
    void tcdb_options_free(tcdb_options *options);

    int32_t tcdb_credentials_env(tcdb_credentials **out, tcdb_error **error);
    void tcdb_credentials_free(tcdb_credentials *credentials);

    int32_t tcdb_client_new(const tcdb_credentials *credentials, const char *region_or_null,
                            const tcdb_options *options_or_null, tcdb_client **out, tcdb_error **error);
    int32_t tcdb_query(const tcdb_client *client, const char *async_request_id, tcdb_result **out, tcdb_error **error);
    void tcdb_client_free(tcdb_client *client);

    int32_t tcdb_result_status(const tcdb_result *result);
    const char *tcdb_result_status_text(const tcdb_result *result);
    const uint8_t *tcdb_result_info(const tcdb_result *result);
    size_t tcdb_result_info_len(const tcdb_result *result);
    const char *tcdb_result_request_id(const tcdb_result *result);
    void tcdb_result_free(tcdb_result *result);

    const char *tcdb_error_message(const tcdb_error *error);
    void tcdb_error_free(tcdb_error *error);
    C, 'libtcdb_async.so.0');

/** A failure; its code is the exit code. */
final class Failure extends RuntimeException
{
}

function exitCodeOf(int $code): int
{
    return match (true) {
        $code === 1, $code === 5 => USAGE, // INVALID_ARGUMENT, CREDENTIALS
        $code === 4, $code === 23 => TIME_OVER, // WAIT_TIMEOUT, REQUEST_TIMEOUT
        $code >= 41 => REFUSED, // from AUTH on the API itself refuses
        default => NETWORK,
    };
}

/** Calls a function whose last parameters are `out` and `error`: the object, or a Failure is thrown. */
function madeBy(FFI $tcdb, string $type, string $function, mixed ...$arguments): FFI\CData
{
    $out = $tcdb->new("$type *");
    $error = $tcdb->new('tcdb_error *');
    $code = $tcdb->$function(...[...$arguments, FFI::addr($out), FFI::addr($error)]);
    if ($code === 0) {
        return $out;
    }
    $text = $tcdb->tcdb_code_name($code) . ': ' . $tcdb->tcdb_error_message($error);
    $tcdb->tcdb_error_free($error);
    throw new Failure($text, exitCodeOf($code));
}

/** An unset variable is null, and null is NULL. */
function environment(string $name): ?string
{
    $value = getenv($name);
    return $value === false ? null : $value;
}

function makeClient(FFI $tcdb): FFI\CData
{
    $credentials = null;
    $options = $tcdb->tcdb_options_new();
    $tcdb->tcdb_options_set_endpoint($options, environment('TCDB_ENDPOINT'));
    $tcdb->tcdb_options_set_ca_file($options, environment('TCDB_CA_FILE'));
    try {
        $credentials = madeBy($tcdb, 'tcdb_credentials', 'tcdb_credentials_env');
        return madeBy($tcdb, 'tcdb_client', 'tcdb_client_new', $credentials, environment('TENCENTCLOUD_REGION'), $options);
    } finally {
        // The client keeps what it needs of both; NULL may be freed.
        $tcdb->tcdb_credentials_free($credentials);
        $tcdb->tcdb_options_free($options);
    }
}

/** Prints the answer and gives the exit code. */
function show(FFI $tcdb, FFI\CData $result): int
{
    $info = $tcdb->tcdb_result_info($result);
    echo 'status: ', $tcdb->tcdb_result_status_text($result) ?: '(none)', "\n";
    echo 'info: ', $info === null ? '(none)' : FFI::string($info, $tcdb->tcdb_result_info_len($result)), "\n";
    echo 'request_id: ', $tcdb->tcdb_result_request_id($result) ?? '(none)', "\n";

    $status = $tcdb->tcdb_result_status($result);
    if ($tcdb->tcdb_status_is_success($status)) {
        return SUCCEEDED;
    }
    return $tcdb->tcdb_status_is_terminal($status) ? ENDED_BADLY : NOT_ENDED;
}

function main(FFI $tcdb, array $arguments): int
{
    $abi = $tcdb->tcdb_abi_version();
    if ($abi >> 16 !== 0 || ($abi & 0xffff) < 1) {
        throw new Failure(sprintf('libtcdb_async has ABI %d.%d, this program needs 0.1', $abi >> 16, $abi & 0xffff), USAGE);
    }
    if (count($arguments) !== 2) {
        throw new Failure('usage: query.php ASYNC_REQUEST_ID', USAGE);
    }
    $client = $result = null;
    try {
        $client = makeClient($tcdb);
        $result = madeBy($tcdb, 'tcdb_result', 'tcdb_query', $client, $arguments[1]);
        return show($tcdb, $result);
    } finally {
        $tcdb->tcdb_result_free($result);
        $tcdb->tcdb_client_free($client);
    }
}

try {
    exit(main($tcdb, $argv));
} catch (Failure $failure) {
    fwrite(STDERR, $failure->getMessage() . "\n");
    exit($failure->getCode());
}
