# Picometer. `make run` brings up the virtual meter, `make test` tests everything.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# One worker more than a small machine has processors: some tests wait for a line at its pace.
PYTEST = $(BIN)/python -m pytest -n 3 --dist worksteal --durations 20
STAMP := $(VENV)/.installed

.PHONY: run setup test test-fast test-full lint picture pictures pages help clean

run: setup ## Bring up the virtual meter; Ctrl-C pulls its plug
	$(BIN)/picometer run --tcp 127.0.0.1:7953 --pty build/optical $(ARGS)

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Picometer needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 2; }
	@echo "Setting up $(VENV), once: half a minute"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[dev]'
	@mkdir -p build
	@touch $@

test: setup toolchain ## Test everything, on CPython, on MicroPython and on the emulated RP2040
	$(PYTEST) -m "not full"

test-fast: setup ## Test on CPython only, without long runs
	$(PYTEST) -m "not full and not slow" --ignore=tests_host/unix --ignore=tests_host/device

test-full: setup toolchain ## Test everything at full size
	$(PYTEST)

lint: setup ## Check style everywhere, and types in tools/
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

picture: setup ## Draw docs/display.svg anew: the display after a day
	$(BIN)/picometer run --headless --speed max --duration 86406 --lcd docs/display.svg

pictures: setup ## Draw docs/display anew: every item and state of the display
	@$(BIN)/picometer dev pictures docs

pages: setup ## Write docs/tables.md, files.md and tests.md from the sources
	@$(BIN)/picometer dev pages docs

help: ## Say what can be made
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

clean: ## Remove everything that was made, but not the toolchain
	rm -rf build $(VENV)

include toolchain.mk build.mk
-include run.mk flash.mk bench.mk
