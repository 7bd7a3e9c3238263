#!/usr/bin/perl
# query.pl - what became of one async request? By FFI::Platypus. With WAIT_MS: waits until it has ended, so long at most.
#
# Run:  TENCENTCLOUD_REGION=ap-guangzhou perl query.pl ID [WAIT_MS]
# Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
# This program's own: TENCENTCLOUD_REGION; TCDB_ENDPOINT (host[:port]) and TCDB_CA_FILE (PEM) go before the defaults.
use v5.20;
use warnings;
use FFI::Platypus 2.00;
use FFI::Platypus::Buffer qw(buffer_to_scalar);

# By its soname: a later, incompatible library has another.
my $ffi = FFI::Platypus->new(api => 2, lib => 'libtcdb_async.so.0');

# What this program needs of tcdb_async.h. Objects are `opaque`; a `string` that comes back is copied, undef for NULL.
$ffi->attach(tcdb_abi_version       => []         => 'uint32');
$ffi->attach(tcdb_code_name         => ['sint32'] => 'string');
$ffi->attach(tcdb_status_is_success => ['sint32'] => 'sint32');
$ffi->attach(tcdb_status_is_terminal => ['sint32'] => 'sint32');

$ffi->attach(tcdb_options_new          => []                     => 'opaque');
$ffi->attach(tcdb_options_set_endpoint => [ 'opaque', 'string' ] => 'void');
$ffi->attach(tcdb_options_set_ca_file  => [ 'opaque', 'string' ] => 'void');
$ffi->attach(tcdb_options_free         => ['opaque']             => 'void');

$ffi->attach(tcdb_credentials_env  => [ 'opaque*', 'opaque*' ] => 'sint32');
$ffi->attach(tcdb_credentials_free => ['opaque']               => 'void');

$ffi->attach(tcdb_client_new  => [ 'opaque', 'string', 'opaque', 'opaque*', 'opaque*' ] => 'sint32');
$ffi->attach(tcdb_query       => [ 'opaque', 'string', 'opaque*', 'opaque*' ]           => 'sint32');
$ffi->attach(tcdb_client_free => ['opaque']                                             => 'void');

$ffi->attach(tcdb_waiter_new    => [ 'opaque', 'string', 'uint64', 'opaque*', 'opaque*' ] => 'sint32');
$ffi->attach(tcdb_waiter_step   => [ 'opaque', 'uint32', 'opaque*', 'opaque*' ]           => 'sint32');
$ffi->attach(tcdb_waiter_cancel => ['opaque']                                             => 'void');
$ffi->attach(tcdb_waiter_free   => ['opaque']                                             => 'void');

$ffi->attach(tcdb_result_status      => ['opaque'] => 'sint32');
$ffi->attach(tcdb_result_status_text => ['opaque'] => 'string');
$ffi->attach(tcdb_result_info        => ['opaque'] => 'opaque');    # may hold a NUL: taken by its length
$ffi->attach(tcdb_result_info_len    => ['opaque'] => 'size_t');
$ffi->attach(tcdb_result_request_id  => ['opaque'] => 'string');
$ffi->attach(tcdb_result_free        => ['opaque'] => 'void');

$ffi->attach(tcdb_error_message => ['opaque'] => 'string');
$ffi->attach(tcdb_error_free    => ['opaque'] => 'void');

use constant { SUCCEEDED => 0, ENDED_BADLY => 1, USAGE => 2, NETWORK => 3, REFUSED => 4, TIME_OVER => 5, NOT_ENDED => 6 };
use constant INTERRUPTED => 130;

# A failure of the library as a Perl exception: code name, message and the exit code it stands for.
sub throw {
    my ($code, $error) = @_;
    my $exit_code =
        $code == 1 || $code == 5  ? USAGE         # INVALID_ARGUMENT, CREDENTIALS
      : $code == 4 || $code == 23 ? TIME_OVER     # WAIT_TIMEOUT, REQUEST_TIMEOUT
      : $code == 3                ? INTERRUPTED   # CANCELLED
      : $code >= 41               ? REFUSED       # from AUTH on the API itself refuses
      :                             NETWORK;
    my $text = tcdb_code_name($code) . ': ' . tcdb_error_message($error);
    tcdb_error_free($error);
    die { exit_code => $exit_code, text => $text };
}

sub make_client {
    my $options = tcdb_options_new();
    tcdb_options_set_endpoint($options, $ENV{TCDB_ENDPOINT});    # undef is NULL: the default
    tcdb_options_set_ca_file($options, $ENV{TCDB_CA_FILE});

    my $code = tcdb_credentials_env(\my $credentials, \my $error);
    my $client;
    $code = tcdb_client_new($credentials, $ENV{TENCENTCLOUD_REGION}, $options, \$client, \$error) if $code == 0;

    # The client keeps what it needs of both; NULL may be freed.
    tcdb_credentials_free($credentials);
    tcdb_options_free($options);
    throw($code, $error) if $code;
    return $client;
}

# The answer as a hash: copies, so that they outlive the result, which is freed.
sub take {
    my ($result) = @_;
    my $info   = tcdb_result_info($result);
    my %answer = (
        status      => tcdb_result_status($result),
        status_text => tcdb_result_status_text($result),
        info        => defined $info ? buffer_to_scalar($info, tcdb_result_info_len($result)) : undef,
        request_id  => tcdb_result_request_id($result),
    );
    tcdb_result_free($result);
    return \%answer;
}

sub ask {
    my ($client, $id) = @_;
    my $code = tcdb_query($client, $id, \my $result, \my $error);
    throw($code, $error) if $code;
    return take($result);
}

# Steps of a tenth of a second: Perl runs its signal handlers between two calls, so Ctrl-C is heard. (tcdb_waiter_run would
# hold it back to the end.)
sub wait_for {
    my ($client, $id, $timeout_ms) = @_;
    my $code = tcdb_waiter_new($client, $id, $timeout_ms, \my $waiter, \my $error);
    throw($code, $error) if $code;
    local $SIG{INT} = sub { tcdb_waiter_cancel($waiter) };
    my $result;
    do {
        $code = tcdb_waiter_step($waiter, 100, \$result, \$error);
    } while $code == 0 && !defined $result;
    tcdb_waiter_free($waiter);
    throw($code, $error) if $code;
    return take($result);
}

sub main {
    my $abi = tcdb_abi_version();
    die { exit_code => USAGE, text => sprintf 'libtcdb_async has ABI %d.%d, this program needs 0.1', $abi >> 16, $abi & 0xffff }
      if $abi >> 16 != 0 || ($abi & 0xffff) < 1;
    die { exit_code => USAGE, text => 'usage: query.pl ASYNC_REQUEST_ID [WAIT_MS]' }
      if @ARGV < 1 || @ARGV > 2 || ($ARGV[1] // '0') !~ /^\d{1,15}$/a;

    my $client = make_client();
    my $answer = eval { defined $ARGV[1] ? wait_for($client, @ARGV) : ask($client, $ARGV[0]) };
    tcdb_client_free($client);
    die $@ unless $answer;

    # The texts are UTF-8 bytes, and standard output takes bytes: nothing to decode or encode on the way.
    say 'status: ',     length $answer->{status_text} ? $answer->{status_text} : '(none)';
    say 'info: ',       $answer->{info}       // '(none)';
    say 'request_id: ', $answer->{request_id} // '(none)';
    return SUCCEEDED if tcdb_status_is_success($answer->{status});
    return tcdb_status_is_terminal($answer->{status}) ? ENDED_BADLY : NOT_ENDED;
}

my $exit_code = eval { main() };
if (!defined $exit_code) {
    my $failure = $@;
    die $failure unless ref $failure eq 'HASH';
    say STDERR $failure->{text};
    $exit_code = $failure->{exit_code};
}
exit $exit_code;
