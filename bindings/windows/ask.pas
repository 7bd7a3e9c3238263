{ ask REGION ENDPOINT CA ID - the unit tcdb_async at work, for its test: the status, twice, and what is left. }
program ask;

{$IFDEF FPC}{$MODE DELPHI}{$H+}{$ENDIF}

uses
  SysUtils, Math, tcdb_async;

var
  Client: TTcdbClient;
begin
  { Pascal traps floating-point exceptions, C code expects that they are not. }
  SetExceptionMask([exInvalidOp, exDenormalized, exZeroDivide, exOverflow, exUnderflow, exPrecision]);
  Client := TTcdbClient.Create(ParamStr(1), ParamStr(2), ParamStr(3));
  try
    try
      WriteLn(Client.Status(ParamStr(4)));
      WriteLn(Client.WaitFor(ParamStr(4), 10));
      Client.Status('no-such-task');
    except
      on Failure: ETcdbError do WriteLn(Failure.Code);
    end;
  finally
    Client.Free;
  end;
  WriteLn(tcdb_live_objects);
end.
