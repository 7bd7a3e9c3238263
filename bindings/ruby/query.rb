# query.rb - what became of one async request? By Fiddle, which comes with Ruby.
#
# Run:  TENCENTCLOUD_REGION=ap-guangzhou ruby query.rb ID
# Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
# This program's own: TENCENTCLOUD_REGION; TCDB_ENDPOINT (host[:port]) and TCDB_CA_FILE (PEM) go before the defaults.
require "fiddle/import"

# What this program needs of tcdb_async.h. Objects are void pointers here; int and unsigned int are 32 bits wide.
module Tcdb
  extend Fiddle::Importer
  dlload "libtcdb_async.so.0" # by its soname: a later, incompatible library has another

  extern "unsigned int tcdb_abi_version(void)"
  extern "const char *tcdb_code_name(int)"
  extern "int tcdb_status_is_success(int)"
  extern "int tcdb_status_is_terminal(int)"

  extern "void *tcdb_options_new(void)"
  extern "void tcdb_options_set_endpoint(void *, const char *)"
  extern "void tcdb_options_set_ca_file(void *, const char *)"
  extern "void tcdb_options_free(void *)"

  extern "int tcdb_credentials_env(void **, void **)"
  extern "void tcdb_credentials_free(void *)"

  extern "int tcdb_client_new(const void *, const char *, const void *, void **, void **)"
  extern "int tcdb_query(const void *, const char *, void **, void **)"
  extern "void tcdb_client_free(void *)"

  extern "int tcdb_result_status(const void *)"
  extern "const char *tcdb_result_status_text(const void *)"
  extern "const char *tcdb_result_info(const void *)"
  extern "size_t tcdb_result_info_len(const void *)"
  extern "const char *tcdb_result_request_id(const void *)"
  extern "void tcdb_result_free(void *)"

  extern "const char *tcdb_error_message(const void *)"
  extern "void tcdb_error_free(void *)"

  SUCCEEDED, ENDED_BADLY, USAGE, NETWORK, REFUSED, TIME_OVER, NOT_ENDED = *0..6

  Answer = Struct.new(:status, :status_text, :info, :request_id)

  class Failure < StandardError
    attr_reader :exit_code

    def initialize(exit_code, text)
      super(text)
      @exit_code = exit_code
    end

    def self.from_code(code, error)
      new(exit_code_of(code), "#{Tcdb.tcdb_code_name(code)}: #{Tcdb.tcdb_error_message(error)}")
    end

    def self.exit_code_of(code)
      case code
      when 1, 5 then USAGE # INVALID_ARGUMENT, CREDENTIALS
      when 4, 23 then TIME_OVER # WAIT_TIMEOUT, REQUEST_TIMEOUT
      else code >= 41 ? REFUSED : NETWORK # from AUTH on the API itself refuses
      end
    end
  end

  module_function

  # Calls a function whose last parameters are `out` and `error`: the object, or a Failure is raised.
  def made_by(function, *arguments)
    Fiddle::Pointer.malloc(2 * Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE) do |places|
      code = send(function, *arguments, places, places + Fiddle::SIZEOF_VOIDP)
      out, error = places.ptr, (places + Fiddle::SIZEOF_VOIDP).ptr
      return out if code.zero?

      begin
        raise Failure.from_code(code, error)
      ensure
        tcdb_error_free(error)
      end
    end
  end

  # Lends a client to the block and frees it afterwards.
  def with_client(region:, endpoint:, ca_file:)
    options = tcdb_options_new
    tcdb_options_set_endpoint(options, endpoint) # nil is NULL: the default
    tcdb_options_set_ca_file(options, ca_file)
    credentials = made_by(:tcdb_credentials_env)
    client = made_by(:tcdb_client_new, credentials, region, options)
    yield client
  ensure
    # Freeing nil, that is NULL, does nothing.
    tcdb_client_free(client)
    tcdb_credentials_free(credentials)
    tcdb_options_free(options)
  end

  def query(client, id)
    result = made_by(:tcdb_query, client, id)
    info = tcdb_result_info(result)
    Answer.new(tcdb_result_status(result), text(tcdb_result_status_text(result)),
               info.null? ? nil : info.to_str(tcdb_result_info_len(result)), # to_s would end at a NUL
               text(tcdb_result_request_id(result)))
  ensure
    tcdb_result_free(result)
  end

  # A copy, as bytes; nil for NULL.
  def text(pointer) = pointer.null? ? nil : pointer.to_s

  def check_abi
    abi = tcdb_abi_version
    return if abi >> 16 == 0 && (abi & 0xffff) >= 1

    raise Failure.new(USAGE, "libtcdb_async has ABI #{abi >> 16}.#{abi & 0xffff}, this program needs 0.1")
  end
end

def main
  Tcdb.check_abi
  raise Tcdb::Failure.new(Tcdb::USAGE, "usage: query.rb ASYNC_REQUEST_ID") if ARGV.size != 1

  answer = Tcdb.with_client(region: ENV["TENCENTCLOUD_REGION"], endpoint: ENV["TCDB_ENDPOINT"],
                            ca_file: ENV["TCDB_CA_FILE"]) { |client| Tcdb.query(client, ARGV[0]) }
  $stdout.binmode
  puts "status: ".b + (answer.status_text.empty? ? "(none)" : answer.status_text),
       "info: ".b + (answer.info || "(none)"),
       "request_id: ".b + (answer.request_id || "(none)")
  return Tcdb::SUCCEEDED if Tcdb.tcdb_status_is_success(answer.status) == 1

  Tcdb.tcdb_status_is_terminal(answer.status) == 1 ? Tcdb::ENDED_BADLY : Tcdb::NOT_ENDED
rescue Tcdb::Failure => e
  warn e.message
  e.exit_code
end

exit main
