# make up | test | check | bench | crash | clean. Needs Python 3.11 or newer, and nothing else.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
PYTEST_ARGS ?=
CRASH_ROUNDS ?= 100
# Expanded once, so that what is printed is what is used.
CRASH_SEED := $(or $(CRASH_SEED),$(shell date +%s))

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: up test check bench crash clean install install-dev

up: install ## Serve Tocsin at http://127.0.0.1:8420
	@exec $(BIN)/tocsin up

test: install-dev ## Run every test, on SQLite and on PostgreSQL, and in a browser
	@sh tools/test_needs.sh
	@$(BIN)/pytest -q -n $(JOBS) --dist loadfile -m "not browser" $(PYTEST_ARGS)
	@$(BIN)/pytest -q -m "browser" $(PYTEST_ARGS)

check: install-dev ## What CI checks besides the tests: style, types, who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

bench: install-dev ## Measure, and compare with floors measured in the same run
	$(BIN)/python -m benchmarks

crash: install-dev ## Kill the product at random, many times, and look that nothing was lost or done twice
	@sh tools/test_needs.sh
	@echo "CRASH_ROUNDS=$(CRASH_ROUNDS) CRASH_SEED=$(CRASH_SEED)"
	@CRASH_ROUNDS=$(CRASH_ROUNDS) CRASH_SEED=$(CRASH_SEED) $(BIN)/pytest -q tests/process/test_execution_crash.py $(PYTEST_ARGS)

clean: ## Remove the environment and caches; the data in .tocsin stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(VENV)/installed
install-dev: $(VENV)/installed-dev

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Tocsin needs Python 3.11 or newer: install it, or name it with make PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing Tocsin into $(VENV) (once; about half a minute) …"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# Dependency groups need pip 25.1.
$(VENV)/installed-dev: pyproject.toml | $(VENV)/bin/python
	@echo "Installing Tocsin and what its tests need into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@ $(VENV)/installed
