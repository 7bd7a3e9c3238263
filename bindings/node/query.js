// query.js - what became of one async request? By koffi.
//
// Build: npm install --ignore-scripts
// Run:   TENCENTCLOUD_REGION=ap-guangzhou node query.js ID
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// This program's own: TENCENTCLOUD_REGION; TCDB_ENDPOINT (host[:port]) and TCDB_CA_FILE (PEM) go before the defaults.
'use strict';
const koffi = require('koffi');
const { promisify } = require('node:util');

// The library needs up to 256 KiB of stack; koffi's worker threads have 128 unless told otherwise, before any load.
koffi.config({ async_stack_size: 512 * 1024 });

// By its soname: a later, incompatible library has another.
const library = koffi.load('libtcdb_async.so.0');
for (const name of ['options', 'credentials', 'client', 'result', 'error']) koffi.opaque(`tcdb_${name}`);

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

const Exit = { SUCCEEDED: 0, ENDED_BADLY: 1, USAGE: 2, NETWORK: 3, REFUSED: 4, TIME_OVER: 5, NOT_ENDED: 6 };

class Failure extends Error {
  constructor(exitCode, text) {
    super(text);
    this.exitCode = exitCode;
  }
}

function exitCodeOf(code) {
  if (code === 1 || code === 5) return Exit.USAGE; // INVALID_ARGUMENT, CREDENTIALS
  if (code === 4 || code === 23) return Exit.TIME_OVER; // WAIT_TIMEOUT, REQUEST_TIMEOUT
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

// Asks on one of koffi's threads, so that the event loop goes on meanwhile.
async function ask(client, id) {
  const [result, error] = [[null], [null]];
  check(await promisify(tcdb.query.async)(client, id, result, error), error);
  const info = tcdb.result_info(result[0]);
  const answer = {
    status: tcdb.result_status(result[0]),
    statusText: tcdb.result_status_text(result[0]),
    info: info && koffi.decode.string(info, Number(tcdb.result_info_len(result[0]))),
    requestId: tcdb.result_request_id(result[0]),
  };
  tcdb.result_free(result[0]);
  return answer;
}

async function main(args) {
  const abi = tcdb.abi_version();
  if (abi >>> 16 !== 0 || (abi & 0xffff) < 1) {
    throw new Failure(Exit.USAGE, `libtcdb_async has ABI ${abi >>> 16}.${abi & 0xffff}, this program needs 0.1`);
  }
  if (args.length !== 1) throw new Failure(Exit.USAGE, 'usage: query.js ASYNC_REQUEST_ID');

  const client = newClient();
  try {
    const answer = await ask(client, args[0]);
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
