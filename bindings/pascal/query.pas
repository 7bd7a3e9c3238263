{ query.pas - reports what became of one async request; with SECONDS, waits for its end, at most that long. In Free Pascal.

  Build: fpc -Fl/path/of/the/library query.pas
  Run:   TENCENTCLOUD_REGION=ap-guangzhou ./query ID [SECONDS]
  Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
  TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults. }
program TaskQuery;

{$mode objfpc}{$H+}
{$linklib c}

uses
  ctypes, Math, SysUtils;

{ --- To copy into a unit: from here to the next line like this. ---
  What is needed of tcdb_async.h. A pointer type of its own for each object lets the compiler distinguish them. }
type
  PTcdbOptions = ^TTcdbOptions;
  TTcdbOptions = record end;
  PTcdbCredentials = ^TTcdbCredentials;
  TTcdbCredentials = record end;
  PTcdbClient = ^TTcdbClient;
  TTcdbClient = record end;
  PTcdbResult = ^TTcdbResult;
  TTcdbResult = record end;
  PTcdbError = ^TTcdbError;
  TTcdbError = record end;

const
  TcdbLibrary = 'tcdb_async';

function tcdb_abi_version: cuint32; cdecl; external TcdbLibrary;
function tcdb_code_name(code: cint32): PAnsiChar; cdecl; external TcdbLibrary;
function tcdb_status_is_terminal(status: cint32): cint32; cdecl; external TcdbLibrary;
function tcdb_status_is_success(status: cint32): cint32; cdecl; external TcdbLibrary;

function tcdb_options_new: PTcdbOptions; cdecl; external TcdbLibrary;
procedure tcdb_options_set_endpoint(options: PTcdbOptions; endpoint: PAnsiChar); cdecl; external TcdbLibrary;
procedure tcdb_options_set_ca_file(options: PTcdbOptions; path: PAnsiChar); cdecl; external TcdbLibrary;
procedure tcdb_options_free(options: PTcdbOptions); cdecl; external TcdbLibrary;

function tcdb_credentials_env(out credentials: PTcdbCredentials; out error: PTcdbError): cint32; cdecl; external TcdbLibrary;
procedure tcdb_credentials_free(credentials: PTcdbCredentials); cdecl; external TcdbLibrary;

function tcdb_client_new(credentials: PTcdbCredentials; region: PAnsiChar; options: PTcdbOptions; out client: PTcdbClient;
  out error: PTcdbError): cint32; cdecl; external TcdbLibrary;
function tcdb_query(client: PTcdbClient; async_request_id: PAnsiChar; out answer: PTcdbResult; out error: PTcdbError): cint32;
  cdecl; external TcdbLibrary;
function tcdb_wait(client: PTcdbClient; async_request_id: PAnsiChar; timeout_ms: cuint64; out answer: PTcdbResult;
  out error: PTcdbError): cint32; cdecl; external TcdbLibrary;
procedure tcdb_client_free(client: PTcdbClient); cdecl; external TcdbLibrary;

function tcdb_result_status(answer: PTcdbResult): cint32; cdecl; external TcdbLibrary;
function tcdb_result_status_text(answer: PTcdbResult): PAnsiChar; cdecl; external TcdbLibrary;
function tcdb_result_info(answer: PTcdbResult): PAnsiChar; cdecl; external TcdbLibrary;
function tcdb_result_info_len(answer: PTcdbResult): csize_t; cdecl; external TcdbLibrary;
function tcdb_result_request_id(answer: PTcdbResult): PAnsiChar; cdecl; external TcdbLibrary;
procedure tcdb_result_free(answer: PTcdbResult); cdecl; external TcdbLibrary;

function tcdb_error_message(error: PTcdbError): PAnsiChar; cdecl; external TcdbLibrary;
procedure tcdb_error_free(error: PTcdbError); cdecl; external TcdbLibrary;

const
  Succeeded = 0; TaskFailed = 1; Usage = 2; Network = 3; Refused = 4; TimedOut = 5; NotEnded = 6;

type
  { A failure that knows its exit code. }
  EFailure = class(Exception)
    ExitCode: Integer;
    constructor Create(AnExitCode: Integer; const Text: string);
  end;

constructor EFailure.Create(AnExitCode: Integer; const Text: string);
begin
  inherited Create(Text);
  ExitCode := AnExitCode;
end;

function ExitCodeOf(Code: cint32): Integer;
begin
  case Code of
    1, 5: Result := Usage;     { INVALID_ARGUMENT, CREDENTIALS }
    4, 23: Result := TimedOut; { WAIT_TIMEOUT, REQUEST_TIMEOUT }
  else
    if Code >= 41 then Result := Refused { AUTH and above: the API's own refusals }
    else Result := Network;
  end;
end;

{ Raises what the library says, and frees its error. }
procedure Check(Code: cint32; Error: PTcdbError);
var
  Text: string;
begin
  if Code = 0 then Exit;
  Text := tcdb_code_name(Code) + ': ' + tcdb_error_message(Error);
  tcdb_error_free(Error);
  raise EFailure.Create(ExitCodeOf(Code), Text);
end;

{ nil, that is NULL, for an unset or empty variable (Pascal does not distinguish them): PAnsiChar('') is not nil. }
function OrNil(const Text: string): PAnsiChar;
begin
  if Text = '' then Result := nil else Result := PAnsiChar(Text);
end;

function NewClient(const Region, Endpoint, CaFile: string): PTcdbClient;
var
  Options: PTcdbOptions;
  Credentials: PTcdbCredentials = nil;
  Error: PTcdbError;
begin
  Options := tcdb_options_new;
  try
    tcdb_options_set_endpoint(Options, OrNil(Endpoint));
    tcdb_options_set_ca_file(Options, OrNil(CaFile));
    Check(tcdb_credentials_env(Credentials, Error), Error);
    Check(tcdb_client_new(Credentials, OrNil(Region), Options, Result, Error), Error);
  finally
    { The client keeps what it needs of both; nil may be freed. }
    tcdb_credentials_free(Credentials);
    tcdb_options_free(Options);
  end;
end;

{ One answer, of a task that may go on. }
function Query(Client: PTcdbClient; const Id: string): PTcdbResult;
var
  Error: PTcdbError;
begin
  Check(tcdb_query(Client, PAnsiChar(Id), Result, Error), Error);
end;

{ The answer of a task that has ended. }
function WaitFor(Client: PTcdbClient; const Id: string; Seconds: Int64): PTcdbResult;
var
  Error: PTcdbError;
begin
  Check(tcdb_wait(Client, PAnsiChar(Id), Seconds * 1000, Result, Error), Error);
end;

{ A copy of a borrowed text; '(none)' for nil. By its length, as it may hold a NUL. }
function Text(Borrowed: PAnsiChar; Length: SizeInt): string;
begin
  if Borrowed = nil then Result := '(none)' else SetString(Result, Borrowed, Length);
end;

{ --- To copy: to here. --- }

function Show(Answer: PTcdbResult): Integer;
var
  StatusText: string;
begin
  StatusText := tcdb_result_status_text(Answer);
  if StatusText = '' then StatusText := '(none)';
  WriteLn('status: ', StatusText);
  WriteLn('info: ', Text(tcdb_result_info(Answer), tcdb_result_info_len(Answer)));
  WriteLn('request_id: ', Text(tcdb_result_request_id(Answer), StrLen(tcdb_result_request_id(Answer))));
  if tcdb_status_is_success(tcdb_result_status(Answer)) = 1 then Result := Succeeded
  else if tcdb_status_is_terminal(tcdb_result_status(Answer)) = 1 then Result := TaskFailed
  else Result := NotEnded;
end;

{ The second argument: -1 if there is none, -2 if it is not a number of at most nine digits. }
function SecondsGiven: Int64;
var
  I: Integer;
begin
  if ParamCount < 2 then Exit(-1);
  if (Length(ParamStr(2)) < 1) or (Length(ParamStr(2)) > 9) then Exit(-2);
  for I := 1 to Length(ParamStr(2)) do
    if not (ParamStr(2)[I] in ['0'..'9']) then Exit(-2);
  Result := StrToInt64(ParamStr(2));
end;

function Run: Integer;
var
  Abi: cuint32;
  Seconds: Int64;
  Client: PTcdbClient = nil;
  Answer: PTcdbResult = nil;
begin
  Abi := tcdb_abi_version;
  if (Abi shr 16 <> 0) or (Abi and $ffff < 1) then
    raise EFailure.Create(Usage, Format('libtcdb_async has ABI %d.%d, this program needs 0.1', [Abi shr 16, Abi and $ffff]));
  Seconds := SecondsGiven;
  if (ParamCount < 1) or (ParamCount > 2) or (Seconds = -2) then
    raise EFailure.Create(Usage, 'usage: query ASYNC_REQUEST_ID [SECONDS]');
  try
    Client := NewClient(GetEnvironmentVariable('TENCENTCLOUD_REGION'), GetEnvironmentVariable('TCDB_ASYNC_ENDPOINT'),
      GetEnvironmentVariable('TCDB_ASYNC_CA_FILE'));
    if Seconds >= 0 then Answer := WaitFor(Client, ParamStr(1), Seconds) else Answer := Query(Client, ParamStr(1));
    Result := Show(Answer);
  finally
    tcdb_result_free(Answer);
    tcdb_client_free(Client);
  end;
end;

begin
  { Pascal traps floating-point exceptions, C code expects that they are not. }
  SetExceptionMask([exInvalidOp, exDenormalized, exZeroDivide, exOverflow, exUnderflow, exPrecision]);
  try
    ExitCode := Run;
  except
    on Failure: EFailure do
    begin
      WriteLn(StdErr, Failure.Message);
      ExitCode := Failure.ExitCode;
    end;
  end;
end.
