TEST_CHECKS += check-bad-input
PROVE_CHECKS += check-vendor-sdk

.PHONY: check-bad-input check-vendor-sdk
check-bad-input: build
	$(PYTHON) tests/bad_input.py $(LIB) include/tcdb_async.h target/debug/tcdb-mock-server

check-vendor-sdk: build
	$(PYTHON) tests/mock-server/vendor_sdk.py
