# Installing, the tarball, and what is shown of both.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
DESTDIR ?=
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
INSTALL_ENV = PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' DESTDIR='$(DESTDIR)'

# What is installed as it is, or decides how.
PAYLOAD_TEXTS := $(wildcard include/* examples-c/* packaging/*.in packaging/*.sh *.md docs/*.md docs/*/*.md bindings/README.md bindings/*/query.*)

.PHONY: install uninstall payload tarball dist check-dist man symbols

install: target/payload/VERSION ## Install below PREFIX (LIBDIR, DESTDIR; SHARED=no or STATIC=no leaves one out)
	$(INSTALL_ENV) sh target/payload/install.sh

uninstall: ## Remove exactly what install put there
	$(INSTALL_ENV) sh packaging/install.sh --uninstall

.PHONY: install-tool uninstall-tool
install-tool: tcdb ## Install tcdb with its man pages and completions below PREFIX (DESTDIR)
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' sh packaging/tool.sh target/release/tcdb

uninstall-tool: tcdb ## Remove exactly what install-tool put there
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' sh packaging/tool.sh --uninstall target/release/tcdb

# For an empty image. Statically with glibc and not with musl: rustup has no standard library for musl here, and names are
# looked up in DNS and files, which glibc has in its static library. The flag is that of the last crate alone, so all others
# are those of target/release/tcdb; and of a file of its own. STATIC_CARGO and STATIC_FLAGS choose the build whose crates are
# taken: a check takes those of the tarball, which are there already.
STATIC_CARGO = $(CARGO) rustc
STATIC_FLAGS =
.PHONY: static-tcdb
static-tcdb: target/static/tcdb ## Build tcdb linked statically, for images without a C library
target/static/tcdb: $(SOURCES) $(TOOL_SOURCES)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(STATIC_CARGO) --release --locked -p tcdb-async-cli --bin tcdb -- $(STATIC_FLAGS) -C target-feature=+crt-static -o $(CURDIR)/$@
	@rm -f $@-*.d && mv $@-* $@ # rustc puts cargo's mark behind the name

# The same with musl, which has no modules and asks DNS by itself; by the cross tools of `make platforms` (docs/platforms.md).
.PHONY: static-tcdb-musl
static-tcdb-musl: build ## Build tcdb linked statically with musl, target/static-musl/tcdb, and run it in an empty root
	nice $(PYTHON) tests/platforms/check.py tool musl-x86_64 target/static-musl/tcdb
	TCDB_TOOL=$(CURDIR)/target/static-musl/tcdb $(SUITE) tests/packages/test_container.py

payload: target/payload/VERSION
target/payload/VERSION: $(RELEASE_LIB) target/man/made $(PAYLOAD_TEXTS) symbols.txt
	sh packaging/payload.sh target/payload target/release/libtcdb_async.so target/release/libtcdb_async.a

man: target/man/made
target/man/made: include/tcdb_async.h packaging/man_pages.py
	rm -rf target/man
	$(PYTHON) packaging/man_pages.py include/tcdb_async.h $(VERSION) target/man/man3
	@touch $@

# --- the HTML site ---------------------------------------------------------------------------------------------------
DOCS_TOOLS := target/docs-tools
SITE := target/site
.PHONY: docs picture

$(DOCS_TOOLS)/made:
	rm -rf $(DOCS_TOOLS)
	$(PYTHON) -m venv $(DOCS_TOOLS)
	$(DOCS_TOOLS)/bin/pip install -q --disable-pip-version-check sphinx==9.0.4 myst-parser==5.2.0 breathe==5.1.0 furo==2025.12.19 selenium==4.51.0 termtosvg==1.1.0
	touch $@

docs: build $(DOCS_TOOLS)/made ## Build the HTML site of all manuals, target/site
	@command -v doxygen >/dev/null || { echo "skipped: doxygen is not installed"; exit 77; }
	mkdir -p target/doxygen target/site-extra
	doxygen docs/site/Doxyfile
	$(CARGO) doc -q --lib --no-deps -p tcdb-async
	rm -rf target/site-extra/rust $(SITE) && cp -R target/doc target/site-extra/rust
	echo '<!DOCTYPE html><meta http-equiv="refresh" content="0; url=tcdb_async/index.html"><title>tcdb_async</title>' >target/site-extra/rust/index.html
	$(PYTHON) docs/site/stage.py target/site-source
	TCDB_ROOT=$(CURDIR) TCDB_DOXYGEN_XML=$(CURDIR)/target/doxygen/xml TCDB_RUSTDOC=$(CURDIR)/target/site-extra \
	  TCDB_ASYNC_LIBRARY=$(CURDIR)/target/debug/libtcdb_async.so $(DOCS_TOOLS)/bin/sphinx-build -q -E -W --keep-going target/site-source $(SITE)
	@echo "the site is $(SITE)/index.html"

picture: build $(DOCS_TOOLS)/made ## Record docs/wait.svg again: a wait in a terminal
	$(PYTHON) docs/site/picture.py $(DOCS_TOOLS)/bin/termtosvg docs/wait.svg

# --- the tarball -----------------------------------------------------------------------------------------------------
# Built for glibc 2.17 by zig's linker, which comes from PyPI, so that one file serves every distribution since 2013.
# The Python wheel takes the same build.
GLIBC := 2.17
DIST_TOOLS := target/dist-tools
DIST_MACHINE := $(shell uname -m)
DIST_TARGET := $(DIST_MACHINE)-unknown-linux-gnu
DIST_BUILD := target/$(DIST_TARGET)/release
DIST_NAME := tcdb-async-$(VERSION)-linux-$(DIST_MACHINE)

tarball: target/$(DIST_NAME).tar.gz ## A tarball for this kind of machine that installs without cargo, for glibc 2.17 and later

$(DIST_TOOLS)/ready:
	rm -rf $(DIST_TOOLS)
	$(PYTHON) -m venv $(DIST_TOOLS)
	$(DIST_TOOLS)/bin/pip install -q --disable-pip-version-check cargo-zigbuild==0.24.0 ziglang==0.17.1
	touch $@

# The library in a run of its own: as a dependency of the tool it is compiled for both, and cargo optimises no library at the
# link that is also a crate for others (2.80 MB, where it has 2.51 by itself).
ZIGBUILD = PATH="$(CURDIR)/$(DIST_TOOLS)/bin:$$PATH" $(CARGO) zigbuild --release --locked --target $(DIST_TARGET).$(GLIBC)
$(DIST_BUILD)/libtcdb_async.so: $(SOURCES) $(DIST_TOOLS)/ready
	$(ZIGBUILD) -p tcdb-async --lib
	@touch $@

$(DIST_BUILD)/tcdb: $(SOURCES) $(TOOL_SOURCES) $(DIST_TOOLS)/ready
	$(ZIGBUILD) -p tcdb-async-cli
	@touch $@

target/$(DIST_NAME).tar.gz: $(DIST_BUILD)/libtcdb_async.so $(DIST_BUILD)/tcdb target/man/made $(PAYLOAD_TEXTS) symbols.txt
	sh packaging/payload.sh target/$(DIST_NAME) $(DIST_BUILD)/libtcdb_async.so $(DIST_BUILD)/libtcdb_async.a $(DIST_BUILD)/tcdb
	tar -C target --sort=name --owner=0 --group=0 --numeric-owner \
	  --mtime=@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || echo 0)} -cf - $(DIST_NAME) | gzip -n >$@
	@ls -l $@

# --- what is shipped for every platform ------------------------------------------------------------------------------
# The cross tools are those of `make platforms` (docs/platforms.md).
DIST ?= shipped
dist: build target/man/made ## Everything that is shipped into target/dist: archives, wheels, SBOMs, checksums (DIST="linux-i686 ..." chooses; hours)
	nice $(PYTHON) tests/platforms/check.py release $(DIST)
	nice $(PYTHON) packaging/archives.py $(DIST)

check-dist: build # every archive and wheel that `make dist` has left, unpacked, linked to and installed as its users do
	nice $(PYTHON) tests/platforms/packed.py

# --- the list of symbols ---------------------------------------------------------------------------------------------
symbols: ## Add to symbols.txt what the header has more
	$(PYTHON) tests/linking/symbols.py --add
