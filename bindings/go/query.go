// Query reports what became of one async request; with SECONDS, it waits for its end, at most that long. By cgo.
//
// Build: CGO_CFLAGS="$(pkg-config --cflags tcdb_async)" CGO_LDFLAGS="$(pkg-config --libs tcdb_async)" go build -o query .
// Run:   TENCENTCLOUD_REGION=ap-guangzhou ./query ID [SECONDS]
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// TCDB_ASYNC_ENDPOINT (host[:port]) and TCDB_ASYNC_CA_FILE (PEM) override the defaults.
package main

// cgo reads the header itself: nothing has to be declared a second time.

// #include <stdlib.h>
// #include "tcdb_async.h"
import "C"

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"time"
	"unsafe"
)

// --- to copy into a package: from here to the next line like this -----------------------------------------------------

const (
	succeeded = iota
	taskFailed
	usage
	network
	refused
	timedOut
	notEnded
)

// Failure is an error that knows its exit code.
type Failure struct {
	ExitCode int
	Text     string
}

func (f *Failure) Error() string { return f.Text }

// Answer is what the API says of a task; nil for what it left out.
type Answer struct {
	StatusText          string
	Info, RequestID     *string
	IsSuccess, Terminal bool
}

// Client asks the API. Many goroutines may use one.
type Client struct{ client *C.tcdb_client }

// NewClient makes one; a nil is the default. Close frees it.
func NewClient(region, endpoint, caFile *string) (*Client, error) {
	cRegion, cEndpoint, cCaFile := orNull(region), orNull(endpoint), orNull(caFile)
	defer C.free(unsafe.Pointer(cRegion))
	defer C.free(unsafe.Pointer(cEndpoint))
	defer C.free(unsafe.Pointer(cCaFile))

	options := C.tcdb_options_new()
	defer C.tcdb_options_free(options)
	C.tcdb_options_set_endpoint(options, cEndpoint)
	C.tcdb_options_set_ca_file(options, cCaFile)

	var cause *C.tcdb_error
	var credentials *C.tcdb_credentials
	if code := C.tcdb_credentials_env(&credentials, &cause); code != C.TCDB_OK {
		return nil, failed(code, cause)
	}
	defer C.tcdb_credentials_free(credentials) // the client keeps what it needs of it

	var client *C.tcdb_client
	if code := C.tcdb_client_new(credentials, cRegion, options, &client, &cause); code != C.TCDB_OK {
		return nil, failed(code, cause)
	}
	return &Client{client}, nil
}

// Close frees the client.
func (c *Client) Close() { C.tcdb_client_free(c.client) }

// Query gets one answer, of a task that may go on.
func (c *Client) Query(id string) (*Answer, error) {
	cID := C.CString(id)
	defer C.free(unsafe.Pointer(cID))
	var result *C.tcdb_result
	var cause *C.tcdb_error
	if code := C.tcdb_query(c.client, cID, &result, &cause); code != C.TCDB_OK {
		return nil, failed(code, cause)
	}
	return take(result), nil
}

// Wait gets the answer of a task that has ended. It holds one OS thread.
func (c *Client) Wait(id string, timeout time.Duration) (*Answer, error) {
	cID := C.CString(id)
	defer C.free(unsafe.Pointer(cID))
	var result *C.tcdb_result
	var cause *C.tcdb_error
	if code := C.tcdb_wait(c.client, cID, C.uint64_t(timeout.Milliseconds()), &result, &cause); code != C.TCDB_OK {
		return nil, failed(code, cause)
	}
	return take(result), nil
}

// CheckABI compares the library in use with the header that this was compiled with.
func CheckABI() error {
	if abi := C.tcdb_abi_version(); abi>>16 != C.TCDB_VERSION_MAJOR || abi&0xffff < C.TCDB_ABI_VERSION&0xffff {
		return &Failure{usage, fmt.Sprintf("libtcdb_async has ABI %d.%d, this program needs %d.%d",
			abi>>16, abi&0xffff, C.TCDB_ABI_VERSION>>16, C.TCDB_ABI_VERSION&0xffff)}
	}
	return nil
}

// failed makes a Go error of the library's, and frees that one.
func failed(code C.tcdb_code, cause *C.tcdb_error) error {
	defer C.tcdb_error_free(cause)
	text := C.GoString(C.tcdb_code_name(code)) + ": " + C.GoString(C.tcdb_error_message(cause))
	switch {
	case code == C.TCDB_ERR_INVALID_ARGUMENT || code == C.TCDB_ERR_CREDENTIALS:
		return &Failure{usage, text}
	case code == C.TCDB_ERR_WAIT_TIMEOUT || code == C.TCDB_ERR_REQUEST_TIMEOUT:
		return &Failure{timedOut, text}
	case code >= C.TCDB_ERR_AUTH: // AUTH and above: the API's own refusals
		return &Failure{refused, text}
	}
	return &Failure{network, text}
}

// take copies what a result says, and frees it.
func take(result *C.tcdb_result) *Answer {
	defer C.tcdb_result_free(result)
	status := C.tcdb_result_status(result)
	answer := &Answer{
		StatusText: C.GoString(C.tcdb_result_status_text(result)),
		IsSuccess:  C.tcdb_status_is_success(status) == 1,
		Terminal:   C.tcdb_status_is_terminal(status) == 1,
	}
	if info := C.tcdb_result_info(result); info != nil {
		copied := C.GoStringN(info, C.int(C.tcdb_result_info_len(result))) // may hold a NUL
		answer.Info = &copied
	}
	if requestID := C.tcdb_result_request_id(result); requestID != nil {
		copied := C.GoString(requestID)
		answer.RequestID = &copied
	}
	return answer
}

// orNull is a C string, to be freed by C.free; NULL for nil.
func orNull(text *string) *C.char {
	if text == nil {
		return nil
	}
	return C.CString(*text)
}

// --- to copy: to here ---------------------------------------------------------------------------------------------------

// fromEnv is a variable's value; nil if it is unset.
func fromEnv(name string) *string {
	value, isSet := os.LookupEnv(name)
	if !isSet {
		return nil
	}
	return &value
}

func orNone(text *string) string {
	if text == nil {
		return "(none)"
	}
	return *text
}

func show(answer *Answer) int {
	status := &answer.StatusText
	if *status == "" {
		status = nil
	}
	fmt.Printf("status: %s\ninfo: %s\nrequest_id: %s\n", orNone(status), orNone(answer.Info), orNone(answer.RequestID))
	switch {
	case answer.IsSuccess:
		return succeeded
	case answer.Terminal:
		return taskFailed
	}
	return notEnded
}

func run(arguments []string) (int, error) {
	if err := CheckABI(); err != nil {
		return 0, err
	}
	isNumber := regexp.MustCompile(`^[0-9]{1,9}$`)
	if len(arguments) < 1 || len(arguments) > 2 || len(arguments) == 2 && !isNumber.MatchString(arguments[1]) {
		return 0, &Failure{usage, "usage: query ASYNC_REQUEST_ID [SECONDS]"}
	}
	client, err := NewClient(fromEnv("TENCENTCLOUD_REGION"), fromEnv("TCDB_ASYNC_ENDPOINT"), fromEnv("TCDB_ASYNC_CA_FILE"))
	if err != nil {
		return 0, err
	}
	defer client.Close()

	var answer *Answer
	if len(arguments) == 2 {
		seconds, _ := strconv.Atoi(arguments[1]) // nine digits
		answer, err = client.Wait(arguments[0], time.Duration(seconds)*time.Second)
	} else {
		answer, err = client.Query(arguments[0])
	}
	if err != nil {
		return 0, err
	}
	return show(answer), nil
}

func main() {
	exitCode, err := run(os.Args[1:]) // os.Exit runs no deferred call, so these have run by now
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		exitCode = err.(*Failure).ExitCode
	}
	os.Exit(exitCode)
}
