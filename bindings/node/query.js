// query.js - reports what became of one async request; with SECONDS, waits for its end, at most that long. By koffi.
//
// Build: npm install --ignore-scripts
// Run:   TENCENTCLOUD_REGION=ap-guangzhou node query.js ID [SECONDS]
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.
'use strict';

// --- to copy into a program: from here to the next line like this ---------------------------------------------------------
const koffi = require('koffi');
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');

// The library needs up to 96 KiB of stack; koffi's worker threads have 128 by default; set it before any load.
koffi.config({ async_stack_size: 512 * 1024 });

// Its soname: an incompatible library has another number.
const LIBRARY = 'libtcdb_async.so.0';
for (const name of ['options', 'credentials', 'client', 'waiter', 'result', 'error']) koffi.opaque(`tcdb_${name}`);

// What is needed of tcdb_async.h. A `const char *` that comes back becomes a string of JavaScript's, a copy, or null;
// tcdb_result_info, which may hold a NUL, is taken as an address and its length.
const PROTOTYPES = [
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
];

const Exit = { SUCCEEDED: 0, TASK_FAILED: 1, USAGE: 2, NETWORK: 3, REFUSED: 4, TIMED_OUT: 5, NOT_ENDED: 6, INTERRUPTED: 130 };

class Failure extends Error {
  constructor(exitCode, text) {
    super(text);
    this.exitCode = exitCode;
  }
}

// Loads the library: its functions, without the prefix tcdb_.
function load() {
  let library;
  try {
    library = koffi.load(LIBRARY);
  } catch (error) {
    const places = process.env.LD_LIBRARY_PATH ?? 'not set';
    throw new Failure(Exit.USAGE, `load ${LIBRARY}: ${error.message}; looked in LD_LIBRARY_PATH (${places}) and the system's folders`);
  }
  const functions = {};
  for (const prototype of PROTOTYPES) {
    functions[/tcdb_\w+(?=\()/.exec(prototype)[0].slice('tcdb_'.length)] = library.func(prototype);
  }
  const abi = functions.abi_version();
  if (abi >>> 16 !== 0 || (abi & 0xffff) < 1) {
    throw new Failure(Exit.USAGE, `libtcdb_async has ABI ${abi >>> 16}.${abi & 0xffff}, this program needs 0.1`);
  }
  return functions;
}

function exitCodeOf(code) {
  if (code === 1 || code === 5) return Exit.USAGE; // INVALID_ARGUMENT, CREDENTIALS
  if (code === 4 || code === 23) return Exit.TIMED_OUT; // WAIT_TIMEOUT, REQUEST_TIMEOUT
  if (code === 3) return Exit.INTERRUPTED; // CANCELLED
  return code >= 41 ? Exit.REFUSED : Exit.NETWORK; // AUTH and above: the API's own refusals
}

// A client of the API. close() frees it.
class Client {
  // Each member of place may be undefined, which becomes NULL: the default.
  constructor(tcdb, { region, endpoint, caFile } = {}) {
    this.tcdb = tcdb;
    const [credentials, client, error] = [[null], [null], [null]];
    const options = tcdb.options_new();
    try {
      tcdb.options_set_endpoint(options, endpoint);
      tcdb.options_set_ca_file(options, caFile);
      this.#check(tcdb.credentials_env(credentials, error), error);
      this.#check(tcdb.client_new(credentials[0], region, options, client, error), error);
      this.client = client[0];
    } finally {
      // The client keeps what it needs of both; NULL may be freed.
      tcdb.credentials_free(credentials[0]);
      tcdb.options_free(options);
    }
  }

  close() {
    this.tcdb.client_free(this.client);
    this.client = null;
  }

  // One answer, of a task that may go on. Runs on one of koffi's threads, so that the event loop goes on meanwhile.
  async query(id) {
    const [result, error] = [[null], [null]];
    this.#check(await promisify(this.tcdb.query.async)(this.client, id, result, error), error);
    return this.#take(result[0]);
  }

  // The answer of a task that has ended. Waits on the event loop: a timer until the next request is due, then a step, which
  // never sleeps, on a thread for the length of the request. So thousands of waits share a few threads. Ctrl-C ends it.
  async wait(id, seconds) {
    const { tcdb } = this;
    const step = promisify(tcdb.waiter_step.async);
    const [waiter, result, error] = [[null], [null], [null]];
    this.#check(tcdb.waiter_new(this.client, id, seconds * 1000, waiter, error), error);
    const interrupted = new AbortController();
    const interrupt = () => { tcdb.waiter_cancel(waiter[0]); interrupted.abort(); };
    process.once('SIGINT', interrupt);
    try {
      for (;;) {
        this.#check(await step(waiter[0], 0, result, error), error);
        if (result[0] !== null) return this.#take(result[0]);
        const due = Number(tcdb.waiter_due_in_ms(waiter[0]));
        await sleep(due, null, { signal: interrupted.signal }).catch(() => {});
      }
    } finally {
      process.removeListener('SIGINT', interrupt);
      tcdb.waiter_free(waiter[0]);
    }
  }

  // Throws what the library says, and frees its error.
  #check(code, error) {
    if (code === 0) return;
    const text = `${this.tcdb.code_name(code)}: ${this.tcdb.error_message(error[0])}`;
    this.tcdb.error_free(error[0]);
    throw new Failure(exitCodeOf(code), text);
  }

  // What an answer says: copies, which outlive the result.
  #take(result) {
    const { tcdb } = this;
    const info = tcdb.result_info(result);
    const status = tcdb.result_status(result);
    const answer = {
      statusText: tcdb.result_status_text(result),
      info: info && koffi.decode.string(info, Number(tcdb.result_info_len(result))),
      requestId: tcdb.result_request_id(result),
      isSuccess: tcdb.status_is_success(status) === 1,
      isTerminal: tcdb.status_is_terminal(status) === 1,
    };
    tcdb.result_free(result);
    return answer;
  }
}
// --- to copy: to here -------------------------------------------------------------------------------------------------------

async function main(args) {
  const tcdb = load();
  const [id, seconds] = args;
  if (args.length < 1 || args.length > 2 || !/^\d{1,9}$/.test(seconds ?? '0')) {
    throw new Failure(Exit.USAGE, 'usage: query.js ASYNC_REQUEST_ID [SECONDS]');
  }

  const { TENCENTCLOUD_REGION: region, TCDB_ASYNC_ENDPOINT: endpoint, TCDB_ASYNC_CA_FILE: caFile } = process.env;
  const client = new Client(tcdb, { region, endpoint, caFile });
  try {
    const answer = seconds === undefined ? await client.query(id) : await client.wait(id, Number(seconds));
    console.log(`status: ${answer.statusText || '(none)'}`);
    console.log(`info: ${answer.info ?? '(none)'}`);
    console.log(`request_id: ${answer.requestId ?? '(none)'}`);
    if (answer.isSuccess) return Exit.SUCCEEDED;
    return answer.isTerminal ? Exit.TASK_FAILED : Exit.NOT_ENDED;
  } finally {
    client.close();
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
