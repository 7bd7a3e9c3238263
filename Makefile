# The habits of this project. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
CC ?= cc
PYTHON ?= python3
CFLAGS ?= -O2 -g
# The flags under which the header and every C file here compile without a word.
STRICT := -Wall -Wextra -Wpedantic -Wundef -Wstrict-prototypes -Wconversion -Werror
LIB := target/debug/libtcdb_async.so.0
RELEASE_LIB := target/release/libtcdb_async.so.0
MOCK_SERVER := target/debug/tcdb-mock-server
TCDB := target/debug/tcdb
SOURCES := $(shell find src -name '*.rs') build.rs Cargo.toml Cargo.lock
TOOL_SOURCES := $(shell find cli/src -name '*.rs') cli/Cargo.toml
MOCK_SERVER_SOURCES := $(shell find tests/mock-server/src -name '*.rs') tests/mock-server/Cargo.toml

DEMOS := demo-query demo-wait demo-credentials
# Checks are in tests/checks.mk.
include packaging/targets.mk bindings/python/targets.mk tests/checks.mk

.PHONY: help build query release header test prove demo $(DEMOS) clean fmt lint

help: ## List the targets
	@grep -hE '^[a-z][a-zA-Z0-9_-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort -u | \
	  while IFS=$$'\t' read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

# As they are built for tests and demonstrations. In one run of cargo: two would compile what they share twice, since each
# asks for its features of the other crates.
build: $(LIB) ## Build the library (debug), the mock server and tcdb

release: $(RELEASE_LIB) ## Build the library as it is shipped

$(LIB) $(MOCK_SERVER) $(TCDB) &: $(SOURCES) $(TOOL_SOURCES) $(MOCK_SERVER_SOURCES)
	$(CARGO) build -p tcdb-async -p tcdb-mock-server -p tcdb-async-cli
	@ln -sf libtcdb_async.so $(LIB) && touch -h $(LIB) && touch $(MOCK_SERVER) $(TCDB)

$(RELEASE_LIB): $(SOURCES)
	$(CARGO) build --release --lib
	@ln -sf libtcdb_async.so $@ && touch -h $@

header: ## Write include/tcdb_async.h from the sources
	TCDB_WRITE_HEADER=1 $(CARGO) test -q -p tcdb-header the_header_is_current

.PHONY: tcdb
tcdb: target/release/tcdb ## Build tcdb, the command-line tool, as it is shipped

target/release/tcdb: $(SOURCES) $(TOOL_SOURCES)
	$(CARGO) build --release -p tcdb-async-cli
	@touch $@

fmt: ## Format the Rust sources
	$(CARGO) fmt --all

lint: ## Formatting, clippy and the Rust documentation, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps --quiet

test: ## Run the tests that need only cargo, a C compiler and Python 3 (minutes)
	@$(PYTHON) tests/run.py $(TEST_CHECKS)

prove: ## Run everything; installs or names what it needs
	@$(PYTHON) tests/run.py --second-lane $(call joined,$(SECOND_LANE)) --either-lane $(call joined,$(EITHER_LANE)) $(PROVE_CHECKS)

query: target/debug/query ## Ask the real API: make query ID=... REGION=... (credentials from the environment)
	@test -n "$(ID)" || { echo "make query ID=<async request id> [REGION=<region>]; credentials from TENCENTCLOUD_SECRET_ID and _KEY" >&2; exit 2; }
	target/debug/query $(if $(REGION),--region $(REGION)) $(ID)

demo-query: build target/debug/query
	@$(PYTHON) examples-c/demo.py query

demo-credentials: build
	@$(PYTHON) examples-c/demo.py credentials

demo-wait: build target/debug/wait
	@$(PYTHON) examples-c/demo.py wait

demo: ## See it work against the mock server
	@for demo in $(DEMOS); do $(MAKE) --no-print-directory -s $$demo || exit 1; done

clean: ## Remove what was built
	$(CARGO) clean
