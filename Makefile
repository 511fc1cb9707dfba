# Everything a newcomer needs: `make demo`, then `make test`. Both set up .venv themselves.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# setuptools warns of what an editable install is; that is known here.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test quick lint types unit coverage check format bench docs clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	PYTHON=$(PYTHON) scripts/make-venv $(VENV)

$(VENV)/.runtime: $(BIN)/python setup.cfg
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(BIN)/python setup.cfg
	$(PIP) -e '.[test,lint]'
	@touch $@ $(VENV)/.runtime

# What tests drive besides Python: a browser, and the clients that are written for Node.
$(VENV)/.browser: scripts/install-browser
	scripts/install-browser
	@touch $@

tests/npm/node_modules: tests/npm/package-lock.json
	npm ci --prefix tests/npm --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/.docs: $(VENV)/.runtime
	$(PIP) -e '.[docs]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) -e '.[bench]'
	@touch $@

demo: $(VENV)/.runtime ## start the sandbox, send two events, show what was sent and what arrived
	@PATH="$(abspath $(BIN)):$$PATH" scripts/demo

test: lint types check coverage ## lint, types, specs, tests with coverage

# What one call goes through, from its inputs to its result.
CALL := $(addprefix tests/test_,$(addsuffix .py,call exchange inputs outcome plan result retry templates values wire))

quick: lint types ## style, types and the tests of one call: what to run while you write
	$(BIN)/python -m pytest -q -m 'not unmeasured' $(CALL)

lint: $(VENV)/.dev ## style of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy --strict
	$(BIN)/mypy

check: $(VENV)/.dev ## the specs themselves, and the pages that are written from them
	$(BIN)/segment-connector check
	$(BIN)/segment-connector docs --check

unit: $(VENV)/.dev $(VENV)/.browser tests/npm/node_modules ## tests alone, without coverage
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

coverage: $(VENV)/.dev $(VENV)/.browser tests/npm/node_modules ## tests; fails below 95 % of lines and branches
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term-missing:skip-covered

format: $(VENV)/.dev ## put the code into the project's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench ## the figures that the README quotes, as ratios in one run
	$(BIN)/python benchmarks/one_call.py
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/listing.py
	$(BIN)/python benchmarks/mapping.py
	$(BIN)/python benchmarks/bulk.py
	$(BIN)/python benchmarks/service.py
	$(BIN)/python benchmarks/agents.py

docs: $(VENV)/.docs ## write the pages, build the site into site/, hold that it has no broken link and loads nothing from outside
	$(BIN)/segment-connector docs
	$(BIN)/zensical build --strict --clean
	$(BIN)/python scripts/check_site.py site

clean: ## remove what was made
	rm -rf $(VENV) tests/npm/node_modules build dist site .cache *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
