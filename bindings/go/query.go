// Query asks what became of one async request, by cgo.
//
// Build: CGO_CFLAGS="$(pkg-config --cflags tcdb_async)" CGO_LDFLAGS="$(pkg-config --libs tcdb_async)" go build -o query .
// Run:   TENCENTCLOUD_REGION=ap-guangzhou ./query ID
// Credentials: TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and, for temporary ones, TENCENTCLOUD_TOKEN.
// This program's own: TENCENTCLOUD_REGION; TCDB_ENDPOINT (host[:port]) and TCDB_CA_FILE (PEM) go before the defaults.
package main

// cgo reads the header itself: nothing has to be declared a second time.

// #include <stdlib.h>
// #include "tcdb_async.h"
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

const (
	succeeded = iota
	endedBadly
	usage
	network
	refused
	timeOver
	notEnded
)

// A failure is an error that knows the exit code it stands for.
type failure struct {
	exitCode int
	text     string
}

func (f *failure) Error() string { return f.text }

// failed makes a Go error of the library's, and frees that one.
func failed(code C.tcdb_code, cause *C.tcdb_error) error {
	defer C.tcdb_error_free(cause)
	text := C.GoString(C.tcdb_code_name(code)) + ": " + C.GoString(C.tcdb_error_message(cause))
	switch {
	case code == C.TCDB_ERR_INVALID_ARGUMENT || code == C.TCDB_ERR_CREDENTIALS:
		return &failure{usage, text}
	case code == C.TCDB_ERR_WAIT_TIMEOUT || code == C.TCDB_ERR_REQUEST_TIMEOUT:
		return &failure{timeOver, text}
	case code >= C.TCDB_ERR_AUTH: // from here on the API itself refuses
		return &failure{refused, text}
	}
	return &failure{network, text}
}

// fromEnv is a variable's value as a C string, to be freed by C.free; nil, that is NULL, if it is unset.
func fromEnv(name string) *C.char {
	value, isSet := os.LookupEnv(name)
	if !isSet {
		return nil
	}
	return C.CString(value)
}

func newClient() (*C.tcdb_client, error) {
	endpoint, caFile, region := fromEnv("TCDB_ENDPOINT"), fromEnv("TCDB_CA_FILE"), fromEnv("TENCENTCLOUD_REGION")
	defer C.free(unsafe.Pointer(endpoint))
	defer C.free(unsafe.Pointer(caFile))
	defer C.free(unsafe.Pointer(region))

	options := C.tcdb_options_new()
	defer C.tcdb_options_free(options)
	C.tcdb_options_set_endpoint(options, endpoint)
	C.tcdb_options_set_ca_file(options, caFile)

	var cause *C.tcdb_error
	var credentials *C.tcdb_credentials
	if code := C.tcdb_credentials_env(&credentials, &cause); code != C.TCDB_OK {
		return nil, failed(code, cause)
	}
	defer C.tcdb_credentials_free(credentials) // the client keeps what it needs of it

	var client *C.tcdb_client
	if code := C.tcdb_client_new(credentials, region, options, &client, &cause); code != C.TCDB_OK {
		return nil, failed(code, cause)
	}
	return client, nil
}

// text copies a C string; "(none)" for NULL.
func text(lent *C.char) string {
	if lent == nil {
		return "(none)"
	}
	return C.GoString(lent)
}

func show(result *C.tcdb_result) int {
	status := text(C.tcdb_result_status_text(result))
	if status == "" {
		status = "(none)"
	}
	info := "(none)"
	if lent := C.tcdb_result_info(result); lent != nil {
		info = C.GoStringN(lent, C.int(C.tcdb_result_info_len(result))) // may hold a NUL
	}
	fmt.Printf("status: %s\ninfo: %s\nrequest_id: %s\n", status, info, text(C.tcdb_result_request_id(result)))

	switch {
	case C.tcdb_status_is_success(C.tcdb_result_status(result)) == 1:
		return succeeded
	case C.tcdb_status_is_terminal(C.tcdb_result_status(result)) == 1:
		return endedBadly
	}
	return notEnded
}

func run() (int, error) {
	if abi := C.tcdb_abi_version(); abi>>16 != C.TCDB_VERSION_MAJOR || abi&0xffff < C.TCDB_ABI_VERSION&0xffff {
		return 0, &failure{usage, fmt.Sprintf("libtcdb_async has ABI %d.%d, this program needs %d.%d",
			abi>>16, abi&0xffff, C.TCDB_ABI_VERSION>>16, C.TCDB_ABI_VERSION&0xffff)}
	}
	if len(os.Args) != 2 {
		return 0, &failure{usage, "usage: query ASYNC_REQUEST_ID"}
	}
	client, err := newClient()
	if err != nil {
		return 0, err
	}
	defer C.tcdb_client_free(client)

	id := C.CString(os.Args[1])
	defer C.free(unsafe.Pointer(id))
	var result *C.tcdb_result
	var cause *C.tcdb_error
	if code := C.tcdb_query(client, id, &result, &cause); code != C.TCDB_OK {
		return 0, failed(code, cause)
	}
	defer C.tcdb_result_free(result)
	return show(result), nil
}

func main() {
	exitCode, err := run() // os.Exit runs no deferred call, so these have run by now
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		exitCode = err.(*failure).exitCode
	}
	os.Exit(exitCode)
}
