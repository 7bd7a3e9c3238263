# Credentials in processes of their own, and against the vendor's tools.
TEST_CHECKS += check-credentials
PROVE_CHECKS += check-vendor-profiles
CREDENTIALS_PROGRAMS := $(addprefix target/debug/,secret_scan credentials_fork credentials_places)

.PHONY: check-credentials check-vendor-profiles
$(CREDENTIALS_PROGRAMS): target/debug/%: tests/c/%.c include/tcdb_async.h $(LIB)
	$(CC) -std=gnu99 $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(LIB) -lpthread -Wl,-rpath,'$$ORIGIN'

check-credentials: build $(CREDENTIALS_PROGRAMS)
	$(PYTHON) tests/credentials/check.py target/debug target/debug/tcdb-mock-server

check-vendor-profiles: build target/debug/credentials_places ## Read the profiles that the vendor's tools write and read
	$(PYTHON) tests/credentials/vendor.py target/debug target/debug/tcdb-mock-server
