# The Python package: its wheel, its demonstration, its benchmark. Its checks are in tests/checks.mk.
DEMOS += demo-python

PY := bindings/python
PY_SOURCES := $(shell find $(PY)/src -name '*.py') $(PY)/pyproject.toml $(PY)/hatch_build.py $(PY)/crate_licences.py $(PY)/README.md
PY_TOOLS := target/python-tools
PY_SUITE = PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$(CURDIR)/$(PY)/src \
  TCDB_ASYNC_LIBRARY=$(CURDIR)/target/debug/libtcdb_async.so TCDB_MOCK_SERVER=$(CURDIR)/target/debug/tcdb-mock-server
# The tarball's, of glibc 2.17, so that the wheel is manylinux2014.
WHEEL_LIB := $(DIST_BUILD)/libtcdb_async.so

.PHONY: demo-python bench-python wheel

$(PY_TOOLS)/made: $(PY)/tools.txt
	$(PYTHON) -m venv $(PY_TOOLS)
	$(PY_TOOLS)/bin/python -m pip install --quiet -r $<
	@touch $@

target/wheels/made: $(WHEEL_LIB) $(PY_SOURCES) $(PY_TOOLS)/made
	rm -rf target/wheels target/wheels-unrepaired
	TCDB_ASYNC_PREBUILT=$(CURDIR)/$(WHEEL_LIB) $(PY_TOOLS)/bin/python -m build --no-isolation --wheel -o target/wheels-unrepaired $(PY)
	PATH="$(CURDIR)/$(PY_TOOLS)/bin:$$PATH" $(PY_TOOLS)/bin/auditwheel repair -w target/wheels target/wheels-unrepaired/*.whl
	@touch $@

wheel: target/wheels/made ## Build the Python wheel (manylinux2014) into target/wheels
	@ls -l target/wheels/*.whl

demo-python: build
	@$(PY_SUITE) $(PYTHON) $(PY)/demo.py

bench-python: release ## Measure the Python package against the vendor's SDK
	$(CARGO) build --release -p tcdb-mock-server
	$(PYTHON) $(PY)/bench.py target/release/libtcdb_async.so target/release/tcdb-mock-server $(if $(README),--readme)
