# Everything a newcomer needs: `make demo`, then `make test`. Both set up .venv themselves.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# uv is the one thing that pip brings: with it the rest takes seconds instead of minutes.
UV := $(BIN)/uv
# What is installed is what the locks say; the package itself needs nothing more, not even to be built.
LOCKED := pip install --quiet --require-hashes --requirements
ITSELF := pip install --quiet --reinstall --no-deps --no-build-isolation --editable .
PYTEST := python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

.PHONY: help demo test quick lint types unit coverage screenshots pictures importers hosts check format converters test-oldest test-newest lock audit bench docs clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	PYTHON=$(PYTHON) scripts/make-venv $(VENV)

$(UV): requirements/uv.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt setup.cfg pyproject.toml $(UV)
	$(UV) $(LOCKED) $< --python $(BIN)/python
	$(UV) $(ITSELF) --python $(BIN)/python
	@touch $@

$(VENV)/.dev: requirements/development.txt setup.cfg pyproject.toml $(UV)
	$(UV) $(LOCKED) $< --python $(BIN)/python
	$(UV) $(ITSELF) --python $(BIN)/python
	@touch $@ $(VENV)/.runtime

# What tests drive besides Python: a browser, a terminal, Redis, and what is written for Java and for Node.
$(VENV)/.browser: scripts/install-browser | $(BIN)/python
	scripts/install-browser
	@touch $@

$(VENV)/.servers: scripts/install-redis scripts/install-postgresql scripts/install-tmux | $(BIN)/python
	scripts/install-redis
	scripts/install-tmux
	scripts/install-postgresql || echo "the tests of PostgreSQL are left out" >&2
	@touch $@

$(VENV)/.java: scripts/install-java | $(BIN)/python
	scripts/install-java
	@touch $@

tests/npm/node_modules: tests/npm/package-lock.json
	@command -v npm >/dev/null || { echo "error: npm is not installed; run: sudo apt install npm" >&2; exit 1; }
	npm ci --prefix tests/npm --no-audit --no-fund --loglevel=error
	@touch $@

# Other vendors' converters of tools want another release of the SDK, so they have an environment of their own.
export CONVERTERS_PYTHON := $(abspath $(VENV))-converters/bin/python
CONVERTERS := $(VENV)-converters/.installed

$(CONVERTERS): requirements/converters.txt $(UV)
	$(UV) venv --quiet --clear --python $(BIN)/python $(VENV)-converters
	$(UV) $(LOCKED) $< --python $(VENV)-converters
	@touch $@

converters: $(CONVERTERS) ## install what tests/hosts/mcp converts tools with

demo: $(VENV)/.runtime ## start the sandbox, send two events, show what was sent and what arrived
	@PATH="$(abspath $(BIN)):$$PATH" scripts/demo

test: lint types check coverage ## lint, types, specs, tests with coverage

# What one call goes through, from its inputs to its result.
CALL := $(addprefix tests/,values schema templates call http/test_attempts.py http/test_retry.py http/test_syntax.py test_result.py)

quick: lint types ## style, types and the tests of one call: what to run while you write
	$(BIN)/python -m pytest -q -m 'not unmeasured' $(CALL)

# What people read, and the code; tests misspell on purpose.
WRITTEN := '*.md' segment_connector hosts examples actions presets triggers catalogs servers schemas scripts connector.yaml setup.cfg Makefile

lint: $(VENV)/.dev ## style of the code, and spelling and words of what people read
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files $(WRITTEN) | xargs $(BIN)/codespell
	$(BIN)/python scripts/check_words.py

types: $(VENV)/.dev ## mypy --strict
	$(BIN)/mypy

check: $(VENV)/.dev ## the specs themselves, and the pages that are written from them
	$(BIN)/segment-connector check
	$(BIN)/segment-connector docs --check

unit: $(VENV)/.dev $(VENV)/.browser $(VENV)/.servers $(VENV)/.java $(CONVERTERS) tests/npm/node_modules ## tests alone, without coverage
	$(BIN)/$(PYTEST)

coverage: $(VENV)/.dev $(VENV)/.browser $(VENV)/.servers $(VENV)/.java $(CONVERTERS) tests/npm/node_modules ## tests; fails below 95 % of lines and branches
	$(BIN)/$(PYTEST) --cov --cov-report=term-missing:skip-covered

# A host has the tests of tests/real_hosts/NAME and an environment of its own. Those that take long to install are run by name.
HEAVY_HOSTS := n8n
HOSTS := $(filter-out __pycache__ $(HEAVY_HOSTS),$(patsubst tests/real_hosts/%/.,%,$(wildcard tests/real_hosts/*/.)))

.PRECIOUS: $(VENV)-host-%/.installed
.SECONDEXPANSION:
$(VENV)-host-%/.installed: scripts/make-host $$(wildcard requirements/hosts/$$*.txt hosts/$$*/pyproject.toml tests/real_hosts/$$*/package-lock.json) $(UV)
	UV=$(abspath $(UV)) scripts/make-host $* $(VENV)-host-$*

# Only where a host is installed can mypy see its types, which a distribution of ours in hosts/NAME refers to.
host-%: $(VENV)/.dev $(VENV)/.browser $(VENV)-host-%/.installed
	@if [ -d hosts/$* ]; then scripts/check-host-types $* $(VENV); fi
	HOSTS=$* HOST_ENVIRONMENTS=$(abspath $(VENV))-host- $(BIN)/python -m pytest -q tests/real_hosts/$*

# One after another, as each fills the machine; all of them, and those that failed by name.
hosts: ## the connector in real hosts, each installed by itself in under a minute; make host-NAME runs one
	@failed=; for host in $(HOSTS); do \
	    echo "== $$host"; $(MAKE) --no-print-directory host-$$host || failed="$$failed $$host"; \
	done; \
	if [ -n "$$failed" ]; then echo "error: failed:$$failed; make host-NAME runs one of them" >&2; exit 1; fi

screenshots: $(VENV)/.dev $(VENV)/.browser ## take the pictures anew that tests compare the workbench's pages with
	SCREENSHOTS=anew $(BIN)/python -m pytest -q tests/service/workbench/test_screens.py -k looks_as_it_did

pictures: $(VENV)/.dev $(VENV)/.browser ## take the pictures of the docs anew, from real runs
	$(BIN)/python scripts/pictures/product.py

importers: $(VENV)/.dev $(VENV)/.java $(CONVERTERS) tests/npm/node_modules ## importers and generators of clients, on the whole OpenAPI document
	$(BIN)/python -m pytest -m importers tests/importers

test-oldest: $(UV) $(VENV)/.browser $(VENV)/.servers $(VENV)/.java $(CONVERTERS) tests/npm/node_modules ## tests with the oldest releases that setup.cfg allows, on the oldest Python here
	$(UV) venv --quiet --clear --python $$(scripts/find-python oldest) $(VENV)-oldest
	$(UV) $(LOCKED) requirements/oldest.txt --python $(VENV)-oldest
	$(UV) $(ITSELF) --python $(VENV)-oldest
	$(VENV)-oldest/bin/$(PYTEST)

test-newest: $(UV) $(VENV)/.browser $(VENV)/.servers $(VENV)/.java $(CONVERTERS) tests/npm/node_modules ## tests with the newest releases there are today, on the newest Python here
	$(UV) venv --quiet --clear --python $$(scripts/find-python newest) $(VENV)-newest
	$(UV) pip install --quiet --refresh --upgrade --editable '.[test]' --python $(VENV)-newest
	$(VENV)-newest/bin/$(PYTEST)

lock: $(UV) ## renew the locks in requirements/, tests/npm and tests/real_hosts
	UV=$(abspath $(UV)) scripts/lock

audit: $(VENV)/.dev ## look for known holes in what is locked (asks PyPI and npm)
	@failed=; for locked in requirements/development.txt requirements/oldest.txt requirements/converters.txt requirements/hosts/*.txt; do \
	    echo "== $$locked"; $(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement $$locked || failed="$$failed $$locked"; \
	done; \
	for locked in tests/npm/package-lock.json tests/real_hosts/*/package-lock.json; do \
	    echo "== $$locked"; npm audit --prefix $$(dirname $$locked) --package-lock-only || failed="$$failed $$locked"; \
	done; \
	if [ -n "$$failed" ]; then echo "error: known holes in:$$failed" >&2; exit 1; fi

format: $(VENV)/.dev ## put the code into the project's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev $(VENV)/.browser ## the figures that the README quotes, as ratios in one run
	$(BIN)/python benchmarks/one_call.py
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/listing.py
	$(BIN)/python benchmarks/mapping.py
	$(BIN)/python benchmarks/suggestion.py
	$(BIN)/python benchmarks/bulk.py
	$(BIN)/python benchmarks/service.py
	$(BIN)/python benchmarks/triggers.py
	$(BIN)/python benchmarks/workbench.py
	$(BIN)/python benchmarks/agents.py
	$(BIN)/python benchmarks/plan_check.py

docs: $(VENV)/.dev $(VENV)/.browser ## write the pages, build the site into site/, hold its links, that it loads nothing from outside, and its search
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: zensical, which builds the site, needs Python 3.11; run: make clean; make docs PYTHON=python3.11" >&2; exit 1; }
	$(BIN)/segment-connector docs
	$(BIN)/zensical build --strict --clean
	$(BIN)/python scripts/tidy_search.py site
	$(BIN)/python scripts/check_site.py site
	$(BIN)/python scripts/check_search.py site

clean: ## remove what was made
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-newest $(VENV)-converters $(VENV)-host-* tests/npm/node_modules tests/real_hosts/*/node_modules build dist site .cache *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
