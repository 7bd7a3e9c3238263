# Speed beside the peers. `make bench BENCH=--help` tells the choices; SVG=docs/bench.svg renews what README shows.
PROVE_CHECKS += check-bench
BENCH ?=
SVG ?= target/bench.svg

.PHONY: bench check-bench
bench: $(RELEASE_LIB) ## Measure a query beside libcurl and the vendor's SDKs (BENCH=--rt as root: steadier; --quick)
	$(PYTHON) benches/bench.py $(RELEASE_LIB) --svg $(SVG) $(BENCH)

# Counts alone, which do not depend on who else uses the machine.
check-bench: $(RELEASE_LIB)
	$(PYTHON) benches/bench.py $(RELEASE_LIB) --check
