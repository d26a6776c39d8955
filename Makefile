# Everything a checkout needs; `make help` lists it. Only Python, git and make are assumed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# A virtual environment that happens to be active is none of our business.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH

.PHONY: help demo test lint types imports package soak bench tox clean

help: ## This list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

# Without a shell in between, Ctrl-C reaches the demo alone and make has nothing to complain of.
demo: export PORT := $(PORT)
demo: $(VENV)/.demo ## Start the demo: the sandbox Slack and the incidents page (PORT=8000)
	@exec $(BIN)/python demo/manage.py demo --port $(PORT)

test: $(VENV)/.test ## Run the whole test suite, browser included (ARGS="-k outbox")
	@browser=$$(scripts/browser $(BIN)/python) && \
	RESPONSE_TEST_BROWSER="$$browser" $(BIN)/python -m pytest -n auto -m "not packaging" $(ARGS)

lint: $(VENV)/.lint ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.lint $(VENV)/.test ## Check types
	$(BIN)/python -m mypy

imports: $(VENV)/.lint $(VENV)/.test ## Check which room may import which
	$(BIN)/lint-imports

package: $(VENV)/.test ## Build the package and install it into an empty project
	$(BIN)/python -m pytest -m packaging tests/packaging

soak: $(VENV)/.test ## Run the long crash test, both forms (ARGS="--seed 7 --requests 5000")
	@PYTHON=$(BIN)/python scripts/soak $(ARGS)

bench: $(VENV)/.test ## Measure Response beside its peers, 3 minutes (ARGS="--long", ARGS="--only ack")
	@scripts/with-postgres $(BIN)/python -m benchmarks $(ARGS)

tox: $(VENV)/.lint ## Run the suite on every Python that is there
	$(BIN)/tox

clean: ## Remove what the other targets made (not the demo's data: that is .demo)
	rm -rf $(VENV) .bench .tox build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@scripts/make-venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml
	@echo "Installing what the demo needs …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[demo]"
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	@touch $@ $(VENV)/.demo

$(VENV)/.lint: $(BIN)/python pyproject.toml
	@echo "Installing the linters …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[lint]"
	@touch $@
