TEST_CHECKS += check-bad-input
PROVE_CHECKS += check-vendor-sdk

.PHONY: check-bad-input check-vendor-sdk
check-bad-input: build
	$(PYTHON) tests/bad_input.py $(LIB) include/tcdb_async.h target/debug/tcdb-endpoint

check-vendor-sdk: build
	$(PYTHON) tests/endpoint/vendor_sdk.py
