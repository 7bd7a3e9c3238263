# The example programs, as a user would build them, and the demonstration that runs them against the local endpoint.
TEST_CHECKS += check-query-program
DEMOS += demo-query demo-credentials

target/debug/query: examples-c/query.c include/tcdb_async.h $(LIB)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(LIB) -Wl,-rpath,'$$ORIGIN'

.PHONY: check-query-program demo-query demo-credentials
check-query-program: build target/debug/query
	$(PYTHON) tests/query_program.py target/debug/query target/debug/tcdb-endpoint

demo-query: build target/debug/query
	@$(PYTHON) examples-c/demo.py query

demo-credentials: build target/debug/query
	@$(PYTHON) examples-c/demo.py credentials

query: target/debug/query ## Ask the real API: make query ID=... REGION=... (credentials from the environment)
	@test -n "$(ID)" || { echo "make query ID=<async request id> [REGION=<region>]; credentials from TENCENTCLOUD_SECRET_ID and _KEY" >&2; exit 2; }
	target/debug/query $(if $(REGION),--region $(REGION)) $(ID)
