{ tcdb_async.pas - asks TencentDB for MySQL what became of an asynchronous task, or waits for its end. A unit for Delphi
  (2009 and later, 32 and 64 bits) and Free Pascal.

    Client := TTcdbClient.Create('ap-guangzhou');
    try
      WriteLn(Client.WaitFor('f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7', 600));
    finally
      Client.Free;
    end;

  Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN. What fails raises
  ETcdbError with the library's message. }
unit tcdb_async;

{$IFDEF FPC}{$MODE DELPHI}{$H+}{$ENDIF}

interface

uses
  SysUtils;

type
  PTcdbObject = type Pointer;

  ETcdbError = class(Exception)
  public
    Code: Integer;
  end;

  { One account's way to the API. Many threads may use one at once. }
  TTcdbClient = class
  private
    FClient: PTcdbObject;
  public
    { CaFile, Endpoint: '' for the defaults. }
    constructor Create(const Region: string; const Endpoint: string = ''; const CaFile: string = '');
    destructor Destroy; override;
    { The status as the API says it: 'SUCCESS', 'RUNNING', ... }
    function Status(const AsyncRequestId: string): string;
    { The same once the task has ended. }
    function WaitFor(const AsyncRequestId: string; Seconds: Cardinal): string;
  end;

const
  {$IFDEF MSWINDOWS}
  TcdbLibrary = 'tcdb_async.dll';
  {$ELSE}
  TcdbLibrary = 'tcdb_async';
  {$ENDIF}

{ TCDB_CALL: stdcall on 32-bit Windows; elsewhere there is one convention, which Delphi takes for either word. }
function tcdb_abi_version: Cardinal; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_live_objects: UInt64; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_code_name(code: Integer): PAnsiChar; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_options_new: PTcdbObject; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
procedure tcdb_options_set_endpoint(options: PTcdbObject; endpoint: PAnsiChar); {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
procedure tcdb_options_set_ca_file(options: PTcdbObject; path: PAnsiChar); {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
procedure tcdb_options_free(options: PTcdbObject); {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_credentials_env(var credentials: PTcdbObject; var error: PTcdbObject): Integer; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
procedure tcdb_credentials_free(credentials: PTcdbObject); {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_client_new(credentials: PTcdbObject; region: PAnsiChar; options: PTcdbObject; var client: PTcdbObject; var error: PTcdbObject): Integer; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
procedure tcdb_client_free(client: PTcdbObject); {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_query(client: PTcdbObject; async_request_id: PAnsiChar; var answer: PTcdbObject; var error: PTcdbObject): Integer; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_wait(client: PTcdbObject; async_request_id: PAnsiChar; timeout_ms: UInt64; var answer: PTcdbObject; var error: PTcdbObject): Integer; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_result_status_text(answer: PTcdbObject): PAnsiChar; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
procedure tcdb_result_free(answer: PTcdbObject); {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
function tcdb_error_message(error: PTcdbObject): PAnsiChar; {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;
procedure tcdb_error_free(error: PTcdbObject); {$IFDEF MSWINDOWS}stdcall{$ELSE}cdecl{$ENDIF}; external TcdbLibrary;

implementation

{ Raises what the library says, and frees its error. }
procedure Check(Code: Integer; Error: PTcdbObject);
var
  Failure: ETcdbError;
begin
  if Code = 0 then Exit;
  Failure := ETcdbError.Create(string(UTF8String(tcdb_code_name(Code)) + ': ' + UTF8String(tcdb_error_message(Error))));
  Failure.Code := Code;
  tcdb_error_free(Error);
  raise Failure;
end;

{ nil, that is NULL, for '': the default. }
function OrNil(const Text: UTF8String): PAnsiChar;
begin
  if Text = '' then Result := nil else Result := PAnsiChar(Text);
end;

constructor TTcdbClient.Create(const Region: string; const Endpoint: string; const CaFile: string);
var
  Options, Credentials, Error: PTcdbObject;
begin
  if tcdb_abi_version shr 16 <> 0 then raise ETcdbError.Create('tcdb_async has another ABI than 0');
  Credentials := nil;
  Options := tcdb_options_new;
  try
    tcdb_options_set_endpoint(Options, OrNil(UTF8String(Endpoint)));
    tcdb_options_set_ca_file(Options, OrNil(UTF8String(CaFile)));
    Check(tcdb_credentials_env(Credentials, Error), Error);
    Check(tcdb_client_new(Credentials, OrNil(UTF8String(Region)), Options, FClient, Error), Error);
  finally
    { The client keeps what it needs of both; nil may be freed. }
    tcdb_credentials_free(Credentials);
    tcdb_options_free(Options);
  end;
end;

destructor TTcdbClient.Destroy;
begin
  tcdb_client_free(FClient);
  inherited;
end;

{ Copies the status, and frees the answer. }
function Taken(Answer: PTcdbObject): string;
begin
  Result := string(UTF8String(tcdb_result_status_text(Answer)));
  tcdb_result_free(Answer);
end;

function TTcdbClient.Status(const AsyncRequestId: string): string;
var
  Answer, Error: PTcdbObject;
begin
  Check(tcdb_query(FClient, PAnsiChar(UTF8String(AsyncRequestId)), Answer, Error), Error);
  Result := Taken(Answer);
end;

function TTcdbClient.WaitFor(const AsyncRequestId: string; Seconds: Cardinal): string;
var
  Answer, Error: PTcdbObject;
begin
  Check(tcdb_wait(FClient, PAnsiChar(UTF8String(AsyncRequestId)), UInt64(Seconds) * 1000, Answer, Error), Error);
  Result := Taken(Answer);
end;

end.
