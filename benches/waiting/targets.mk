# What waiting costs.
.PHONY: bench-waiting
target/release/bench_waiting: benches/waiting/waiting.c include/tcdb_async.h $(RELEASE_LIB)
	$(CC) $(CFLAGS) $(STRICT) -Iinclude -o $@ $< $(RELEASE_LIB) -Wl,-rpath,'$$ORIGIN' -pthread

bench-waiting: target/release/bench_waiting build ## What waiting costs: bytes a waiter, CPU, cancel to return
	@$(PYTHON) benches/waiting/waiting.py $< target/debug/tcdb-mock-server --check
