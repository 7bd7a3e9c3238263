Attribute VB_Name = "TcdbAsync"
' TcdbAsync.bas - asks TencentDB for MySQL what became of an asynchronous task, or waits for its end. For VBA 7 (Office 2010
' and later), 32 and 64 bits. tcdb_async.dll of Office's own width has to be where Windows looks: next to the workbook's
' program, or in a folder of PATH.
'
'   Debug.Print TcdbStatus("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", "ap-guangzhou")
'   Debug.Print TcdbWait("f96e4f3c-8fc96c86-2ec79ac8-cb63a7a7", "ap-guangzhou", 600)
'
' Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN, of the
' environment that Office was started with. What fails raises an error with the library's message.
Option Explicit

' Objects and borrowed texts are addresses. Texts go in as the first byte of a UTF-8 array that ends with 0.
Private Declare PtrSafe Function tcdb_abi_version Lib "tcdb_async.dll" () As Long
Private Declare PtrSafe Function tcdb_code_name Lib "tcdb_async.dll" (ByVal code As Long) As LongPtr
Private Declare PtrSafe Function tcdb_credentials_env Lib "tcdb_async.dll" (ByRef out As LongPtr, ByRef failure As LongPtr) As Long
Private Declare PtrSafe Sub tcdb_credentials_free Lib "tcdb_async.dll" (ByVal credentials As LongPtr)
Private Declare PtrSafe Function tcdb_client_new Lib "tcdb_async.dll" (ByVal credentials As LongPtr, ByRef region As Byte, ByVal options As LongPtr, ByRef out As LongPtr, ByRef failure As LongPtr) As Long
Private Declare PtrSafe Sub tcdb_client_free Lib "tcdb_async.dll" (ByVal client As LongPtr)
Private Declare PtrSafe Function tcdb_query Lib "tcdb_async.dll" (ByVal client As LongPtr, ByRef async_request_id As Byte, ByRef out As LongPtr, ByRef failure As LongPtr) As Long
' A Currency has 64 bits and counts ten-thousandths: 0.0001 is one millisecond, on 32 bits too.
Private Declare PtrSafe Function tcdb_wait Lib "tcdb_async.dll" (ByVal client As LongPtr, ByRef async_request_id As Byte, ByVal timeout_ms As Currency, ByRef out As LongPtr, ByRef failure As LongPtr) As Long
Private Declare PtrSafe Function tcdb_result_status_text Lib "tcdb_async.dll" (ByVal result As LongPtr) As LongPtr
Private Declare PtrSafe Sub tcdb_result_free Lib "tcdb_async.dll" (ByVal result As LongPtr)
Private Declare PtrSafe Function tcdb_error_message Lib "tcdb_async.dll" (ByVal failure As LongPtr) As LongPtr
Private Declare PtrSafe Sub tcdb_error_free Lib "tcdb_async.dll" (ByVal failure As LongPtr)

Private Declare PtrSafe Function lstrlenA Lib "kernel32" (ByVal text As LongPtr) As Long
Private Declare PtrSafe Function MultiByteToWideChar Lib "kernel32" (ByVal page As Long, ByVal flags As Long, ByVal text As LongPtr, ByVal length As Long, ByVal wide As LongPtr, ByVal room As Long) As Long
Private Declare PtrSafe Function WideCharToMultiByte Lib "kernel32" (ByVal page As Long, ByVal flags As Long, ByVal wide As LongPtr, ByVal length As Long, ByVal text As LongPtr, ByVal room As Long, ByVal unused As LongPtr, ByVal unused2 As LongPtr) As Long
Private Const UTF8 As Long = 65001

' The status as the API says it: "SUCCESS", "RUNNING", ...
Public Function TcdbStatus(ByVal asyncRequestId As String, ByVal region As String) As String
    TcdbStatus = Asked(asyncRequestId, region, -1)
End Function

' Waits until the task has ended, that many seconds at most; Office does not react meanwhile.
Public Function TcdbWait(ByVal asyncRequestId As String, ByVal region As String, ByVal seconds As Long) As String
    TcdbWait = Asked(asyncRequestId, region, seconds)
End Function

Private Function Asked(ByVal asyncRequestId As String, ByVal region As String, ByVal seconds As Long) As String
    Dim client As LongPtr, result As LongPtr, failure As LongPtr, code As Long, id() As Byte
    client = NewClient(region)
    id = Utf8Of(asyncRequestId)
    If seconds < 0 Then
        code = tcdb_query(client, id(0), result, failure)
    Else
        code = tcdb_wait(client, id(0), CCur(seconds) / 10, result, failure)
    End If
    tcdb_client_free client
    Check code, failure
    Asked = TextAt(tcdb_result_status_text(result))
    tcdb_result_free result
End Function

Private Function NewClient(ByVal region As String) As LongPtr
    Dim credentials As LongPtr, failure As LongPtr, code As Long, name() As Byte
    If tcdb_abi_version() \ 65536 <> 0 Then Err.Raise vbObjectError, "tcdb_async", "tcdb_async.dll has another ABI than 0"
    Check tcdb_credentials_env(credentials, failure), failure
    name = Utf8Of(region)
    ' The client keeps what it needs of the credentials.
    code = tcdb_client_new(credentials, name(0), 0, NewClient, failure)
    tcdb_credentials_free credentials
    Check code, failure
End Function

' Raises what the library says, and frees its error.
Private Sub Check(ByVal code As Long, ByVal failure As LongPtr)
    Dim message As String
    If code = 0 Then Exit Sub
    message = TextAt(tcdb_code_name(code)) & ": " & TextAt(tcdb_error_message(failure))
    tcdb_error_free failure
    Err.Raise vbObjectError + code, "tcdb_async", message
End Sub

Private Function TextAt(ByVal address As LongPtr) As String
    Dim length As Long
    If address = 0 Then Exit Function
    length = MultiByteToWideChar(UTF8, 0, address, lstrlenA(address), 0, 0)
    TextAt = String$(length, vbNullChar)
    MultiByteToWideChar UTF8, 0, address, lstrlenA(address), StrPtr(TextAt), length
End Function

Private Function Utf8Of(ByVal text As String) As Byte()
    Dim bytes() As Byte, length As Long
    length = WideCharToMultiByte(UTF8, 0, StrPtr(text), Len(text), 0, 0, 0, 0)
    ReDim bytes(0 To length)
    If length > 0 Then WideCharToMultiByte UTF8, 0, StrPtr(text), Len(text), VarPtr(bytes(0)), length, 0, 0
    Utf8Of = bytes
End Function
