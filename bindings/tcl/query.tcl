# query.tcl - reports what became of one async request; with SECONDS, waits for its end, at most that long. By critcl, which
# compiles the C parts when the program first runs.
#
# Run:  TENCENTCLOUD_REGION=ap-guangzhou tclsh8.6 query.tcl ID [SECONDS]
# Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
# TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.
package require Tcl 8.6
package require critcl 3.1

# --- to copy into a package: from here to the next line like this --------------------------------------------------------
critcl::tcl 8.6 ;# without this line it compiles for Tcl 8.4 and crashes
critcl::clibraries -ltcdb_async
critcl::ccode {
    #include <string.h>
    #include "tcdb_async.h"

    /* A copy of UTF-8 as a Tcl string, a NUL inside included (Tcl keeps that one as two bytes). */
    static Tcl_Obj *text(const char *bytes, size_t length)
    {
        Tcl_Encoding utf8 = Tcl_GetEncoding(NULL, "utf-8");
        Tcl_DString copy;
        Tcl_Obj *object;
        Tcl_ExternalToUtfDString(utf8, bytes, (int)length, &copy);
        object = Tcl_NewStringObj(Tcl_DStringValue(&copy), Tcl_DStringLength(&copy));
        Tcl_DStringFree(&copy);
        Tcl_FreeEncoding(utf8);
        return object;
    }

    /* Makes a Tcl error of the library's, with `-errorcode {TCDB number name}`, and frees that one. */
    static int failed(Tcl_Interp *interp, tcdb_error *error)
    {
        tcdb_code code = tcdb_error_code(error);
        const char *message = tcdb_error_message(error);
        Tcl_Obj *words[3];
        words[0] = Tcl_NewStringObj("TCDB", -1);
        words[1] = Tcl_NewIntObj(code);
        words[2] = Tcl_NewStringObj(tcdb_code_name(code), -1);
        Tcl_SetObjErrorCode(interp, Tcl_NewListObj(3, words));
        Tcl_SetObjResult(interp, text(message, strlen(message)));
        tcdb_error_free(error);
        return TCL_ERROR;
    }

    /* Puts a member into the answer; NULL leaves it out. */
    static void put(Tcl_Obj *answer, const char *name, const char *bytes, size_t length)
    {
        if (bytes) Tcl_DictObjPut(NULL, answer, Tcl_NewStringObj(name, -1), text(bytes, length));
    }

    static tcdb_client *client_from_env(const char *region, const char *endpoint, const char *ca_file, tcdb_error **error)
    {
        tcdb_credentials *credentials = NULL;
        tcdb_client *client = NULL;
        tcdb_options *options = tcdb_options_new();
        tcdb_options_set_endpoint(options, endpoint);
        tcdb_options_set_ca_file(options, ca_file);
        if (tcdb_credentials_env(&credentials, error) == TCDB_OK)
            (void)tcdb_client_new(credentials, region, options, &client, error);
        /* The client keeps what it needs of both. */
        tcdb_credentials_free(credentials);
        tcdb_options_free(options);
        return client;
    }
}

# The ABI of the library that was loaded.
critcl::cproc tcdb::abi_version {} int {
    return (int)tcdb_abi_version();
}

# tcdb::ask ID REGION ENDPOINT CA_FILE SECONDS: a dictionary of status_text, info, request_id, success and terminal; what the
# API left out or said null for is not in it. An empty REGION, ENDPOINT or CA_FILE is the default. SECONDS below 0: one
# answer; else the answer of a task that has ended, waited for that long at most.
critcl::ccommand tcdb::ask {data interp objc objv} {
    const char *given[4];
    tcdb_client *client;
    tcdb_result *result = NULL;
    tcdb_error *error = NULL;
    Tcl_Obj *answer;
    const char *status_text, *info, *request_id;
    tcdb_status status;
    Tcl_WideInt seconds;
    int i;

    if (objc != 6 || Tcl_GetWideIntFromObj(interp, objv[5], &seconds) != TCL_OK) {
        Tcl_WrongNumArgs(interp, 1, objv, "id region endpoint ca_file seconds");
        return TCL_ERROR;
    }
    for (i = 0; i < 4; i++) {
        given[i] = Tcl_GetString(objv[i + 1]);
        if (i > 0 && !*given[i]) given[i] = NULL;
    }
    client = client_from_env(given[1], given[2], given[3], &error);
    if (!client) return failed(interp, error);
    if (seconds < 0) (void)tcdb_query(client, given[0], &result, &error);
    else (void)tcdb_wait(client, given[0], (uint64_t)seconds * 1000, &result, &error);
    tcdb_client_free(client);
    if (!result) return failed(interp, error);

    answer = Tcl_NewDictObj();
    status = tcdb_result_status(result);
    status_text = tcdb_result_status_text(result);
    info = tcdb_result_info(result);
    request_id = tcdb_result_request_id(result);
    put(answer, "status_text", status_text, strlen(status_text));
    put(answer, "info", info, tcdb_result_info_len(result));
    put(answer, "request_id", request_id, request_id ? strlen(request_id) : 0);
    Tcl_DictObjPut(NULL, answer, Tcl_NewStringObj("success", -1), Tcl_NewIntObj(tcdb_status_is_success(status)));
    Tcl_DictObjPut(NULL, answer, Tcl_NewStringObj("terminal", -1), Tcl_NewIntObj(tcdb_status_is_terminal(status)));
    tcdb_result_free(result);
    Tcl_SetObjResult(interp, answer);
    return TCL_OK;
}

# The header's folder and the library's, where they are not the compiler's own: TCDB_INCLUDE and TCDB_LIB.
if {[info exists env(TCDB_INCLUDE)]} { critcl::cheaders -I$env(TCDB_INCLUDE) }
if {[info exists env(TCDB_LIB)]} { critcl::clibraries -L$env(TCDB_LIB) }

# Compiles and loads what is above, once. What fails names the library's places.
namespace eval tcdb {}
proc tcdb::load {} {
    if {[catch {tcdb::abi_version} abi]} {
        set places [expr {[info exists ::env(LD_LIBRARY_PATH)] ? $::env(LD_LIBRARY_PATH) : "not set"}]
        set reason [lindex [split $abi \n] 0]
        error "load libtcdb_async.so.0: $reason; looked in LD_LIBRARY_PATH ($places) and the system's folders"
    }
    if {$abi >> 16 != 0 || ($abi & 0xffff) < 1} {
        error "libtcdb_async has ABI [expr {$abi >> 16}].[expr {$abi & 0xffff}], this program needs 0.1"
    }
}
# --- to copy: to here -----------------------------------------------------------------------------------------------------

lassign {0 1 2 3 4 5 6} SUCCEEDED TASK_FAILED USAGE NETWORK REFUSED TIMED_OUT NOT_ENDED

proc exit_code_of {code} {
    switch $code {
        1 - 5 { return $::USAGE }
        4 - 23 { return $::TIMED_OUT }
    }
    # AUTH and above: the API's own refusals.
    return [expr {$code >= 41 ? $::REFUSED : $::NETWORK}]
}

proc fail {exit_code text} {
    puts stderr $text
    exit $exit_code
}

proc from_env {name} {
    return [expr {[info exists ::env($name)] ? $::env($name) : ""}]
}

proc or_none {answer name} {
    return [expr {[dict exists $answer $name] ? [dict get $answer $name] : "(none)"}]
}

proc main {arguments} {
    if {[catch {tcdb::load} reason]} { fail $::USAGE $reason }
    lassign $arguments id seconds
    if {[llength $arguments] < 1 || [llength $arguments] > 2
            || ([llength $arguments] == 2 && ![regexp {^[0-9]{1,9}$} $seconds])} {
        fail $::USAGE "usage: query.tcl ASYNC_REQUEST_ID \[SECONDS\]"
    }
    if {[llength $arguments] == 1} { set seconds -1 } else { scan $seconds %d seconds }

    try {
        set answer [tcdb::ask $id [from_env TENCENTCLOUD_REGION] [from_env TCDB_ASYNC_ENDPOINT] [from_env TCDB_ASYNC_CA_FILE] $seconds]
    } trap TCDB {message details} {
        lassign [dict get $details -errorcode] _ code name
        fail [exit_code_of $code] "$name: $message"
    }

    set status_text [dict get $answer status_text]
    puts "status: [expr {$status_text eq "" ? "(none)" : $status_text}]"
    puts "info: [or_none $answer info]"
    puts "request_id: [or_none $answer request_id]"
    if {[dict get $answer success]} { exit $::SUCCEEDED }
    exit [expr {[dict get $answer terminal] ? $::TASK_FAILED : $::NOT_ENDED}]
}

# Whatever the locale.
fconfigure stdout -encoding utf-8
fconfigure stderr -encoding utf-8
main $argv
