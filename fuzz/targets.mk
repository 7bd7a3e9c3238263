# Fuzzing: the targets of fuzz/Cargo.toml, built as cargo-fuzz builds them, without cargo-fuzz (which works as well).
PROVE_CHECKS += check-fuzz
FUZZ_HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
FUZZ_PROGRAMS := target/fuzz/$(FUZZ_HOST)/release
FUZZ_SECONDS ?= 8
# Executions of the long run; the parsers are a hundred times as quick as a call over a connection.
FUZZ_LONG ?= response=4000000 endpoint_url=8000000 proxy_url=5000000 profile=2000000 metadata=2000000 \
  http_reply=300000 proxy_reply=300000 tls_reply=300000 calls=300000

.PHONY: check-fuzz fuzz fuzz-programs
fuzz-programs:
	fuzz/build.sh $(CURDIR)/target/fuzz

check-fuzz: fuzz-programs # each target for some seconds
	$(PYTHON) fuzz/run.py $(FUZZ_PROGRAMS) --seconds $(FUZZ_SECONDS)

fuzz: fuzz-programs ## Fuzz for long: over 20 million executions (an hour or two)
	$(PYTHON) fuzz/run.py $(FUZZ_PROGRAMS) --runs $(FUZZ_LONG)
