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
SOURCES := $(shell find src -name '*.rs') build.rs Cargo.toml Cargo.lock

# Checks are targets named check-NAME. `make test` runs TEST_CHECKS: minutes, no optional tool. `make prove` runs
# PROVE_CHECKS too. Each area adds its own in its targets.mk.
TEST_CHECKS := check-rust
PROVE_CHECKS :=
DEMOS :=
-include tests/targets.mk examples-c/targets.mk packaging/targets.mk bindings/targets.mk bindings/python/targets.mk
-include tests/field/targets.mk tests/credentials/targets.mk tests/waiting/targets.mk tests/proof/targets.mk
-include benches/targets.mk benches/waiting/targets.mk fuzz/targets.mk

.PHONY: help build query release header test prove demo query clean fmt lint check-rust list-checks

help: ## List the targets
	@grep -hE '^[a-z][a-zA-Z0-9_-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort -u | \
	  while IFS=$$'\t' read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

build: $(LIB) target/debug/tcdb-mock-server ## Build the library (debug) and the mock server

release: $(RELEASE_LIB) ## Build the library as it is shipped

$(LIB): $(SOURCES)
	$(CARGO) build --lib
	@ln -sf libtcdb_async.so $@ && touch -h $@

$(RELEASE_LIB): $(SOURCES)
	$(CARGO) build --release --lib
	@ln -sf libtcdb_async.so $@ && touch -h $@

target/debug/tcdb-mock-server: $(shell find tests/mock-server/src -name '*.rs') tests/mock-server/Cargo.toml Cargo.lock
	$(CARGO) build -p tcdb-mock-server
	@touch $@

header: ## Write include/tcdb_async.h from the sources
	TCDB_WRITE_HEADER=1 $(CARGO) test -q --test header the_header_is_current

fmt: ## Format the Rust sources
	$(CARGO) fmt --all

lint: ## Formatting and clippy, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

test: ## Run the tests that need only cargo, a C compiler and Python 3 (minutes)
	@$(PYTHON) tests/run.py $(TEST_CHECKS)

prove: ## Run everything; installs or names what it needs
	@$(PYTHON) tests/run.py $(PROVE_CHECKS)

demo: ## See it work against the mock server
	@for demo in $(DEMOS); do $(MAKE) --no-print-directory -s $$demo || exit 1; done

list-checks:
	@echo test: $(TEST_CHECKS); echo prove: $(PROVE_CHECKS)

check-rust: build
	$(CARGO) test --workspace --no-fail-fast

clean: ## Remove what was built
	$(CARGO) clean
