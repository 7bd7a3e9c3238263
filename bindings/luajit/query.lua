-- query.lua - reports what became of one async request; with SECONDS, waits for its end, at most that long. By LuaJIT's ffi.
--
-- Run:  TENCENTCLOUD_REGION=ap-guangzhou luajit query.lua ID [SECONDS]
-- Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
-- TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.

-- To copy into a program: this function, which is a module. What fails raises a table of `exit_code` and `text`.
local function load_tcdb()
  local ffi = require("ffi")
  jit.off(true, true) -- a call that calls back into Lua must not be compiled

  -- What this module needs of tcdb_async.h, as it is written there, and of the C library for Ctrl-C.
  ffi.cdef [[
  typedef struct tcdb_options tcdb_options;
  typedef struct tcdb_credentials tcdb_credentials;
  typedef struct tcdb_client tcdb_client;
  typedef struct tcdb_waiter tcdb_waiter;
  typedef struct tcdb_result tcdb_result;
  typedef struct tcdb_error tcdb_error;
  typedef int32_t (*tcdb_progress_fn)(const tcdb_result *latest_or_null, uint32_t answers, uint64_t elapsed_ms, void *user_data);

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
  void tcdb_client_free(tcdb_client *client);

  int32_t tcdb_waiter_new(const tcdb_client *client, const char *async_request_id, uint64_t timeout_ms,
                          tcdb_waiter **out, tcdb_error **error);
  int32_t tcdb_waiter_run(tcdb_waiter *waiter, tcdb_progress_fn progress_or_null, void *user_data,
                          tcdb_result **out, tcdb_error **error);
  void tcdb_waiter_free(tcdb_waiter *waiter);

  int32_t tcdb_result_status(const tcdb_result *result);
  const char *tcdb_result_status_text(const tcdb_result *result);
  const char *tcdb_result_info(const tcdb_result *result);
  size_t tcdb_result_info_len(const tcdb_result *result);
  const char *tcdb_result_request_id(const tcdb_result *result);
  void tcdb_result_free(tcdb_result *result);

  const char *tcdb_error_message(const tcdb_error *error);
  tcdb_result *tcdb_error_last_result(const tcdb_error *error);
  void tcdb_error_free(tcdb_error *error);

  typedef struct { uint64_t bits[16]; } signal_set; /* Linux's sigset_t */
  int sigemptyset(signal_set *set);
  int sigaddset(signal_set *set, int signal);
  int sigismember(const signal_set *set, int signal);
  int sigpending(signal_set *set);
  int sigwait(const signal_set *set, int *signal);
  int pthread_sigmask(int how, const signal_set *set, signal_set *old);
  ]]
  local LIBRARY = "libtcdb_async.so.0" -- its soname: an incompatible library has another number
  local SIGINT, SIG_BLOCK, SIG_SETMASK = 2, 0, 2
  local M = { SUCCEEDED = 0, TASK_FAILED = 1, USAGE = 2, NETWORK = 3, REFUSED = 4, TIMED_OUT = 5, NOT_ENDED = 6, INTERRUPTED = 130 }

  local is_loaded, tcdb = pcall(ffi.load, LIBRARY)
  if not is_loaded then
    local places = os.getenv("LD_LIBRARY_PATH") or "not set"
    error({ exit_code = M.USAGE, text = ("load %s: %s; looked in LD_LIBRARY_PATH (%s) and the system's folders")
      :format(LIBRARY, tcdb, places) })
  end
  local abi = tcdb.tcdb_abi_version()
  if bit.rshift(abi, 16) ~= 0 or bit.band(abi, 0xffff) < 1 then
    error({ exit_code = M.USAGE, text = ("libtcdb_async has ABI %d.%d, this program needs 0.1")
      :format(bit.rshift(abi, 16), bit.band(abi, 0xffff)) })
  end

  local function exit_code_of(code)
    if code == 1 or code == 5 then return M.USAGE end -- INVALID_ARGUMENT, CREDENTIALS
    if code == 4 or code == 23 then return M.TIMED_OUT end -- WAIT_TIMEOUT, REQUEST_TIMEOUT
    if code == 3 then return M.INTERRUPTED end -- CANCELLED
    return code >= 41 and M.REFUSED or M.NETWORK -- AUTH and above: the API's own refusals
  end

  -- Raises what the library says, and frees its error.
  local function check(code, err)
    if code == 0 then return end
    local text = ffi.string(tcdb.tcdb_code_name(code)) .. ": " .. ffi.string(tcdb.tcdb_error_message(err[0]))
    tcdb.tcdb_error_free(err[0])
    error({ exit_code = exit_code_of(code), text = text })
  end

  -- Calls a function that ends in `out, error`, and gives its object to the collector, which frees it.
  local function own(type_name, fn, ...)
    local out, err = ffi.new(type_name .. " *[1]"), ffi.new("tcdb_error *[1]")
    local arguments, count = { ... }, select("#", ...)
    arguments[count + 1], arguments[count + 2] = out, err
    check(fn(unpack(arguments, 1, count + 2)), err) -- by count: nil is a NULL
    return ffi.gc(out[0], tcdb[type_name .. "_free"])
  end

  -- ffi.string copies; a NULL pointer equals nil but is not false.
  local function text(pointer, length)
    if pointer == nil then return nil end
    return length and ffi.string(pointer, length) or ffi.string(pointer)
  end

  local function take(result)
    local status = tcdb.tcdb_result_status(result)
    return {
      status_text = text(tcdb.tcdb_result_status_text(result)),
      info = text(tcdb.tcdb_result_info(result), tonumber(tcdb.tcdb_result_info_len(result))),
      request_id = text(tcdb.tcdb_result_request_id(result)),
      success = tcdb.tcdb_status_is_success(status) == 1,
      terminal = tcdb.tcdb_status_is_terminal(status) == 1,
    }
  end

  -- Runs a waiter. LuaJIT hears Ctrl-C by an error in whatever Lua code runs next, which here would be the callback, and
  -- no error may cross the library. So the signal is held back meanwhile, and the callback looks whether one is pending.
  local function run(waiter, out, err)
    local int, old, pending = ffi.new("signal_set"), ffi.new("signal_set"), ffi.new("signal_set")
    ffi.C.sigemptyset(int)
    ffi.C.sigaddset(int, SIGINT)
    local function is_pending()
      ffi.C.sigpending(pending)
      return ffi.C.sigismember(pending, SIGINT) == 1
    end
    ffi.C.pthread_sigmask(SIG_BLOCK, int, old)
    local progress = ffi.cast("tcdb_progress_fn", function() return is_pending() and 1 or 0 end)
    local code = tcdb.tcdb_waiter_run(waiter, progress, nil, out, err)
    progress:free()
    if code == 3 and is_pending() then ffi.C.sigwait(int, ffi.new("int[1]")) end -- it has done its work
    ffi.C.pthread_sigmask(SIG_SETMASK, old, nil)
    return code
  end

  -- place: a table of region, endpoint and ca_file; nil is the default.
  function M.client(place)
    local options = ffi.gc(tcdb.tcdb_options_new(), tcdb.tcdb_options_free)
    tcdb.tcdb_options_set_endpoint(options, place.endpoint)
    tcdb.tcdb_options_set_ca_file(options, place.ca_file)
    local credentials = own("tcdb_credentials", tcdb.tcdb_credentials_env)
    return own("tcdb_client", tcdb.tcdb_client_new, credentials, place.region, options)
  end

  -- The answer of a task that has ended.
  function M.wait(client, id, seconds, takes_any)
    local waiter = own("tcdb_waiter", tcdb.tcdb_waiter_new, client, id, seconds * 1000)
    local out, err = ffi.new("tcdb_result *[1]"), ffi.new("tcdb_error *[1]")
    local code = run(waiter, out, err)
    if code == 4 and takes_any then -- WAIT_TIMEOUT: the answer is in the error
      out[0], code = tcdb.tcdb_error_last_result(err[0]), 0
      tcdb.tcdb_error_free(err[0])
    end
    check(code, err)
    return take(ffi.gc(out[0], tcdb.tcdb_result_free))
  end

  -- One answer, of a task that may go on: a wait of no time, because a wait has a progress function.
  function M.query(client, id) return M.wait(client, id, 0, true) end

  return M
end

local function main(tcdb)
  local id, seconds = arg[1], arg[2]
  if #arg < 1 or #arg > 2 or seconds and not (#seconds < 10 and seconds:match("^%d+$")) then
    error({ exit_code = tcdb.USAGE, text = "usage: query.lua ASYNC_REQUEST_ID [SECONDS]" })
  end
  local client = tcdb.client({ region = os.getenv("TENCENTCLOUD_REGION"), endpoint = os.getenv("TCDB_ASYNC_ENDPOINT"),
    ca_file = os.getenv("TCDB_ASYNC_CA_FILE") })
  local answer = seconds and tcdb.wait(client, id, tonumber(seconds)) or tcdb.query(client, id)
  io.write("status: ", answer.status_text == "" and "(none)" or answer.status_text, "\n")
  io.write("info: ", answer.info or "(none)", "\n")
  io.write("request_id: ", answer.request_id or "(none)", "\n")
  if answer.success then return tcdb.SUCCEEDED end
  return answer.terminal and tcdb.TASK_FAILED or tcdb.NOT_ENDED
end

local ok, outcome = pcall(function() return main(load_tcdb()) end)
if not ok then
  if type(outcome) ~= "table" then error(outcome, 0) end
  io.stderr:write(outcome.text, "\n")
  outcome = outcome.exit_code
end
os.exit(outcome, true) -- true: the collector's finalizers free what is left
