// query.js - what became of one async request? By koffi. With WAIT_MS: waits until it has ended, so long at most.
//
// Build: npm install --ignore-scripts
// Run:   TENCENTCLOUD_REGION=ap-guangzhou node query.js ID [WAIT_MS]
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// This program's own: TENCENTCLOUD_REGION; TCDB_ENDPOINT (host[:port]) and TCDB_CA_FILE (PEM) go before the defaults.
'use strict';
const koffi = require('koffi');
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');

// The library needs up to 256 KiB of stack; koffi's worker threads have 128 unless told otherwise, before any load.
koffi.config({ async_stack_size: 512 * 1024 });

// By its soname: a later, incompatible library has another.
const library = koffi.load('libtcdb_async.so.0');
for (const name of ['options', 'credentials', 'client', 'waiter', 'result', 'error']) koffi.opaque(`tcdb_${name}`);

// What this program needs of tcdb_async.h. A `const char *` that comes back becomes a string of JavaScript's, a copy,
// or null; tcdb_result_info, which may hold a NUL, is taken as an address and its length.
const tcdb = {};
for (const prototype of [
  'uint32_t tcdb_abi_version(void)',
  'const char *tcdb_code_name(int32_t code)',
  'int32_t tcdb_status_is_terminal(int32_t status)',
  'int32_t tcdb_status_is_success(int32_t status)',

  'tcdb_options *tcdb_options_new(void)',
  'void tcdb_options_set_endpoint(tcdb_options *options, const char *endpoint)',
  'void tcdb_options_set_ca_file(tcdb_options *options, const char *path)',
  'void tcdb_options_free(tcdb_options *options)',

  'int32_t tcdb_credentials_env(_Out_ tcdb_credentials **out, _Out_ tcdb_error **error)',
  'void tcdb_credentials_free(tcdb_credentials *credentials)',

  'int32_t tcdb_client_new(const tcdb_credentials *credentials, const char *region_or_null,' +
    ' const tcdb_options *options_or_null, _Out_ tcdb_client **out, _Out_ tcdb_error **error)',
  'int32_t tcdb_query(const tcdb_client *client, const char *async_request_id, _Out_ tcdb_result **out, _Out_ tcdb_error **error)',
  'void tcdb_client_free(tcdb_client *client)',

  'int32_t tcdb_waiter_new(const tcdb_client *client, const char *async_request_id, uint64_t timeout_ms,' +
    ' _Out_ tcdb_waiter **out, _Out_ tcdb_error **error)',
  'int32_t tcdb_waiter_step(tcdb_waiter *waiter, uint32_t max_sleep_ms, _Out_ tcdb_result **out, _Out_ tcdb_error **error)',
  'uint64_t tcdb_waiter_due_in_ms(const tcdb_waiter *waiter)',
  'void tcdb_waiter_cancel(tcdb_waiter *waiter)',
  'void tcdb_waiter_free(tcdb_waiter *waiter)',

  'int32_t tcdb_result_status(const tcdb_result *result)',
  'const char *tcdb_result_status_text(const tcdb_result *result)',
  'const void *tcdb_result_info(const tcdb_result *result)',
  'size_t tcdb_result_info_len(const tcdb_result *result)',
  'const char *tcdb_result_request_id(const tcdb_result *result)',
  'void tcdb_result_free(tcdb_result *result)',

  'const char *tcdb_error_message(const tcdb_error *error)',
  'void tcdb_error_free(tcdb_error *error)',
]) {
  tcdb[/tcdb_\w+(?=\()/.exec(prototype)[0].slice('tcdb_'.length)] = library.func(prototype);
}

const Exit = { SUCCEEDED: 0, ENDED_BADLY: 1, USAGE: 2, NETWORK: 3, REFUSED: 4, TIME_OVER: 5, NOT_ENDED: 6, INTERRUPTED: 130 };

class Failure extends Error {
  constructor(exitCode, text) {
    super(text);
    this.exitCode = exitCode;
  }
}

function exitCodeOf(code) {
  if (code === 1 || code === 5) return Exit.USAGE; // INVALID_ARGUMENT, CREDENTIALS
  if (code === 4 || code === 23) return Exit.TIME_OVER; // WAIT_TIMEOUT, REQUEST_TIMEOUT
  if (code === 3) return Exit.INTERRUPTED; // CANCELLED
  return code >= 41 ? Exit.REFUSED : Exit.NETWORK; // from AUTH on the API itself refuses
}

// Throws what the library says, and frees its error.
function check(code, error) {
  if (code === 0) return;
  const text = `${tcdb.code_name(code)}: ${tcdb.error_message(error[0])}`;
  tcdb.error_free(error[0]);
  throw new Failure(exitCodeOf(code), text);
}

function newClient() {
  const [credentials, client, error] = [[null], [null], [null]];
  const options = tcdb.options_new();
  try {
    // undefined becomes NULL: the default.
    tcdb.options_set_endpoint(options, process.env.TCDB_ENDPOINT);
    tcdb.options_set_ca_file(options, process.env.TCDB_CA_FILE);
    check(tcdb.credentials_env(credentials, error), error);
    check(tcdb.client_new(credentials[0], process.env.TENCENTCLOUD_REGION, options, client, error), error);
    return client[0];
  } finally {
    // The client keeps what it needs of both; NULL may be freed.
    tcdb.credentials_free(credentials[0]);
    tcdb.options_free(options);
  }
}

// What an answer says: copies, so that they outlive the result, which is freed.
function take(result) {
  const info = tcdb.result_info(result);
  const answer = {
    status: tcdb.result_status(result),
    statusText: tcdb.result_status_text(result),
    info: info && koffi.decode.string(info, Number(tcdb.result_info_len(result))),
    requestId: tcdb.result_request_id(result),
  };
  tcdb.result_free(result);
  return answer;
}

// Asks on one of koffi's threads, so that the event loop goes on meanwhile.
const query = promisify(tcdb.query.async);
async function ask(client, id) {
  const [result, error] = [[null], [null]];
  check(await query(client, id, result, error), error);
  return take(result[0]);
}

// Waits on the event loop: a timer until the next request is due, then a step, which never sleeps, on a thread for the
// length of the request. So thousands of waits share a few threads. Ctrl-C ends the wait.
const step = promisify(tcdb.waiter_step.async);
async function waitFor(client, id, timeoutMs) {
  const [waiter, result, error] = [[null], [null], [null]];
  check(tcdb.waiter_new(client, id, timeoutMs, waiter, error), error);
  const interrupted = new AbortController();
  const interrupt = () => { tcdb.waiter_cancel(waiter[0]); interrupted.abort(); };
  process.once('SIGINT', interrupt);
  try {
    for (;;) {
      check(await step(waiter[0], 0, result, error), error);
      if (result[0] !== null) return take(result[0]);
      const due = Number(tcdb.waiter_due_in_ms(waiter[0]));
      await sleep(due, null, { signal: interrupted.signal }).catch(() => {});
    }
  } finally {
    process.removeListener('SIGINT', interrupt);
    tcdb.waiter_free(waiter[0]);
  }
}

async function main(args) {
  const abi = tcdb.abi_version();
  if (abi >>> 16 !== 0 || (abi & 0xffff) < 1) {
    throw new Failure(Exit.USAGE, `libtcdb_async has ABI ${abi >>> 16}.${abi & 0xffff}, this program needs 0.1`);
  }
  const [id, waitMs] = args;
  if (args.length < 1 || args.length > 2 || !/^\d{1,15}$/.test(waitMs ?? '0')) {
    throw new Failure(Exit.USAGE, 'usage: query.js ASYNC_REQUEST_ID [WAIT_MS]');
  }

  const client = newClient();
  try {
    const answer = waitMs === undefined ? await ask(client, id) : await waitFor(client, id, Number(waitMs));
    console.log(`status: ${answer.statusText || '(none)'}`);
    console.log(`info: ${answer.info ?? '(none)'}`);
    console.log(`request_id: ${answer.requestId ?? '(none)'}`);
    if (tcdb.status_is_success(answer.status)) return Exit.SUCCEEDED;
    return tcdb.status_is_terminal(answer.status) ? Exit.ENDED_BADLY : Exit.NOT_ENDED;
  } finally {
    tcdb.client_free(client);
  }
}

main(process.argv.slice(2)).then(
  (exitCode) => { process.exitCode = exitCode; },
  (failure) => {
    if (!(failure instanceof Failure)) throw failure;
    console.error(failure.message);
    process.exitCode = failure.exitCode;
  },
);
