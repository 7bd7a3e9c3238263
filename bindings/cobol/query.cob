*> query.cob - reports what became of one async request; with SECONDS, waits for its end, at most that long. In GnuCOBOL.
*>
*> Build: cobc -x -free -fstatic-call query.cob -ltcdb_async
*> Run:   TENCENTCLOUD_REGION=ap-guangzhou ./query ID [SECONDS]
*> Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
*> TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.
*> To copy into a program: working-storage, borrowed-text, and the paragraphs from make-client on.
identification division.
program-id. query-task.

data division.
working-storage section.
*> What a call takes and gives: objects are pointers, int32_t is binary-long, size_t is binary-double unsigned.
01 objects.
   05 opts          usage pointer value null.
   05 credentials   usage pointer value null.
   05 client        usage pointer value null.
   05 waiter        usage pointer value null.
   05 answer        usage pointer value null.
   05 failure       usage pointer value null.
01 abi              usage binary-long unsigned.
01 abi-major        usage binary-long unsigned.
01 abi-minor        usage binary-long unsigned.
01 return-value     usage binary-long.
   88 ok            value 0.
   88 bad-usage     value 1 5.
   88 time-is-over  value 4 23.
   88 refused       value 41 thru 2147483647.
01 task-status      usage binary-long.
01 yes              usage binary-long.
01 argument-count   usage binary-long.
01 wait-ms          usage binary-double unsigned.
01 borrowed             usage pointer.
01 borrowed-length      usage binary-double unsigned.

*> Texts handed over end in x"00".
01 given            pic x(4096).
01 async-request-id pic x(4097).
01 endpoint         pic x(4097).
01 ca-file          pic x(4097).
01 region           pic x(4097).
01 endpoint-at      usage pointer value null.
01 ca-file-at       usage pointer value null.
01 region-at        usage pointer value null.

01 label-text       pic x(12).
01 number-1         pic z(9)9.
01 number-2         pic z(9)9.
01 exit-code        usage binary-long.

linkage section.
*> A window on a borrowed text: a reply has at most one MiB. Only what was measured may be looked at.
01 borrowed-text        pic x(1048576).

procedure division.
main-line.
    perform check-abi
    perform read-arguments
    perform make-client
    if argument-count = 2 perform wait-until-ended else perform ask end-if
    perform show-answer
    perform free-all
    move exit-code to return-code
    stop run.

check-abi.
    call "tcdb_abi_version" returning abi
    divide abi by 65536 giving abi-major remainder abi-minor
    if abi-major not = 0 or abi-minor < 1
        move abi-major to number-1
        move abi-minor to number-2
        display "libtcdb_async has ABI " function trim(number-1) "." function trim(number-2)
            ", this program needs 0.1" upon syserr
        move 2 to return-code
        stop run
    end-if.

read-arguments.
    accept argument-count from argument-number
    if argument-count < 1 or argument-count > 2 perform usage-and-end end-if
    accept given from argument-value
    string function trim(given trailing) x"00" delimited by size into async-request-id
    if argument-count = 2
        accept given from argument-value
        if given = spaces or function trim(given) is not numeric or given(10:) not = spaces
            perform usage-and-end
        end-if
        compute wait-ms = function numval(given) * 1000
    end-if.

usage-and-end.
    display "usage: query ASYNC_REQUEST_ID [SECONDS]" upon syserr
    move 2 to return-code
    stop run.

make-client.
    *> An unset variable stays a null pointer: the default.
    move spaces to given
    accept given from environment "TCDB_ASYNC_ENDPOINT"
        not on exception
            string function trim(given trailing) x"00" delimited by size into endpoint
            set endpoint-at to address of endpoint
    end-accept
    move spaces to given
    accept given from environment "TCDB_ASYNC_CA_FILE"
        not on exception
            string function trim(given trailing) x"00" delimited by size into ca-file
            set ca-file-at to address of ca-file
    end-accept
    move spaces to given
    accept given from environment "TENCENTCLOUD_REGION"
        not on exception
            string function trim(given trailing) x"00" delimited by size into region
            set region-at to address of region
    end-accept

    call "tcdb_options_new" returning opts
    call "tcdb_options_set_endpoint" using by value opts endpoint-at returning nothing
    call "tcdb_options_set_ca_file" using by value opts ca-file-at returning nothing
    call "tcdb_credentials_env" using by reference credentials failure returning return-value
    if not ok perform fail end-if
    call "tcdb_client_new" using by value credentials region-at opts by reference client failure
        returning return-value
    if not ok perform fail end-if.

ask.
    call "tcdb_query" using by value client by reference async-request-id answer failure returning return-value
    if not ok perform fail end-if.

*> Step by step, a second of sleep at most in each: between two steps a program may do its other work.
wait-until-ended.
    call "tcdb_waiter_new" using by value client by reference async-request-id by value wait-ms
        by reference waiter failure returning return-value
    if not ok perform fail end-if
    perform until answer not = null
        call "tcdb_waiter_step" using by value waiter 1000 by reference answer failure returning return-value
        if not ok perform fail end-if
    end-perform.

show-answer.
    call "tcdb_result_status_text" using by value answer returning borrowed
    move "status: " to label-text
    perform measure
    if borrowed-length = 0 set borrowed to null end-if
    perform show-borrowed

    call "tcdb_result_info" using by value answer returning borrowed
    call "tcdb_result_info_len" using by value answer returning borrowed-length
    move "info: " to label-text
    perform show-borrowed

    call "tcdb_result_request_id" using by value answer returning borrowed
    move "request_id: " to label-text
    perform measure
    perform show-borrowed

    call "tcdb_result_status" using by value answer returning task-status
    move 6 to exit-code
    call "tcdb_status_is_terminal" using by value task-status returning yes
    if yes = 1 move 1 to exit-code end-if
    call "tcdb_status_is_success" using by value task-status returning yes
    if yes = 1 move 0 to exit-code end-if.

*> The length of the borrowed text, up to its x"00".
measure.
    move 0 to borrowed-length
    if borrowed not = null
        set address of borrowed-text to borrowed
        perform until borrowed-text(borrowed-length + 1:1) = x"00"
            add 1 to borrowed-length
        end-perform
    end-if.

*> One line: the label and borrowed-length bytes, which may hold an x"00"; "(none)" for null.
show-borrowed.
    evaluate true
        when borrowed = null
            display function trim(label-text trailing) " (none)"
        when borrowed-length = 0
            display function trim(label-text trailing) " "
        when other
            set address of borrowed-text to borrowed
            display function trim(label-text trailing) " " borrowed-text(1:borrowed-length)
    end-evaluate.

*> Says what the library says, frees everything and ends the program.
fail.
    call "tcdb_code_name" using by value return-value returning borrowed
    perform measure
    set address of borrowed-text to borrowed
    display borrowed-text(1:borrowed-length) ": " upon syserr with no advancing
    call "tcdb_error_message" using by value failure returning borrowed
    perform measure
    set address of borrowed-text to borrowed
    display borrowed-text(1:borrowed-length) upon syserr
    call "tcdb_error_free" using by value failure returning nothing
    perform free-all
    evaluate true
        when bad-usage move 2 to return-code
        when time-is-over move 5 to return-code
        when refused move 4 to return-code
        when other move 3 to return-code
    end-evaluate
    stop run.

*> Null may be freed.
free-all.
    call "tcdb_result_free" using by value answer returning nothing
    call "tcdb_waiter_free" using by value waiter returning nothing
    call "tcdb_client_free" using by value client returning nothing
    call "tcdb_credentials_free" using by value credentials returning nothing
    call "tcdb_options_free" using by value opts returning nothing.
