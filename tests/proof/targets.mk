# The proofs of docs/proof.md that need more than cargo, a C compiler and Python.
PROVE_CHECKS += check-memory check-panics

PROOF_HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
# Under AddressSanitizer, with the hook for panics; the library alone, for its own target, so that cargo's build scripts
# are left as they are.
SANITIZED := target/asan/$(PROOF_HOST)/debug

.PHONY: check-memory check-memory-sanitizers check-memory-memcheck check-panics
$(SANITIZED)/libtcdb_async.so: $(SOURCES)
	RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer' \
	  $(CARGO) build --lib --features panic-test --target $(PROOF_HOST) --target-dir target/asan
	@touch $@

check-memory: check-memory-sanitizers check-memory-memcheck

check-memory-sanitizers: build $(SANITIZED)/libtcdb_async.so # every C program, and bugs seeded to see that it would tell
	$(PYTHON) tests/proof/seeded_bugs.py sanitized $(SANITIZED)
	$(PYTHON) tests/proof/mirror.py sanitized $(SANITIZED)

check-memory-memcheck: build # the first runs of every C program, over plain HTTP
	@command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit 77; }
	$(PYTHON) tests/proof/seeded_bugs.py memcheck target/debug
	$(PYTHON) tests/proof/mirror.py memcheck target/debug

check-panics: build $(SANITIZED)/libtcdb_async.so # one inside every function of the header
	$(PYTHON) tests/proof/panics.py $(SANITIZED)/libtcdb_async.so include/tcdb_async.h target/debug/tcdb-mock-server

.PHONY: faults
faults: ## Write docs/faults.md: every misbehaviour in every phase
	TCDB_WRITE_FAULTS=1 $(CARGO) test -q --test c_api no_cell_of_the_fault_table_changes_unseen

# --- threads ---------------------------------------------------------------------------------------------------------
# check-memory runs it again under the sanitizers.
PROVE_CHECKS += check-threads
STORM_SECONDS ?= 3

target/debug/storm: tests/c/storm.c tests/c/asking.h include/tcdb_async.h $(LIB)
	$(CC) $(CFLAGS) $(STRICT) -Wno-unused-function -Iinclude -o $@ $< $(LIB) -Wl,-rpath,'$$ORIGIN' -pthread

.PHONY: check-threads
check-threads: build target/debug/storm # 64 of them, everything at once
	$(PYTHON) tests/proof/storm.py target/debug/storm target/debug/tcdb-mock-server $(STORM_SECONDS)

# --- supply chain ----------------------------------------------------------------------------------------------------
PROVE_CHECKS += check-supply-chain check-reproducible

.PHONY: check-supply-chain check-reproducible
check-supply-chain: # licences, and no crate twice
	$(PYTHON) tests/proof/supply_chain.py

check-reproducible: release # from two folders, bit for bit the same
	tests/proof/reproducible.sh target/release/libtcdb_async.so target/release/libtcdb_async.a

# --- coverage --------------------------------------------------------------------------------------------------------
PROVE_CHECKS += check-coverage

.PHONY: check-coverage
check-coverage: build
	$(PYTHON) tests/proof/coverage.py
