# How a query survives the field: models of what threads share, C programs that bend their own process, real servers.
TEST_CHECKS += check-processes
PROVE_CHECKS += check-loom check-real-parts

PROCESSES := target/debug/processes
PROCESS_PROGRAMS := $(addprefix $(PROCESSES)/,forks signals descriptors threads lookups bounds slow_lookup.so no_sigpipe.so)

$(PROCESSES)/%.so: tests/c/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -shared -fPIC -o $@ $< -ldl -pthread

$(PROCESSES)/%: tests/c/%.c tests/c/asking.h include/tcdb_async.h $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Wno-unused-function -Iinclude -o $@ $< $(LIB) -Wl,-rpath,'$$ORIGIN/..' -ldl -pthread

.PHONY: check-processes check-loom check-real-parts
check-processes: build $(PROCESS_PROGRAMS)
	$(PYTHON) tests/field/processes.py $(PROCESSES) target/debug/tcdb-mock-server

check-loom: ## Run the models of what threads share through every interleaving
	$(CARGO) test --manifest-path tests/loom/Cargo.toml --target-dir target/loom

check-real-parts: build target/debug/query
	$(PYTHON) tests/field/real_parts.py target/debug/query target/debug/tcdb-mock-server
