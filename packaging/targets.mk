# Installing, the tarball, and what is shown of both.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
INSTALL_ENV = PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' DESTDIR='$(DESTDIR)'

# What is installed as it is, or decides how.
PAYLOAD_TEXTS := $(wildcard include/* examples-c/* packaging/*.in packaging/*.sh *.md docs/*.md docs/*/*.md bindings/README.md bindings/*/query.*)

.PHONY: install uninstall payload dist man symbols

install: target/payload/VERSION ## Install below PREFIX (LIBDIR, DESTDIR; SHARED=no or STATIC=no leaves one out)
	$(INSTALL_ENV) sh target/payload/install.sh

uninstall: ## Remove exactly what install put there
	$(INSTALL_ENV) sh packaging/install.sh --uninstall

payload: target/payload/VERSION
target/payload/VERSION: $(RELEASE_LIB) target/man/made $(PAYLOAD_TEXTS) symbols.txt
	sh packaging/payload.sh target/payload target/release/libtcdb_async.so target/release/libtcdb_async.a $(CC)

man: target/man/made
target/man/made: include/tcdb_async.h packaging/man_pages.py
	rm -rf target/man
	$(PYTHON) packaging/man_pages.py include/tcdb_async.h $(VERSION) target/man/man3
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

target/$(DIST_NAME).tar.gz: $(DIST_BUILD)/libtcdb_async.so target/man/made $(PAYLOAD_TEXTS) symbols.txt
	sh packaging/payload.sh target/$(DIST_NAME) $(DIST_BUILD)/libtcdb_async.so $(DIST_BUILD)/libtcdb_async.a \
	  $(DIST_TOOLS)/bin/python -m ziglang cc -target $(DIST_MACHINE)-linux-gnu.$(GLIBC)
	tar -C target --sort=name --owner=0 --group=0 --numeric-owner \
	  --mtime=@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 0)} -cf - $(DIST_NAME) | gzip -n >$@
	@ls -l $@

# --- the list of symbols ---------------------------------------------------------------------------------------------
symbols: ## Add to symbols.txt what the header has more
	$(PYTHON) tests/linking/symbols.py --add
