#!/usr/bin/perl
# query.pl - reports what became of one async request; with SECONDS, waits for its end, at most that long. By FFI::Platypus.
#
# Run:  TENCENTCLOUD_REGION=ap-guangzhou perl query.pl ID [SECONDS]
# Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
# TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.
use v5.20;
use warnings;

# To copy into a program: this package. What fails dies with a hash of exit_code and text.
package Tcdb {
    use FFI::Platypus 2.00;
    use FFI::Platypus::Buffer qw(buffer_to_scalar);
    use FFI::Platypus::DL     qw(dlopen dlclose dlerror RTLD_PLATYPUS_DEFAULT);

    use constant LIBRARY => 'libtcdb_async.so.0';    # its soname: an incompatible library has another number
    use constant { SUCCEEDED => 0, TASK_FAILED => 1, USAGE => 2, NETWORK => 3, REFUSED => 4, TIMED_OUT => 5, NOT_ENDED => 6 };
    use constant INTERRUPTED => 130;

    my ($ffi, $progress, $is_interrupted);

    # Loads the library and declares what this package needs of tcdb_async.h. Call it once, before anything else. Objects
    # are `opaque`; a `string` that comes back is copied, undef for NULL.
    sub load {
        my $handle = dlopen(LIBRARY, RTLD_PLATYPUS_DEFAULT) or die {
            exit_code => USAGE,
            text      => sprintf "load %s: %s; looked in LD_LIBRARY_PATH (%s) and the system's folders",
            LIBRARY, dlerror(), $ENV{LD_LIBRARY_PATH} // 'not set',
        };
        $ffi = FFI::Platypus->new(api => 2, lib => LIBRARY);
        dlclose($handle);
        $ffi->attach(tcdb_abi_version => [] => 'uint32');
        my $abi = tcdb_abi_version();
        die { exit_code => USAGE, text => sprintf 'libtcdb_async has ABI %d.%d, this program needs 0.1', $abi >> 16, $abi & 0xffff }
          if $abi >> 16 != 0 || ($abi & 0xffff) < 1;

        $ffi->type('(opaque, uint32, uint64, opaque)->sint32' => 'progress');
        my @out = ('opaque*', 'opaque*');
        $ffi->attach(@$_) for (
            [ tcdb_code_name           => ['sint32'] => 'string' ],
            [ tcdb_status_is_success   => ['sint32'] => 'sint32' ],
            [ tcdb_status_is_terminal  => ['sint32'] => 'sint32' ],
            [ tcdb_options_new         => [] => 'opaque' ],
            [ tcdb_options_set_endpoint => [ 'opaque', 'string' ] => 'void' ],
            [ tcdb_options_set_ca_file => [ 'opaque', 'string' ] => 'void' ],
            [ tcdb_options_free        => ['opaque'] => 'void' ],
            [ tcdb_credentials_env     => [@out] => 'sint32' ],
            [ tcdb_credentials_free    => ['opaque'] => 'void' ],
            [ tcdb_client_new          => [ 'opaque', 'string', 'opaque', @out ] => 'sint32' ],
            [ tcdb_client_free         => ['opaque'] => 'void' ],
            [ tcdb_waiter_new          => [ 'opaque', 'string', 'uint64', @out ] => 'sint32' ],
            [ tcdb_waiter_run          => [ 'opaque', 'progress', 'opaque', @out ] => 'sint32' ],
            [ tcdb_waiter_free         => ['opaque'] => 'void' ],
            [ tcdb_result_status       => ['opaque'] => 'sint32' ],
            [ tcdb_result_status_text  => ['opaque'] => 'string' ],
            [ tcdb_result_info         => ['opaque'] => 'opaque' ],    # may hold a NUL: taken by its length
            [ tcdb_result_info_len     => ['opaque'] => 'size_t' ],
            [ tcdb_result_request_id   => ['opaque'] => 'string' ],
            [ tcdb_result_free         => ['opaque'] => 'void' ],
            [ tcdb_error_message       => ['opaque'] => 'string' ],
            [ tcdb_error_last_result   => ['opaque'] => 'opaque' ],
            [ tcdb_error_free          => ['opaque'] => 'void' ],
        );
        # Called ten times a second inside a call. Perl runs its signal handlers between two statements of this one.
        $progress = $ffi->closure(sub { my $yes = $is_interrupted; return $yes ? 1 : 0 });
        return;
    }

    # A failure of the library as an exception: code name, message and an exit code.
    sub throw {
        my ($code, $error) = @_;
        my $exit_code =
            $code == 1 || $code == 5  ? USAGE         # INVALID_ARGUMENT, CREDENTIALS
          : $code == 4 || $code == 23 ? TIMED_OUT     # WAIT_TIMEOUT, REQUEST_TIMEOUT
          : $code == 3                ? INTERRUPTED   # CANCELLED
          : $code >= 41               ? REFUSED       # AUTH and above: the API's own refusals
          :                             NETWORK;
        my $text = tcdb_code_name($code) . ': ' . tcdb_error_message($error);
        tcdb_error_free($error);
        die { exit_code => $exit_code, text => $text };
    }

    # region, endpoint, ca_file; undef is the default. The client is yours to free by tcdb_client_free.
    sub new_client {
        my (%place) = @_;
        my $options = tcdb_options_new();
        tcdb_options_set_endpoint($options, $place{endpoint});
        tcdb_options_set_ca_file($options, $place{ca_file});
        my $code = tcdb_credentials_env(\my $credentials, \my $error);
        my $client;
        $code = tcdb_client_new($credentials, $place{region}, $options, \$client, \$error) if $code == 0;
        tcdb_credentials_free($credentials);    # NULL may be freed
        tcdb_options_free($options);
        throw($code, $error) if $code;
        return $client;
    }

    # The answer as a hash: copies, which outlive the result.
    sub take {
        my ($result) = @_;
        my $info   = tcdb_result_info($result);
        my $status = tcdb_result_status($result);
        my %answer = (
            status_text => tcdb_result_status_text($result),
            info        => defined $info ? buffer_to_scalar($info, tcdb_result_info_len($result)) : undef,
            request_id  => tcdb_result_request_id($result),
            success     => tcdb_status_is_success($status),
            terminal    => tcdb_status_is_terminal($status),
        );
        tcdb_result_free($result);
        return \%answer;
    }

    # The answer of a task that has ended. Ctrl-C ends the wait, at most a tenth of a second later.
    sub wait_for {
        my ($client, $id, $seconds, $takes_any) = @_;
        my $code = tcdb_waiter_new($client, $id, $seconds * 1000, \my $waiter, \my $error);
        throw($code, $error) if $code;
        $is_interrupted = 0;
        local $SIG{INT} = sub { $is_interrupted = 1 };    # no die: nothing may leave the callback but by its return
        $code = tcdb_waiter_run($waiter, $progress, undef, \my $result, \$error);
        tcdb_waiter_free($waiter);
        if ($code == 4 && $takes_any) {                   # WAIT_TIMEOUT: the answer is in the error
            $result = tcdb_error_last_result($error);
            tcdb_error_free($error);
            $code = 0;
        }
        throw($code, $error) if $code;
        return take($result);
    }

    # One answer, of a task that may go on: a wait of no time, because a wait has a progress function.
    sub query {
        my ($client, $id) = @_;
        return wait_for($client, $id, 0, 1);
    }
}

sub main {
    Tcdb::load();
    my ($id, $seconds) = @ARGV;
    die { exit_code => Tcdb::USAGE, text => 'usage: query.pl ASYNC_REQUEST_ID [SECONDS]' }
      if @ARGV < 1 || @ARGV > 2 || ($seconds // '0') !~ /^\d{1,9}$/a;

    my $client = Tcdb::new_client(region => $ENV{TENCENTCLOUD_REGION}, endpoint => $ENV{TCDB_ASYNC_ENDPOINT},
        ca_file => $ENV{TCDB_ASYNC_CA_FILE});
    my $answer = eval { defined $seconds ? Tcdb::wait_for($client, $id, $seconds) : Tcdb::query($client, $id) };
    my $failure = $@;
    Tcdb::tcdb_client_free($client);
    die $failure unless $answer;

    # The texts are UTF-8 bytes, and standard output takes bytes: nothing to decode or encode on the way.
    say 'status: ',     length $answer->{status_text} ? $answer->{status_text} : '(none)';
    say 'info: ',       $answer->{info}       // '(none)';
    say 'request_id: ', $answer->{request_id} // '(none)';
    return Tcdb::SUCCEEDED if $answer->{success};
    return $answer->{terminal} ? Tcdb::TASK_FAILED : Tcdb::NOT_ENDED;
}

my $exit_code = eval { main() };
if (!defined $exit_code) {
    my $failure = $@;
    die $failure unless ref $failure eq 'HASH';
    say STDERR $failure->{text};
    $exit_code = $failure->{exit_code};
}
exit $exit_code;
