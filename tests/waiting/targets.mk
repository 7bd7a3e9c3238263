# Waiting: signal handlers that cancel, a thousand tasks at the API's limit, the endpoint away and the network cut.
TEST_CHECKS += check-wait-signals
PROVE_CHECKS += check-long-waits check-cut-network

.PHONY: check-wait-signals check-long-waits check-cut-network waiting-table
check-wait-signals: build $(PROCESSES)/wait_signals $(PROCESSES)/slow_lookup.so
	$(PYTHON) tests/waiting/signals.py $(PROCESSES) target/debug/tcdb-mock-server

# All at once: they sleep for most of their minute.
check-long-waits: build
	$(CARGO) test --test c_api -- --ignored --nocapture --test-threads 4 wait_many away_for_ten_seconds

check-cut-network: build
	@tests/waiting/cut_network.sh "$$($(CARGO) test --test c_api --no-run --message-format=json 2>/dev/null | \
	  $(PYTHON) -c 'import json, sys; print([m["executable"] for m in map(json.loads, sys.stdin) if m.get("executable")][-1])')"

waiting-table: ## Print the table of docs/waiting.md: how soon the end of a task is seen
	$(CARGO) test --test models -- --ignored --nocapture table_of_the_simulation
