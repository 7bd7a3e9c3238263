# Installing, the tarball, and what is shown of both.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
INSTALL_ENV = PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' DESTDIR='$(DESTDIR)'

.PHONY: install uninstall dist man symbols

install: target/payload/VERSION ## Install below PREFIX (LIBDIR, DESTDIR; SHARED=no or STATIC=no leaves one out)
	$(INSTALL_ENV) sh target/payload/install.sh

uninstall: ## Remove exactly what install put there
	$(INSTALL_ENV) sh packaging/install.sh --uninstall

target/payload/VERSION: $(RELEASE_LIB) man $(wildcard include/* examples-c/*.[ch] packaging/*.in packaging/*.sh docs/*.md) symbols.txt
	sh packaging/payload.sh target/payload target/release/libtcdb_async.so target/release/libtcdb_async.a $(CC)

# Made again only when the header is newer; an optional tool, so its lack is said and no obstacle.
man: target/man/made
target/man/made: include/tcdb_async.h packaging/Doxyfile packaging/man_filter.sed
	@rm -rf target/man; mkdir -p target/man
	@if command -v doxygen >/dev/null; then \
	  SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 0)} doxygen packaging/Doxyfile; \
	else echo "no man pages: doxygen is not installed"; fi
	@touch $@

# --- the tarball -----------------------------------------------------------------------------------------------------
# Built for glibc 2.17 by zig's linker, which comes from PyPI, so that one file serves every distribution since 2013.
# The Python wheel takes the same build.
GLIBC := 2.17
DIST_TOOLS := target/dist-tools
DIST_MACHINE := $(shell uname -m)
DIST_TARGET := $(DIST_MACHINE)-unknown-linux-gnu
DIST_BUILD := target/$(DIST_TARGET)/release
DIST_NAME := tcdb-async-$(VERSION)-linux-$(DIST_MACHINE)

dist: target/$(DIST_NAME).tar.gz ## A tarball that installs without cargo, for glibc 2.17 and later

$(DIST_TOOLS)/ready:
	rm -rf $(DIST_TOOLS)
	$(PYTHON) -m venv $(DIST_TOOLS)
	$(DIST_TOOLS)/bin/pip install -q --disable-pip-version-check cargo-zigbuild==0.24.0 ziglang==0.17.1
	touch $@

$(DIST_BUILD)/libtcdb_async.so: $(SOURCES) $(DIST_TOOLS)/ready
	PATH="$(CURDIR)/$(DIST_TOOLS)/bin:$$PATH" $(CARGO) zigbuild --release --lib --locked --target $(DIST_TARGET).$(GLIBC)
	@touch $@

target/$(DIST_NAME).tar.gz: $(DIST_BUILD)/libtcdb_async.so man $(wildcard include/* examples-c/*.[ch] packaging/*.in packaging/*.sh docs/*.md) symbols.txt
	sh packaging/payload.sh target/$(DIST_NAME) $(DIST_BUILD)/libtcdb_async.so $(DIST_BUILD)/libtcdb_async.a \
	  $(DIST_TOOLS)/bin/python -m ziglang cc -target $(DIST_MACHINE)-linux-gnu.$(GLIBC)
	tar -C target --sort=name --owner=0 --group=0 --numeric-owner \
	  --mtime=@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 0)} -cf - $(DIST_NAME) | gzip -n >$@
	@ls -l $@

# --- the list of symbols ---------------------------------------------------------------------------------------------
symbols: ## Add to symbols.txt what the header has more
	$(PYTHON) tests/linking/symbols.py --add

# --- checks ----------------------------------------------------------------------------------------------------------
# Only cargo, a C compiler and Python 3:
TEST_CHECKS += check-header-modes check-symbols check-vectors check-dlopen check-request-wiped
# gcc and clang for C and C++, pkg-config, cmake, abidw, doxygen, libcurl's headers; zig from PyPI for the tarball:
PROVE_CHECKS += check-header-modes-all check-linking check-own-http check-abi check-tarball
LINKED_TO_DEBUG = $(LIB) -Wl,-rpath,$(CURDIR)/target/debug

.PHONY: check-header-modes check-symbols check-vectors check-dlopen check-request-wiped check-header-modes-all \
  check-linking check-own-http check-abi check-tarball abi-baseline

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
