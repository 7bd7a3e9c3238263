# query.rb - reports what became of one async request; with SECONDS, waits for its end, at most that long. By Fiddle, which
# comes with Ruby.
#
# Run:  TENCENTCLOUD_REGION=ap-guangzhou ruby query.rb ID [SECONDS]
# Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
# TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.
require "fiddle/import"

# To copy into a program: this module. Objects of the library are void pointers here; int and unsigned int have 32 bits.
module Tcdb
  extend Fiddle::Importer

  LIBRARY = "libtcdb_async.so.0" # its soname: an incompatible library has another number
  SUCCEEDED, TASK_FAILED, USAGE, NETWORK, REFUSED, TIMED_OUT, NOT_ENDED, INTERRUPTED = *0..6, 130

  Answer = Struct.new(:status, :status_text, :info, :request_id) do
    def success? = Tcdb.tcdb_status_is_success(status) == 1
    def terminal? = Tcdb.tcdb_status_is_terminal(status) == 1
  end

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
      when 4, 23 then TIMED_OUT # WAIT_TIMEOUT, REQUEST_TIMEOUT
      when 3 then INTERRUPTED # CANCELLED
      else code >= 41 ? REFUSED : NETWORK # AUTH and above: the API's own refusals
      end
    end
  end

  module_function

  # Loads the library and declares what this module needs of tcdb_async.h. Call it once, before anything else.
  def load_library
    dlload LIBRARY
    extern "unsigned int tcdb_abi_version(void)"
    check_abi

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
    extern "void tcdb_client_free(void *)"
    extern "int tcdb_waiter_new(const void *, const char *, unsigned long long, void **, void **)"
    extern "int tcdb_waiter_run(void *, void *, void *, void **, void **)"
    extern "void tcdb_waiter_free(void *)"
    extern "int tcdb_result_status(const void *)"
    extern "const char *tcdb_result_status_text(const void *)"
    extern "const char *tcdb_result_info(const void *)"
    extern "size_t tcdb_result_info_len(const void *)"
    extern "const char *tcdb_result_request_id(const void *)"
    extern "void tcdb_result_free(void *)"
    extern "const char *tcdb_error_message(const void *)"
    extern "void *tcdb_error_last_result(const void *)"
    extern "void tcdb_error_free(void *)"
  rescue Fiddle::DLError => e
    places = ENV["LD_LIBRARY_PATH"] || "not set"
    raise Failure.new(USAGE, "load #{LIBRARY}: #{e.message}; looked in LD_LIBRARY_PATH (#{places}) and the system's folders")
  end

  def check_abi
    abi = tcdb_abi_version
    return if abi >> 16 == 0 && (abi & 0xffff) >= 1

    raise Failure.new(USAGE, "libtcdb_async has ABI #{abi >> 16}.#{abi & 0xffff}, this program needs 0.1")
  end

  # Passes a client to the block and frees it afterwards.
  def with_client(region: nil, endpoint: nil, ca_file: nil)
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

  # One Answer, of a task that may go on: a wait of no time, because a wait has a progress function.
  def query(client, id)
    wait_ms(client, id, 0) { |code, error| code == 4 ? tcdb_error_last_result(error) : nil } # WAIT_TIMEOUT
  end

  # The Answer of a task that has ended.
  def wait(client, id, seconds) = wait_ms(client, id, seconds * 1000)

  def wait_ms(client, id, timeout_ms, &otherwise)
    waiter = made_by(:tcdb_waiter_new, client, id, timeout_ms)
    result = interruptible { |progress| made_by(:tcdb_waiter_run, waiter, progress, nil, &otherwise) }
    take(result)
  ensure
    tcdb_result_free(result)
    tcdb_waiter_free(waiter)
  end

  # Calls the block with a progress function, which runs ten times a second inside a call and ends it after a Ctrl-C or
  # Thread#raise. Neither may raise in it: no exception may cross the library.
  def interruptible
    interrupted = false
    types = [Fiddle::TYPE_VOIDP, -Fiddle::TYPE_INT, -Fiddle::TYPE_LONG_LONG, Fiddle::TYPE_VOIDP]
    progress = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_INT, types) do
      interrupted || Thread.pending_interrupt? ? 1 : 0
    end
    previous = trap("INT") { interrupted = true }
    Thread.handle_interrupt(Object => :never) { yield progress }
  ensure
    trap("INT", previous) if previous
  end

  # Calls a function whose last parameters are `out` and `error`: the object; or what the block makes of code and error;
  # or a Failure is raised.
  def made_by(function, *arguments)
    Fiddle::Pointer.malloc(2 * Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE) do |places|
      code = send(function, *arguments, places, places + Fiddle::SIZEOF_VOIDP)
      out, error = places.ptr, (places + Fiddle::SIZEOF_VOIDP).ptr
      return out if code.zero?

      begin
        other = yield(code, error) if block_given?
        return other if other && !other.null?

        raise Failure.from_code(code, error)
      ensure
        tcdb_error_free(error)
      end
    end
  end

  # Copies, which outlive the result.
  def take(result)
    info = tcdb_result_info(result)
    Answer.new(tcdb_result_status(result), text(tcdb_result_status_text(result)),
               info.null? ? nil : info.to_str(tcdb_result_info_len(result)), # to_s would end at a NUL
               text(tcdb_result_request_id(result)))
  end

  # A copy, as bytes; nil for NULL.
  def text(pointer) = pointer.null? ? nil : pointer.to_s
end

def main
  Tcdb.load_library
  id, seconds = ARGV
  unless ARGV.size.between?(1, 2) && (seconds || "0").match?(/\A\d{1,9}\z/)
    raise Tcdb::Failure.new(Tcdb::USAGE, "usage: query.rb ASYNC_REQUEST_ID [SECONDS]")
  end

  place = { region: ENV["TENCENTCLOUD_REGION"], endpoint: ENV["TCDB_ASYNC_ENDPOINT"], ca_file: ENV["TCDB_ASYNC_CA_FILE"] }
  answer = Tcdb.with_client(**place) do |client|
    seconds ? Tcdb.wait(client, id, seconds.to_i) : Tcdb.query(client, id)
  end
  $stdout.binmode
  puts "status: ".b + (answer.status_text.empty? ? "(none)" : answer.status_text),
       "info: ".b + (answer.info || "(none)"),
       "request_id: ".b + (answer.request_id || "(none)")
  return Tcdb::SUCCEEDED if answer.success?

  answer.terminal? ? Tcdb::TASK_FAILED : Tcdb::NOT_ENDED
rescue Tcdb::Failure => e
  warn e.message
  e.exit_code
end

exit main
