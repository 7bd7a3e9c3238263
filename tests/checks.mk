# Every check of the project. A check is a target named check-NAME; `make test` runs TEST_CHECKS (minutes, with nothing
# but cargo, a C compiler and Python 3), `make prove` runs PROVE_CHECKS too. CONTRIBUTING.md says how to add one.
TEST_CHECKS := check-rust \
  check-query-program check-wait-program check-bad-input check-processes check-wait-signals check-credentials \
  check-header-modes check-symbols check-vectors check-dlopen check-request-wiped check-python
PROVE_CHECKS := check-loom check-long-waits check-cut-network check-threads check-panics check-memory \
  check-vendor-sdk check-vendor-cli check-vendor-profiles check-real-parts \
  check-header-modes-all check-linking check-own-http check-abi check-tarball check-packages check-debian \
  check-python-all check-python-types check-python-long check-wheel check-languages \
  check-fuzz check-bench check-supply-chain check-reproducible check-coverage
.PHONY: $(TEST_CHECKS) $(PROVE_CHECKS) list-checks

list-checks:
	@echo test: $(TEST_CHECKS); echo prove: $(PROVE_CHECKS)

# --- Rust ------------------------------------------------------------------------------------------------------------
.PHONY: faults waiting-table
check-rust: build
	$(CARGO) test --workspace --no-fail-fast

check-loom: ## Run the models of what threads share through every interleaving
	$(CARGO) test --manifest-path tests/loom/Cargo.toml --target-dir target/loom

# All at once: they sleep for most of their minute.
check-long-waits: build
	$(CARGO) test --test c_api -- --ignored --nocapture --test-threads 4 wait_many away_for_ten_seconds

check-cut-network: build
	@tests/c_api/cut_network.sh "$$($(CARGO) test --test c_api --no-run --message-format=json 2>/dev/null | \
	  $(PYTHON) -c 'import json, sys; print([m["executable"] for m in map(json.loads, sys.stdin) if m.get("executable")][-1])')"

faults: ## Write docs/faults.md: every misbehaviour in every phase
	TCDB_WRITE_FAULTS=1 $(CARGO) test -q --test c_api no_cell_of_the_fault_table_changes_unseen

waiting-table: ## Print the table of docs/waiting.md: how soon the end of a task is seen
	$(CARGO) test --test models -- --ignored --nocapture table_of_the_simulation

# --- C programs ------------------------------------------------------------------------------------------------------
# Those of tests/programs and the examples, and the checks in Python that run them.
PROGRAMS := target/programs
LINKED_TO_DEBUG = $(LIB) -Wl,-rpath,$(CURDIR)/target/debug
MOCK_SERVER := target/debug/tcdb-mock-server

target/debug/query target/debug/wait: target/debug/%: examples-c/%.c examples-c/command_line.h include/tcdb_async.h $(LIB)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(LIB) -Wl,-rpath,'$$ORIGIN'

$(PROGRAMS)/%.so: tests/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -shared -fPIC -o $@ $< -ldl -pthread

$(PROGRAMS)/%: tests/programs/%.c tests/programs/asking.h include/tcdb_async.h $(LIB)
	@mkdir -p $(@D)
	$(CC) -std=gnu99 $(CFLAGS) $(STRICT) -Wno-unused-function -Iinclude -o $@ $< $(LINKED_TO_DEBUG) -ldl -pthread

check-query-program: build target/debug/query
	$(PYTHON) tests/programs/test_query_program.py target/debug/query $(MOCK_SERVER)

check-wait-program: build target/debug/wait
	$(PYTHON) tests/programs/test_wait_program.py target/debug/wait $(MOCK_SERVER)

check-bad-input: build
	$(PYTHON) tests/programs/test_bad_input.py $(LIB) include/tcdb_async.h $(MOCK_SERVER)

check-processes: build $(addprefix $(PROGRAMS)/,forks signals descriptors threads lookups bounds slow_lookup.so no_sigpipe.so)
	$(PYTHON) tests/programs/test_processes.py $(PROGRAMS) $(MOCK_SERVER)

check-wait-signals: build $(PROGRAMS)/wait_signals $(PROGRAMS)/slow_lookup.so
	$(PYTHON) tests/programs/test_wait_signals.py $(PROGRAMS) $(MOCK_SERVER)

check-credentials: build $(addprefix $(PROGRAMS)/,secret_scan credentials_fork credentials_places)
	$(PYTHON) tests/programs/test_credentials.py $(PROGRAMS) $(MOCK_SERVER)

# check-memory runs it again under the sanitizers.
STORM_SECONDS ?= 3
check-threads: build $(PROGRAMS)/storm # 64 of them, everything at once
	$(PYTHON) tests/programs/test_storm.py $(PROGRAMS)/storm $(MOCK_SERVER) $(STORM_SECONDS)

# --- memory and panics -----------------------------------------------------------------------------------------------
PROOF_HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
# Under AddressSanitizer, with the hook for panics; the library alone, for its own target, so that cargo's build scripts
# are left as they are.
SANITIZED := target/asan/$(PROOF_HOST)/debug

.PHONY: check-memory-sanitizers check-memory-memcheck
$(SANITIZED)/libtcdb_async.so: $(SOURCES)
	RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer' \
	  $(CARGO) build --lib --features panic-test --target $(PROOF_HOST) --target-dir target/asan
	@touch $@

check-memory: check-memory-sanitizers check-memory-memcheck

check-memory-sanitizers: build $(SANITIZED)/libtcdb_async.so # every C program, and bugs seeded to see that they are found
	$(PYTHON) tests/programs/memory/seeded_bugs.py sanitized $(SANITIZED)
	$(PYTHON) tests/proofs/mirror.py sanitized $(SANITIZED)

check-memory-memcheck: build # the first runs of every C program, over plain HTTP
	@command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit 77; }
	$(PYTHON) tests/programs/memory/seeded_bugs.py memcheck target/debug
	$(PYTHON) tests/proofs/mirror.py memcheck target/debug

check-panics: build $(SANITIZED)/libtcdb_async.so # one inside every function of the header
	$(PYTHON) tests/programs/test_panics.py $(SANITIZED)/libtcdb_async.so include/tcdb_async.h $(MOCK_SERVER)

# --- other programs: the vendor's, and real servers ------------------------------------------------------------------
check-vendor-sdk: build
	$(PYTHON) tests/interop/test_vendor_sdk.py

check-vendor-cli: build ## Ask the mock server through the vendor's command line, --waiter and STS included
	$(PYTHON) tests/interop/test_vendor_cli.py $(MOCK_SERVER)

check-vendor-profiles: build $(PROGRAMS)/credentials_places ## Read the profiles that the vendor's tools write and read
	$(PYTHON) tests/interop/test_vendor_profiles.py $(PROGRAMS) $(MOCK_SERVER)

check-real-parts: build target/debug/query
	$(PYTHON) tests/interop/test_real_parts.py target/debug/query $(MOCK_SERVER)

# --- header, linking, ABI --------------------------------------------------------------------------------------------
.PHONY: abi-baseline
check-header-modes: # with the compilers there are
	$(PYTHON) tests/linking/header_modes.py tcdb_async.h

check-header-modes-all:
	$(PYTHON) tests/linking/header_modes.py tcdb_async.h --need-both
	$(PYTHON) tests/linking/header_modes.py tcdb_async.hpp --need-both

check-symbols: $(LIB)
	$(PYTHON) tests/linking/symbols.py $(LIB)

check-vectors: $(LIB)
	$(PYTHON) tests/linking/vectors.py $(LIB)

target/linking/%: tests/linking/%.c include/tcdb_async.h $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(if $(filter dlopen,$*),-ldl -pthread,$(LINKED_TO_DEBUG))

check-dlopen: build target/linking/dlopen
	$(PYTHON) tests/linking/with_endpoint.py target/linking/dlopen $(LIB) {http}

check-request-wiped: target/linking/request_wiped
	target/linking/request_wiped

# From a clean checkout, so the release build there is the only one that this needs.
check-linking: build
	$(PYTHON) tests/linking/clean_install.py
	$(PYTHON) tests/linking/elf_facts.py target/linking/checkout/target/release/libtcdb_async.so
	$(PYTHON) tests/linking/symbols.py target/linking/checkout/target/release/libtcdb_async.so target/linking/checkout/target/payload/lib/libtcdb_async.a
	$(PYTHON) tests/linking/consumers.py sh target/linking/checkout/target/payload/install.sh

check-own-http: build
	@echo '#include <curl/curl.h>' | $(CC) -E - >/dev/null 2>&1 || { echo "skipped: libcurl's headers are not installed"; exit 77; }
	@mkdir -p target/linking
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o target/linking/own_http examples-c/own_http.c $(LINKED_TO_DEBUG) -lcurl
	$(PYTHON) tests/linking/own_http.py target/linking/own_http

check-abi: build
	@command -v abidw abidiff >/dev/null || { echo "skipped: abigail-tools is not installed"; exit 77; }
	$(PYTHON) tests/abi/check.py $(LIB)

check-tarball: build target/$(DIST_NAME).tar.gz
	$(PYTHON) tests/linking/tarball.py target/$(DIST_NAME).tar.gz

abi-baseline: $(LIB) ## Make today's header and library the ABI's baseline (docs/abi.md says when)
	$(PYTHON) tests/abi/check.py --write $(LIB)

# --- packages --------------------------------------------------------------------------------------------------------
PACKAGE_TOOLS := target/package-tools
$(PACKAGE_TOOLS)/made:
	rm -rf $(PACKAGE_TOOLS)
	$(PYTHON) -m venv $(PACKAGE_TOOLS)
	$(PACKAGE_TOOLS)/bin/pip install -q --disable-pip-version-check conan==2.34.0
	touch $@

# The project as CMake and Conan take it, and the image.
check-packages: build payload $(PACKAGE_TOOLS)/made
	$(PYTHON) tests/packages/test_cmake.py target
	$(PYTHON) tests/packages/test_conan.py $(PACKAGE_TOOLS)/bin/conan
	$(PYTHON) tests/packages/test_container.py target/payload/lib/libtcdb_async.a

check-debian: build payload
	$(PYTHON) tests/packages/test_debian.py target/payload

# --- other languages -------------------------------------------------------------------------------------------------
check-python: build
	$(PY_SUITE) $(PYTHON) -W error::ResourceWarning $(PY)/tests/run_suite.py

check-python-all: build
	$(PY_SUITE) $(PYTHON) $(PY)/tests/interpreters.py

# 200,000 calls: what is alive and what is resident stay.
check-python-long: build release
	$(PY_SUITE) TCDB_ASYNC_LIBRARY=$(CURDIR)/target/release/libtcdb_async.so TCDB_LONG_RUN_CALLS=200000 $(PYTHON) $(PY)/tests/run_suite.py test_close.Leaks

check-python-types: build $(PY_TOOLS)/made
	$(PY_SUITE) $(PY_TOOLS)/bin/python $(PY)/tests/check_signatures.py include/tcdb_async.h
	$(PYTHON) $(PY)/tests/check_types.py $(PY_TOOLS) target/debug/libtcdb_async.so

check-wheel: wheel release $(MOCK_SERVER)
	$(PYTHON) $(PY)/tests/check_wheel.py $(PY_TOOLS) target/wheels $(MOCK_SERVER)

check-languages: build ## Build and run the example of every language
	$(PYTHON) bindings/check.py

# --- fuzzing ---------------------------------------------------------------------------------------------------------
# The targets of fuzz/Cargo.toml, built as cargo-fuzz builds them, without cargo-fuzz (which works as well).
FUZZ_PROGRAMS := target/fuzz/$(PROOF_HOST)/release
FUZZ_SECONDS ?= 8
# Executions of the long run; the parsers are a hundred times as quick as a call over a connection.
FUZZ_LONG ?= response=4000000 endpoint_url=8000000 proxy_url=5000000 profile=2000000 metadata=2000000 \
  http_reply=300000 proxy_reply=300000 tls_reply=300000 calls=300000

.PHONY: fuzz fuzz-programs
fuzz-programs:
	fuzz/build.sh $(CURDIR)/target/fuzz

check-fuzz: fuzz-programs # each target for some seconds
	$(PYTHON) fuzz/run.py $(FUZZ_PROGRAMS) --seconds $(FUZZ_SECONDS)

fuzz: fuzz-programs ## Fuzz for long: over 20 million executions (an hour or two)
	$(PYTHON) fuzz/run.py $(FUZZ_PROGRAMS) --runs $(FUZZ_LONG)

# --- speed -----------------------------------------------------------------------------------------------------------
# `make bench BENCH=--help` lists the choices; SVG=docs/bench.svg renews what README shows.
BENCH ?=
SVG ?= target/bench.svg

.PHONY: bench bench-waiting
bench: $(RELEASE_LIB) ## Measure a query beside libcurl and the vendor's SDKs (BENCH=--rt as root: steadier; --quick)
	$(PYTHON) benches/bench.py $(RELEASE_LIB) --svg $(SVG) $(BENCH)

# Counts alone, which do not depend on who else uses the machine.
check-bench: $(RELEASE_LIB)
	$(PYTHON) benches/bench.py $(RELEASE_LIB) --check

target/release/bench_waiting: benches/waiting/waiting.c include/tcdb_async.h $(RELEASE_LIB)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(RELEASE_LIB) -Wl,-rpath,'$$ORIGIN' -pthread

bench-waiting: target/release/bench_waiting build ## What waiting costs: bytes a waiter, CPU, cancel to return
	@$(PYTHON) benches/waiting/waiting.py $< $(MOCK_SERVER) --check

# --- what is shipped -------------------------------------------------------------------------------------------------
check-supply-chain: # licences, and no crate twice
	$(PYTHON) tests/proofs/supply_chain.py

check-reproducible: release # from two folders, bit for bit the same
	tests/proofs/reproducible.sh target/release/libtcdb_async.so target/release/libtcdb_async.a

check-coverage: build
	$(PYTHON) tests/proofs/coverage.py
