-- query.lua - what became of one async request? By LuaJIT's ffi.
--
-- Run:  TENCENTCLOUD_REGION=ap-guangzhou luajit query.lua ID
-- Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
-- This program's own: TENCENTCLOUD_REGION; TCDB_ENDPOINT (host[:port]) and TCDB_CA_FILE (PEM) go before the defaults.
local ffi = require("ffi")

-- What this program needs of tcdb_async.h, as it stands there.
ffi.cdef [[
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
const char *tcdb_result_info(const tcdb_result *result);
size_t tcdb_result_info_len(const tcdb_result *result);
const char *tcdb_result_request_id(const tcdb_result *result);
void tcdb_result_free(tcdb_result *result);

const char *tcdb_error_message(const tcdb_error *error);
void tcdb_error_free(tcdb_error *error);
]]
-- By its soname: a later, incompatible library has another.
local tcdb = ffi.load("libtcdb_async.so.0")

local SUCCEEDED, ENDED_BADLY, USAGE, NETWORK, REFUSED, TIME_OVER, NOT_ENDED = 0, 1, 2, 3, 4, 5, 6

local function fail(exit_code, text)
  io.stderr:write(text, "\n")
  os.exit(exit_code, true) -- true: the collector's finalizers free what is held
end

local function exit_code_of(code)
  if code == 1 or code == 5 then return USAGE end -- INVALID_ARGUMENT, CREDENTIALS
  if code == 4 or code == 23 then return TIME_OVER end -- WAIT_TIMEOUT, REQUEST_TIMEOUT
  return code >= 41 and REFUSED or NETWORK -- from AUTH on the API itself refuses
end

-- Calls a function that ends in `out, error`, and hands its object to the collector, which frees it.
local function own(type_name, fn, ...)
  local out, err = ffi.new(type_name .. " *[1]"), ffi.new("tcdb_error *[1]")
  local arguments = { ... }
  local count = select("#", ...)
  arguments[count + 1], arguments[count + 2] = out, err
  local code = fn(unpack(arguments, 1, count + 2)) -- by count: nil is a NULL
  if code ~= 0 then
    local text = ffi.string(tcdb.tcdb_code_name(code)) .. ": " .. ffi.string(tcdb.tcdb_error_message(err[0]))
    tcdb.tcdb_error_free(err[0])
    fail(exit_code_of(code), text)
  end
  return ffi.gc(out[0], tcdb[type_name .. "_free"])
end

-- ffi.string copies; a NULL pointer equals nil but is not false.
local function text(pointer, length)
  if pointer == nil then return "(none)" end
  return length and ffi.string(pointer, length) or ffi.string(pointer)
end

local abi = tcdb.tcdb_abi_version()
if bit.rshift(abi, 16) ~= 0 or bit.band(abi, 0xffff) < 1 then
  fail(USAGE, ("libtcdb_async has ABI %d.%d, this program needs 0.1"):format(bit.rshift(abi, 16), bit.band(abi, 0xffff)))
end
if #arg ~= 1 then fail(USAGE, "usage: query.lua ASYNC_REQUEST_ID") end

local options = ffi.gc(tcdb.tcdb_options_new(), tcdb.tcdb_options_free)
tcdb.tcdb_options_set_endpoint(options, os.getenv("TCDB_ENDPOINT"))
tcdb.tcdb_options_set_ca_file(options, os.getenv("TCDB_CA_FILE"))

local credentials = own("tcdb_credentials", tcdb.tcdb_credentials_env)
local client = own("tcdb_client", tcdb.tcdb_client_new, credentials, os.getenv("TENCENTCLOUD_REGION"), options)
local result = own("tcdb_result", tcdb.tcdb_query, client, arg[1])

local status = tcdb.tcdb_result_status(result)
local status_text = text(tcdb.tcdb_result_status_text(result))
io.write("status: ", status_text == "" and "(none)" or status_text, "\n")
io.write("info: ", text(tcdb.tcdb_result_info(result), tonumber(tcdb.tcdb_result_info_len(result))), "\n")
io.write("request_id: ", text(tcdb.tcdb_result_request_id(result)), "\n")

if tcdb.tcdb_status_is_success(status) == 1 then os.exit(SUCCEEDED, true) end
os.exit(tcdb.tcdb_status_is_terminal(status) == 1 and ENDED_BADLY or NOT_ENDED, true)
