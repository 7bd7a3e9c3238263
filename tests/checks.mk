# Every check of the project. A check is a target named check-NAME; `make test` runs TEST_CHECKS (minutes, with nothing
# but cargo, a C compiler and Python 3), `make prove` runs PROVE_CHECKS too. CONTRIBUTING.md says how to add one.
TEST_CHECKS := check-checks check-words check-promises check-rust \
  check-query-program check-wait-program check-cli check-scripts check-bad-input check-processes check-wait-signals check-credentials check-stack \
  check-header-modes check-symbols check-vectors check-linked-programs check-python
PROVE_CHECKS := check-loom check-long-waits check-cut-network check-threads check-queues check-one-account check-panics check-taint check-soak \
  check-memory \
  check-vendor-sdk check-vendor-cli check-vendor-profiles check-differential check-real-parts \
  check-header-modes-all check-linking check-own-http check-wait-uv check-abi check-tarball check-debian check-packages check-site \
  check-python-all check-python-gevent check-python-types check-python-long check-wheel check-languages \
  check-declarations check-msrv check-linux-builds check-system-builds check-i686-tests check-emulated-tests check-fuzz check-bench check-bench-queue check-supply-chain check-reproducible check-mutants check-coverage
# Those that run at the same time as the others: they compile for most of their time, measure none, and build in folders that
# no other check builds in, or in which cargo lets one build wait for another. Of the first ones one takes what another has
# built; the others may run at the same time as any, and the lane that has no more takes them from its end of the list.
SECOND_LANE := check-loom check-header-modes-all check-linking check-tarball check-debian check-packages check-reproducible
EITHER_LANE := check-msrv check-linux-builds check-system-builds check-site check-python-types check-wheel check-declarations check-supply-chain check-mutants \
  check-emulated-tests check-i686-tests
COMMA := ,
EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
# Of names, as an option takes them.
joined = $(subst $(SPACE),$(COMMA),$(1))
.PHONY: $(TEST_CHECKS) $(PROVE_CHECKS) list-checks

list-checks:
	@echo test: $(TEST_CHECKS); echo prove: $(PROVE_CHECKS)

check-checks: # the machinery itself
	$(SUITE) tests/test_run.py

check-words: # no retired word in any text, and the list of messages is current
	$(SUITE) tests/words/test_words.py

.PHONY: messages
messages: ## Write docs/messages.md: every message of the library and of tcdb
	$(PYTHON) tests/words/messages.py

check-promises: # each sentence of the header and the documentation that promises something, and the tests that hold it
	$(SUITE) tests/promises/test_promises.py

.PHONY: promises
promises: ## Write tests/promises/promises.json: what the header and the documentation promise
	$(PYTHON) tests/promises/promises.py

# --- Rust ------------------------------------------------------------------------------------------------------------
.PHONY: faults mock-faults waiting-table
# Tests of the C API sleep for most of their time: with a thread a core they take three minutes on two cores.
check-rust: build
	RUST_TEST_THREADS=$(or $(RUST_TEST_THREADS),4) $(CARGO) test --workspace --no-fail-fast

check-loom: ## Run the models of what threads share through every interleaving
	RUSTFLAGS='--cfg loom' CARGO_PROFILE_DEV_OPT_LEVEL=1 $(CARGO) test --lib --target-dir target/loom models::

# All at once: they sleep for most of their minute.
check-long-waits: build
	$(CARGO) test --test c_api -- --ignored --nocapture --test-threads 4 wait_many away_for_ten_seconds

faults: ## Write docs/faults.md: every misbehaviour in every phase
	TCDB_WRITE_FAULTS=1 $(CARGO) test -q --test c_api no_cell_of_the_fault_table_changes_unseen

mock-faults: ## Write the fault table of tests/mock-server/README.md
	TCDB_WRITE_FAULTS=1 $(CARGO) test -q --package tcdb-mock-server --test readme

waiting-table: ## Print the table of docs/waiting.md: how soon the end of a task is seen
	$(CARGO) test --test models -- --ignored --nocapture table_of

# --- builds ----------------------------------------------------------------------------------------------------------
# BUILD=asan, memcheck or coverage chooses the compiler, its flags, the library that C programs are linked to, and what each
# run of one is wrapped in (tests/fixture.py). What a check does is written once.
BUILD ?= debug
HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
BUILT_debug := target/debug
BUILT_memcheck := target/debug
BUILT_asan := target/asan/$(HOST)/debug
BUILT_coverage := target/coverage/debug
BUILT := $(BUILT_$(BUILD))
BUILT_LIB := $(BUILT)/libtcdb_async.so.0
PROGRAMS := $(BUILT)/programs
SUITE = TCDB_BUILD=$(BUILD) TCDB_BUILT=$(BUILT) $(PYTHON) tests/suite.py
.PHONY: built
built: $(BUILT_LIB) $(MOCK_SERVER)

# Under AddressSanitizer, with the hook for panics; the library alone, for its own target, so that cargo's build scripts
# are left as they are.
$(BUILT_asan)/libtcdb_async.so.0: $(SOURCES)
	RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer' \
	  $(CARGO) build --lib --features panic-test --target $(HOST) --target-dir target/asan
	@ln -sf libtcdb_async.so $@ && touch -h $@

# --- C programs ------------------------------------------------------------------------------------------------------
# Those of tests/programs and the examples, and the checks in Python that run them. A program that a build cannot watch is
# built and linked as ever.
UNWATCHED := $(if $(filter asan,$(BUILD)),$(shell $(PYTHON) tests/programs/memory/watched.py $(BUILD)))
# clang's sanitizers are linked into the program, so that a preloaded library does not come before them.
CC_asan := $(shell command -v clang || echo gcc)
FLAGS_asan = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g \
  -DREPORTS='"$(CURDIR)/$(BUILT)/reports-asan"' -DPROGRAM='"$(@F)"' tests/programs/memory/always_on.c
LINK_PLAIN = $(LIB) -Wl,-rpath,$(CURDIR)/target/debug
LINK_BUILT = $(BUILT_LIB) -Wl,-rpath,'$$ORIGIN/..'
watched = $(if $(filter $(UNWATCHED),$(@F)),$(2),$(1))
COMPILE = $(call watched,$(or $(CC_$(BUILD)),$(CC)),$(CC)) $(CFLAGS) $(STRICT) -Wno-unused-function -Iinclude -o $@ $< \
  $(call watched,$(LINK_BUILT) $(FLAGS_$(BUILD)),$(LINK_PLAIN)) -ldl -pthread

$(PROGRAMS)/%.so: tests/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -shared -fPIC -o $@ $< -ldl -pthread

PROGRAM_NEEDS = include/tcdb_async.h $(LIB) $(BUILT_LIB) tests/programs/memory/always_on.c
$(PROGRAMS)/%: tests/programs/%.c tests/programs/asking.h tests/programs/replaced_wake.h tests/programs/scanning.h $(PROGRAM_NEEDS)
	@mkdir -p $(@D)
	$(COMPILE) $(LINKED)

$(PROGRAMS)/seeded_bugs: tests/programs/memory/seeded_bugs.c $(PROGRAM_NEEDS)
	@mkdir -p $(@D)
	$(COMPILE)

$(PROGRAMS)/differential: LINKED := -lcurl

$(PROGRAMS)/query $(PROGRAMS)/wait $(PROGRAMS)/own_http $(PROGRAMS)/wait_uv $(PROGRAMS)/credential_process: $(PROGRAMS)/%: examples-c/%.c examples-c/command_line.h $(PROGRAM_NEEDS)
	@mkdir -p $(@D)
	$(COMPILE) $(if $(filter own_http,$*),-lcurl) $(if $(filter wait_uv,$*),-luv)

target/debug/query target/debug/wait: target/debug/%: examples-c/%.c examples-c/command_line.h include/tcdb_async.h $(LIB)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(LIB) -Wl,-rpath,'$$ORIGIN'

check-query-program: built $(PROGRAMS)/query
	$(SUITE) tests/programs/test_query_program.py

check-wait-program: built $(PROGRAMS)/wait
	$(SUITE) tests/programs/test_wait_program.py

check-cli: $(MOCK_SERVER) $(TCDB) # tcdb: text and JSON, exit codes, pipes, terminals, full disks, signals, completions
	$(SUITE) tests/programs/test_tcdb.py tests/programs/test_tcdb_terminal.py tests/programs/test_tcdb_completions.py

check-scripts: build target/debug/query target/debug/wait # the commands that READMEs and guides print
	$(SUITE) tests/programs/test_scripts_page.py tests/programs/test_printed_commands.py

check-bad-input: built
	$(SUITE) tests/programs/test_bad_input.py

check-processes: built $(addprefix $(PROGRAMS)/,forks forks_amid forked endings closed signals descriptors threads lookups dead_address setenv_race bounds slow_lookup.so counted_getenv.so no_sigpipe.so)
	$(SUITE) tests/programs/test_processes.py

check-wait-signals: built $(PROGRAMS)/wait_signals $(PROGRAMS)/slow_lookup.so
	$(SUITE) tests/programs/test_wait_signals.py

check-stack: built $(PROGRAMS)/stack
	$(SUITE) tests/programs/test_stack.py

check-credentials: built $(addprefix $(PROGRAMS)/,secret_scan credentials_fork credentials_places callback_fork credential_process)
	$(SUITE) tests/programs/test_credentials.py tests/programs/test_credential_matrix.py tests/programs/test_credential_process.py

check-taint: built $(PROGRAMS)/taint # every secret is a marker, and none comes out (TAINT_REPLIES=100000 for long)
	$(SUITE) tests/programs/test_taint.py

STORM_SECONDS ?= 3
check-threads: built $(PROGRAMS)/storm # 64 of them, everything at once
	STORM_SECONDS=$(STORM_SECONDS) $(SUITE) tests/programs/test_storm.py

check-queues: built $(PROGRAMS)/queues # storm, fork and signals at a wait queue
	STORM_SECONDS=$(STORM_SECONDS) $(SUITE) tests/programs/test_queues.py

check-cut-network: built $(PROGRAMS)/cut_network $(PROGRAMS)/slow_lookup.so # in network namespaces of their own; under a minute
	$(SUITE) tests/programs/test_cut_network.py
	@tests/c_api/cut_network.sh "$$($(CARGO) test --test c_api --no-run --message-format=json 2>/dev/null | \
	  $(PYTHON) -c 'import json, sys; print([m["executable"] for m in map(json.loads, sys.stdin) if m.get("executable")][-1])')"

check-one-account: built $(PROGRAMS)/wait # 8 processes that share its limit without knowing of each other
	$(SUITE) tests/programs/test_one_account.py

check-own-http: built
	@echo '#include <curl/curl.h>' | $(CC) -E - >/dev/null 2>&1 || { echo "skipped: libcurl's headers are not installed"; exit 77; }
	@$(MAKE) --no-print-directory $(PROGRAMS)/own_http
	$(SUITE) tests/programs/test_own_http.py

check-wait-uv: built
	@echo '#include <uv.h>' | $(CC) -E - >/dev/null 2>&1 || { echo "skipped: libuv's headers are not installed"; exit 77; }
	@$(MAKE) --no-print-directory $(PROGRAMS)/wait_uv
	$(SUITE) tests/programs/test_wait_uv.py

# --- memory and panics -----------------------------------------------------------------------------------------------
# The checks that run C programs, once more under each tool; then what the tool has reported.
C_CHECKS := check-query-program check-wait-program check-processes check-wait-signals check-credentials check-threads \
  check-queues check-own-http check-wait-uv
.PHONY: check-memory-sanitizers check-memory-memcheck check-seeded-bugs check-reports
check-memory: check-memory-sanitizers check-memory-memcheck

check-memory-sanitizers: build # every C program, and bugs seeded to see that they are found
	@rm -rf $(BUILT_asan)/reports-asan && mkdir -p $(BUILT_asan)/reports-asan && chmod 777 $(BUILT_asan)/reports-asan
	$(PYTHON) tests/run.py BUILD=asan check-seeded-bugs $(C_CHECKS) check-real-parts check-vendor-profiles check-reports

check-memory-memcheck: build # the first runs of every C program, over plain HTTP
	@command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit 77; }
	@rm -rf $(BUILT_memcheck)/reports-memcheck && mkdir -p $(BUILT_memcheck)/reports-memcheck && chmod 777 $(BUILT_memcheck)/reports-memcheck
	$(PYTHON) tests/run.py --counted check-seeded-bugs,check-reports BUILD=memcheck check-seeded-bugs $(C_CHECKS) check-reports

check-seeded-bugs: built $(PROGRAMS)/seeded_bugs
	$(SUITE) tests/programs/memory/test_seeded_bugs.py

check-reports:
	$(SUITE) tests/programs/memory/test_reports.py

check-panics: # one inside every function of the header
	$(MAKE) --no-print-directory BUILD=asan panics

.PHONY: panics
panics: built
	$(SUITE) tests/programs/test_panics.py

# --- other programs: the vendor's, and real servers ------------------------------------------------------------------
VENDOR := target/vendor-tools
# The command line is 369 MB; none of it needs compiled files.
$(VENDOR)/made: tests/interop/vendor_tools.txt
	$(PYTHON) -m venv $(VENDOR)
	$(VENDOR)/bin/python -m pip install -q --no-compile --disable-pip-version-check -r $< || \
	  { echo "skipped: machine: the vendor's SDK and command line cannot be installed"; exit 77; }
	@touch $@

check-vendor-sdk: built $(VENDOR)/made
	$(subst $(PYTHON),$(VENDOR)/bin/python,$(SUITE)) tests/interop/test_vendor_sdk.py

check-vendor-cli: built $(VENDOR)/made ## Ask the mock server through the vendor's command line, --waiter and STS included
	$(subst $(PYTHON),$(VENDOR)/bin/python,$(SUITE)) tests/interop/test_vendor_cli.py

check-vendor-profiles: built $(PROGRAMS)/credentials_places $(VENDOR)/made ## Read the profiles that the vendor's tools write and read
	$(subst $(PYTHON),$(VENDOR)/bin/python,$(SUITE)) tests/interop/test_vendor_profiles.py

check-differential: built $(VENDOR)/made # the same bytes to libcurl and the vendor's SDK
	@echo '#include <curl/curl.h>' | $(CC) -E - >/dev/null 2>&1 || { echo "skipped: libcurl's headers are not installed"; exit 77; }
	@$(MAKE) --no-print-directory $(PROGRAMS)/differential
	$(subst $(PYTHON),$(VENDOR)/bin/python,$(SUITE)) tests/programs/test_differential.py

check-real-parts: built $(PROGRAMS)/query
	$(SUITE) tests/interop/test_real_parts.py

.PHONY: soak
check-soak: built $(PROGRAMS)/soak # a wait queue amid servers and proxies that misbehave
	$(SUITE) tests/interop/test_soak.py

soak: ## As check-soak, with 10,000 waits for half an hour
	SOAK_SECONDS=1700 SOAK_WAITS=10000 $(MAKE) --no-print-directory check-soak

# --- header, linking, ABI --------------------------------------------------------------------------------------------
.PHONY: abi-baseline
check-header-modes: # with the compilers there are
	$(SUITE) tests/linking/test_header_modes.py -k c_header

check-header-modes-all:
	NEED_BOTH=1 $(SUITE) tests/linking/test_header_modes.py

check-symbols: $(LIB)
	$(SUITE) tests/linking/test_symbols.py

check-vectors: $(LIB)
	$(SUITE) tests/linking/test_vectors.py

target/linking/%: tests/linking/%.c include/tcdb_async.h $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(if $(filter dlopen,$*),-ldl -pthread,$(LINK_PLAIN))

check-linked-programs: build target/linking/dlopen target/linking/request_wiped
	$(SUITE) tests/linking/test_programs.py

# The release build from a clean checkout: installed for the consumers, and compared with the one made here.
CHECKOUT := target/linking/checkout
CLEAN_INSTALL := target/linking/clean_install.json
$(CLEAN_INSTALL): $(SOURCES) $(wildcard include/* examples-c/*.[ch] packaging/*) tests/linking/clean_install.py
	$(PYTHON) tests/linking/clean_install.py $@

check-linking: build $(CLEAN_INSTALL)
	$(SUITE) tests/linking/test_clean_install.py tests/linking/test_consumers.py tests/linking/test_readme.py
	LIBRARIES="$(CHECKOUT)/target/release/libtcdb_async.so $(CHECKOUT)/target/payload/lib/libtcdb_async.a" $(SUITE) tests/linking/test_symbols.py

check-reproducible: release $(CLEAN_INSTALL) # from two folders, bit for bit the same
	$(SUITE) tests/linking/test_reproducible.py

check-abi: build
	$(SUITE) tests/abi/test_abi.py

check-tarball: build target/$(DIST_NAME).tar.gz
	TARBALL=target/$(DIST_NAME).tar.gz $(SUITE) tests/linking/test_tarball.py

abi-baseline: $(LIB) ## Write tests/abi/VERSION: today's header and the library's surface (docs/abi.md says when)
	$(PYTHON) tests/abi/surface.py $(LIB)

# --- packages --------------------------------------------------------------------------------------------------------
PACKAGE_TOOLS := target/package-tools
$(PACKAGE_TOOLS)/made:
	rm -rf $(PACKAGE_TOOLS)
	$(PYTHON) -m venv $(PACKAGE_TOOLS)
	$(PACKAGE_TOOLS)/bin/pip install -q --disable-pip-version-check conan==2.34.0
	touch $@

# The static tool of the crates that the tarball has compiled, linked by this machine's linker, whose glibc is there statically.
# cargo removes the tarball's tool for it, so check-debian, which packages that, comes first.
check-packages: STATIC_CARGO = PATH="$(CURDIR)/$(DIST_TOOLS)/bin:$$PATH" cargo-zigbuild rustc --target $(DIST_TARGET).$(GLIBC)
check-packages: STATIC_FLAGS = -C linker=$(CC)
check-packages: build payload $(DIST_BUILD)/tcdb static-tcdb $(PACKAGE_TOOLS)/made # as CMake and Conan take it, and the image
	$(SUITE) tests/packages/test_cmake.py tests/packages/test_conan.py tests/packages/test_container.py

.PHONY: conan
conan: $(PACKAGE_TOOLS)/made ## Create the Conan packages from their own sources, as their users do, without the network (minutes)
	CARGO_NET_OFFLINE=true TCDB_CONAN_BUILDS=1 $(SUITE) tests/packages/test_conan.py

# Of the tool that the tarball has too: it is built already.
check-debian: build payload $(DIST_BUILD)/tcdb
	TCDB_TOOL=$(CURDIR)/$(DIST_BUILD)/tcdb $(SUITE) tests/packages/test_debian.py

check-site: docs # every page and link of the manuals, in a browser
	$(SUITE) tests/packages/test_site.py

# --- other languages -------------------------------------------------------------------------------------------------
check-python: build
	$(PY_SUITE) $(PYTHON) $(PY)/tests/interpreters.py --own

check-python-all: build # on the other interpreters; check-python is the one of $(PYTHON)
	$(PY_SUITE) $(PYTHON) $(PY)/tests/interpreters.py --others

GEVENT := target/gevent
$(GEVENT)/made:
	$(PYTHON) -m venv $(GEVENT)
	$(GEVENT)/bin/python -m pip install -q --disable-pip-version-check gevent==26.9.0 || \
	  { echo "skipped: machine: gevent cannot be installed"; exit 77; }
	@touch $@

check-python-gevent: build $(GEVENT)/made # calls and an AsyncClient below gevent
	$(PY_SUITE) $(GEVENT)/bin/python $(PY)/tests/run_suite.py test_gevent

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
FUZZ_PROGRAMS := target/fuzz/$(HOST)/release
FUZZ_REPLY_PROGRAMS := target/fuzz-replies/$(HOST)/release
FUZZ_SECONDS ?= 6
# Executions of the long run; the parsers are a hundred times as quick as a call over a connection.
FUZZ_LONG ?= endpoint_url=29000000 proxy_url=15000000 profile=15000000 metadata=15000000 certificates=14000000
FUZZ_LONG_REPLIES ?= response=4000000 sts=2000000 excerpt=1000000 \
  http_reply=1000000 proxy_reply=1000000 tls_reply=1000000 resumption=1000000 calls=1000000 queue=1000000

.PHONY: fuzz fuzz-programs fuzz-reply-programs
fuzz-programs:
	fuzz/build.sh $(CURDIR)/target/fuzz

fuzz-reply-programs:
	CARGO_PROFILE_RELEASE_OPT_LEVEL=3 fuzz/build.sh $(CURDIR)/target/fuzz-replies --without-compares

check-fuzz: fuzz-programs # each target for some seconds
	$(PYTHON) fuzz/run.py $(FUZZ_PROGRAMS) --seconds $(FUZZ_SECONDS)

fuzz: fuzz-programs fuzz-reply-programs ## Fuzz for long: over 100 million executions (hours on one core)
	$(PYTHON) fuzz/run.py $(FUZZ_PROGRAMS) --runs $(FUZZ_LONG)
	$(PYTHON) fuzz/run.py $(FUZZ_REPLY_PROGRAMS) --runs $(FUZZ_LONG_REPLIES)

.PHONY: fuzz-corpora
fuzz-corpora: fuzz-reply-programs ## Write fuzz/corpora: of all that the fuzzers have found, one input for each place that is reached
	$(PYTHON) fuzz/corpora.py $(FUZZ_REPLY_PROGRAMS)

# --- speed -----------------------------------------------------------------------------------------------------------
# `make bench BENCH=--help` lists the choices; SVG=docs/bench.svg renews what README shows.
BENCH ?=
SVG ?= target/bench.svg

.PHONY: bench bench-waiting bench-queue
bench: $(RELEASE_LIB) ## Measure a query against libcurl and the vendor's SDKs (BENCH=--rt as root: steadier; --quick)
	$(PYTHON) benches/bench.py $(RELEASE_LIB) --svg $(SVG) $(BENCH)

# Counts alone, which do not depend on who else uses the machine.
check-bench: $(RELEASE_LIB)
	$(PYTHON) benches/bench.py $(RELEASE_LIB) --check

target/release/bench_waiting: benches/waiting/waiting.c include/tcdb_async.h $(RELEASE_LIB)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(RELEASE_LIB) -Wl,-rpath,'$$ORIGIN' -pthread

bench-waiting: target/release/bench_waiting build ## What waiting costs: bytes a waiter, CPU, cancel to return
	@$(PYTHON) benches/waiting/waiting.py $< $(MOCK_SERVER) --check

target/release/bench_queue: benches/queue/queue.c include/tcdb_async.h $(RELEASE_LIB)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(RELEASE_LIB) -Wl,-rpath,'$$ORIGIN'

bench-queue: target/release/bench_queue build ## What 100,000 tasks of a wait queue cost: bytes, CPU, adding, taking
	@$(PYTHON) benches/queue/queue.py $< $(MOCK_SERVER)

# Bytes do not depend on who else uses the machine; times have to be within their bounds all the same.
check-bench-queue: target/release/bench_queue build
	@$(PYTHON) benches/queue/queue.py $< $(MOCK_SERVER) --tasks 20000 --seconds 10 --check

# --- what is shipped -------------------------------------------------------------------------------------------------
# What a check needs of cargo's own tools, built once.
# .ci/run builds them early, while other checks sleep; the second one waits.
target/tools/bin/cargo-deny:
	mkdir -p target/tools
	flock target/tools/lock sh -c '[ -x $@ ] || CARGO_PROFILE_DEV_DEBUG=0 $(CARGO) install --quiet --locked --debug --root target/tools --version 0.20.2 cargo-deny'

target/tools/bin/cargo-mutants:
	mkdir -p target/tools
	flock target/tools/lock sh -c '[ -x $@ ] || CARGO_PROFILE_DEV_DEBUG=0 $(CARGO) install --quiet --locked --debug --root target/tools --version 27.1.0 cargo-mutants'

MUTANTS := $(PYTHON) tests/proofs/mutants.py target/tools/bin/cargo-mutants
check-mutants: build target/tools/bin/cargo-mutants # those that are compiled at once: all but a few
	$(MUTANTS) --at-once

.PHONY: mutants
mutants: build target/tools/bin/cargo-mutants ## Change the code in every way cargo-mutants knows: a unit test notices, or mutants.txt has a reason
	$(MUTANTS)

check-supply-chain: target/tools/bin/cargo-deny # licences, sources, and no crate twice
	$< check licenses bans sources
	$< --manifest-path cli/Cargo.toml --config deny.toml check licenses bans sources

check-coverage: build
	$(PYTHON) tests/proofs/coverage.py check-bad-input $(C_CHECKS) panics

# --- platforms -------------------------------------------------------------------------------------------------------
# The cross tools are unpacked below target/platforms at the first run (docs/platforms.md).
PLATFORMS ?= every
.PHONY: check-platforms platforms platforms-table
check-declarations: built # VBA, Delphi and C# against the header; the READMEs' list of platforms against its page
	$(SUITE) tests/platforms/test_declarations.py
	$(PYTHON) tests/platforms/table.py --check

check-msrv: # everything compiles with the declared minimum Rust, for a 32-bit processor where its library can be had
	$(PYTHON) tests/platforms/check.py msrv

# The library without optimisation. What is seen of it is not kept: the page is about what is shipped.
check-i686-tests: $(MOCK_SERVER) # 32 bits: C programs that ask and wait, and the Rust tests
	$(PYTHON) tests/platforms/check.py --forget build,c,suites linux-i686

check-emulated-tests: $(MOCK_SERVER) # another processor, Windows: C programs that ask and wait
	$(PYTHON) tests/platforms/check.py --forget build,c linux-aarch64 windows-x86_64

check-linux-builds: # the kinds of Linux of which nothing is run
	$(PYTHON) tests/platforms/check.py --forget build other-linux

check-system-builds: # the other systems; the Rust tests where both system and width are others
	$(PYTHON) tests/platforms/check.py --forget build other-systems
	$(PYTHON) tests/platforms/check.py --forget compile windows-i686

check-platforms: build # all are built; the tests of i686, aarch64 and Windows run, and the page says what was seen
	nice $(PYTHON) tests/platforms/check.py build every
	nice $(PYTHON) tests/platforms/check.py programs bounded
	nice $(PYTHON) tests/platforms/check.py suites bounded
	$(PYTHON) tests/platforms/table.py --check

platforms: build ## Build and test every platform (PLATFORMS="linux-i686 ..." chooses; hours)
	nice $(PYTHON) tests/platforms/check.py all $(PLATFORMS)

platforms-table: ## Write docs/platforms.md's table from what `make platforms` has seen
	$(PYTHON) tests/platforms/table.py
