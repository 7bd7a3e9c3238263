<?php
// query.php - reports what became of one async request; with SECONDS, waits for its end, at most that long. By PHP's FFI
// extension.
//
// Run:  TENCENTCLOUD_REGION=ap-guangzhou php query.php ID [SECONDS]
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.
declare(strict_types=1);

/** A failure; its code is the exit code. */
final class TcdbFailure extends RuntimeException
{
}

/** What the API says of a task; null for what it left out. */
final class TcdbAnswer
{
    public function __construct(
        public readonly string $statusText,
        public readonly ?string $info,
        public readonly ?string $requestId,
        public readonly bool $isSuccess,
        public readonly bool $isTerminal,
    ) {
    }
}

/** A client of the API. To copy into a program: these three classes. */
final class TcdbClient
{
    public const SUCCEEDED = 0, TASK_FAILED = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, TIMED_OUT = 5, NOT_ENDED = 6;

    private const LIBRARY = 'libtcdb_async.so.0'; // its soname: an incompatible library has another number

    // What this class needs of tcdb_async.h, as it is written there but for tcdb_result_info: PHP makes a string of every
    // `const char *` that comes back and ends it at a NUL, so here it gives bytes, which are taken by their length.
    private const HEADER = <<<'C'
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
        int32_t tcdb_wait(const tcdb_client *client, const char *async_request_id, uint64_t timeout_ms,
                          tcdb_result **out, tcdb_error **error);
        void tcdb_client_free(tcdb_client *client);

        int32_t tcdb_result_status(const tcdb_result *result);
        const char *tcdb_result_status_text(const tcdb_result *result);
        const uint8_t *tcdb_result_info(const tcdb_result *result);
        size_t tcdb_result_info_len(const tcdb_result *result);
        const char *tcdb_result_request_id(const tcdb_result *result);
        void tcdb_result_free(tcdb_result *result);

        const char *tcdb_error_message(const tcdb_error *error);
        void tcdb_error_free(tcdb_error *error);
        C;

    private readonly FFI $tcdb;
    private ?FFI\CData $client = null;

    /** null is the default. */
    public function __construct(?string $region = null, ?string $endpoint = null, ?string $caFile = null)
    {
        $this->tcdb = self::load();
        $credentials = null;
        $options = $this->tcdb->tcdb_options_new();
        $this->tcdb->tcdb_options_set_endpoint($options, $endpoint);
        $this->tcdb->tcdb_options_set_ca_file($options, $caFile);
        try {
            $credentials = $this->madeBy('tcdb_credentials', 'tcdb_credentials_env');
            $this->client = $this->madeBy('tcdb_client', 'tcdb_client_new', $credentials, $region, $options);
        } finally {
            // The client keeps what it needs of both; NULL may be freed.
            $this->tcdb->tcdb_credentials_free($credentials);
            $this->tcdb->tcdb_options_free($options);
        }
    }

    public function __destruct()
    {
        if ($this->client !== null) {
            $this->tcdb->tcdb_client_free($this->client);
        }
    }

    /** One answer, of a task that may go on. */
    public function query(string $id): TcdbAnswer
    {
        return $this->take($this->madeBy('tcdb_result', 'tcdb_query', $this->client, $id));
    }

    /** The answer of a task that has ended. */
    public function wait(string $id, int $seconds): TcdbAnswer
    {
        return $this->take($this->madeBy('tcdb_result', 'tcdb_wait', $this->client, $id, $seconds * 1000));
    }

    public static function load(): FFI
    {
        try {
            $tcdb = FFI::cdef(self::HEADER, self::LIBRARY);
        } catch (FFI\Exception $exception) {
            $places = getenv('LD_LIBRARY_PATH') ?: 'not set';
            throw new TcdbFailure(sprintf("load %s: %s; looked in LD_LIBRARY_PATH (%s) and the system's folders",
                self::LIBRARY, $exception->getMessage(), $places), self::USAGE);
        }
        $abi = $tcdb->tcdb_abi_version();
        if ($abi >> 16 !== 0 || ($abi & 0xffff) < 1) {
            throw new TcdbFailure(sprintf('libtcdb_async has ABI %d.%d, this program needs 0.1', $abi >> 16, $abi & 0xffff),
                self::USAGE);
        }
        return $tcdb;
    }

    private static function exitCodeOf(int $code): int
    {
        return match (true) {
            $code === 1, $code === 5 => self::USAGE, // INVALID_ARGUMENT, CREDENTIALS
            $code === 4, $code === 23 => self::TIMED_OUT, // WAIT_TIMEOUT, REQUEST_TIMEOUT
            $code >= 41 => self::REFUSED, // AUTH and above: the API's own refusals
            default => self::NETWORK,
        };
    }

    /** Calls a function whose last parameters are `out` and `error`: the object, or a failure is thrown. */
    private function madeBy(string $type, string $function, mixed ...$arguments): FFI\CData
    {
        $out = $this->tcdb->new("$type *");
        $error = $this->tcdb->new('tcdb_error *');
        $code = $this->tcdb->$function(...[...$arguments, FFI::addr($out), FFI::addr($error)]);
        if ($code === 0) {
            return $out;
        }
        $text = $this->tcdb->tcdb_code_name($code) . ': ' . $this->tcdb->tcdb_error_message($error);
        $this->tcdb->tcdb_error_free($error);
        throw new TcdbFailure($text, self::exitCodeOf($code));
    }

    /** Copies what a result says, and frees it. */
    private function take(FFI\CData $result): TcdbAnswer
    {
        $info = $this->tcdb->tcdb_result_info($result);
        $status = $this->tcdb->tcdb_result_status($result);
        try {
            return new TcdbAnswer(
                $this->tcdb->tcdb_result_status_text($result),
                $info === null ? null : FFI::string($info, $this->tcdb->tcdb_result_info_len($result)),
                $this->tcdb->tcdb_result_request_id($result),
                $this->tcdb->tcdb_status_is_success($status) === 1,
                $this->tcdb->tcdb_status_is_terminal($status) === 1,
            );
        } finally {
            $this->tcdb->tcdb_result_free($result);
        }
    }
}

/** An unset variable is null. */
function environment(string $name): ?string
{
    $value = getenv($name);
    return $value === false ? null : $value;
}

function main(array $arguments): int
{
    TcdbClient::load();
    $isNumber = preg_match('/^\d{1,9}$/D', $arguments[2] ?? '0') === 1;
    if (count($arguments) < 2 || count($arguments) > 3 || !$isNumber) {
        throw new TcdbFailure('usage: query.php ASYNC_REQUEST_ID [SECONDS]', TcdbClient::USAGE);
    }
    $client = new TcdbClient(environment('TENCENTCLOUD_REGION'), environment('TCDB_ASYNC_ENDPOINT'), environment('TCDB_ASYNC_CA_FILE'));
    $answer = isset($arguments[2]) ? $client->wait($arguments[1], (int)$arguments[2]) : $client->query($arguments[1]);

    echo 'status: ', $answer->statusText ?: '(none)', "\n";
    echo 'info: ', $answer->info ?? '(none)', "\n";
    echo 'request_id: ', $answer->requestId ?? '(none)', "\n";
    if ($answer->isSuccess) {
        return TcdbClient::SUCCEEDED;
    }
    return $answer->isTerminal ? TcdbClient::TASK_FAILED : TcdbClient::NOT_ENDED;
}

try {
    exit(main($argv));
} catch (TcdbFailure $failure) {
    fwrite(STDERR, $failure->getMessage() . "\n");
    exit($failure->getCode());
}
