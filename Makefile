# Picometer. `make run` brings up the virtual meter, `make test` tests everything.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run setup test test-full lint picture clean

run: setup
	$(BIN)/picometer run --tcp 127.0.0.1:7953 --pty build/optical $(ARGS)

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Picometer needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@mkdir -p build
	@touch $@

test: setup
	$(BIN)/python -m pytest -n 2 -m "not full"

test-full: setup
	$(BIN)/python -m pytest -n 2

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

picture: setup
	$(BIN)/picometer run --headless --speed max --duration 7300 --lcd docs/display.svg

clean:
	rm -rf build $(VENV)
