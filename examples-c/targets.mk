# The example programs, as a user would build them, and the demonstration that runs them against the mock server.
TEST_CHECKS += check-query-program check-wait-program
DEMOS += demo-query demo-wait demo-credentials

target/debug/query target/debug/wait: target/debug/%: examples-c/%.c examples-c/command_line.h include/tcdb_async.h $(LIB)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(LIB) -Wl,-rpath,'$$ORIGIN'

.PHONY: check-query-program check-wait-program demo-query demo-wait demo-credentials
check-query-program: build target/debug/query
	$(PYTHON) tests/query_program.py target/debug/query target/debug/tcdb-mock-server

check-wait-program: build target/debug/wait
	$(PYTHON) tests/wait_program.py target/debug/wait target/debug/tcdb-mock-server

demo-query: build target/debug/query
	@$(PYTHON) examples-c/demo.py query

demo-credentials: build target/debug/query
	@$(PYTHON) examples-c/demo.py credentials

demo-wait: build target/debug/wait
	@$(PYTHON) examples-c/demo.py wait

query: target/debug/query ## Ask the real API: make query ID=... REGION=... (credentials from the environment)
	@test -n "$(ID)" || { echo "make query ID=<async request id> [REGION=<region>]; credentials from TENCENTCLOUD_SECRET_ID and _KEY" >&2; exit 2; }
	target/debug/query $(if $(REGION),--region $(REGION)) $(ID)
