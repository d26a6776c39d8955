# Everything a checkout needs; `make help` lists it. Only Python, git and make are assumed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PORT ?= 8000
EXAMPLES ?= 2000
VENV := .venv
BIN := $(VENV)/bin
# A virtual environment that happens to be active is none of our business. What Python has compiled
# it keeps: otherwise each process of the tests compiles them all again, for ten seconds.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE

# What takes time: tests/kinds.py says which test is of which kind.
SLOW := packaging or browser or processes or live or threads or played or many
# What another database can change: rows and their order, what happens at once, and an incident from
# end to end.
DATABASE := not (packaging or browser or processes or live or played or many or pure or once) or story
# The same on PostgreSQL, with its locks; and what reaches no database, for what it covers.
COVERAGE := not (packaging or browser or processes or live or (pure and many) or once) or story or locks
# What another clock can change: all that is fast or works on many rows, and the same incident.
CLOCK := not (packaging or browser or processes or live or threads or played) or story
# Half of a test's time is waiting, for a thread or a server: two of them for each core. Fast tests
# wait for nothing, and each worker first collects them all.
CORES := $(shell getconf _NPROCESSORS_ONLN)
WORKERS ?= $(shell expr 2 \* $(CORES))
# A worker that has nothing more to do takes half of what another one has left.
PARALLEL := -n $(WORKERS) --dist worksteal

.PHONY: help demo quick test test-database no-time-zones lint format types imports docs package \
	docs-serve screenshots coverage mariadb fuzz soak soak-celery bench tox clean

help: ## This list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 15

# Without a shell in between, Ctrl-C reaches the demo alone and make has nothing to complain of.
demo: export PORT := $(PORT)
demo: export YEAR := $(or $(YEAR),0)
demo: $(VENV)/.demo ## Start the demo: the sandbox Slack and the incidents page (PORT=8000 YEAR=1)
	@exec $(BIN)/python demo/manage.py demo --year="$$YEAR"

test: $(VENV)/.test ## Run the whole test suite, browser included (ARGS="-k outbox")
	@browser=$$(scripts/browser $(BIN)/python) && \
	RESPONSE_TEST_BROWSER="$$browser" $(BIN)/python -m pytest -n $(WORKERS) -m "not packaging" $(ARGS)

quick: $(VENV)/.test ## Run the tests that are fast, in about a minute
	@$(BIN)/python -m pytest -q -n $(CORES) -m "not ($(SLOW))" $(ARGS)

# For another database (DATABASE_URL).
test-database: $(VENV)/.test
	$(BIN)/python -m pytest -q $(PARALLEL) -m "$(DATABASE)" $(ARGS)

no-time-zones: export RESPONSE_TEST_USE_TZ := 0
no-time-zones: $(VENV)/.test ## Run what another clock can change without time zones
	$(BIN)/python -m pytest -q $(PARALLEL) -m "$(CLOCK)" $(ARGS)

# The rest (browsers, the sandbox, documents, and what tests/kinds.py names in ONCE) `make test` runs
# once, on SQLite.
coverage: $(VENV)/.test ## Run what PostgreSQL can change there, and measure what it covers
	@rm -f .coverage
	scripts/with-postgres $(BIN)/python -m pytest -q $(PARALLEL) -m "$(COVERAGE)" \
		--cov --cov-report=term:skip-covered $(ARGS)

mariadb: $(VENV)/.test ## Run the tests of the database, and a short crash test, on MariaDB
	@scripts/with-mariadb $(MAKE) --no-print-directory $(VENV)/.mysql test-database soak-mariadb

soak-mariadb:
	@$(BIN)/python -m tests.soak --form one --database "$$DATABASE_URL" --requests 150 --rate 15 \
		--kills 4 --kill-every 1-3 --outages 2 --settle 120

lint: $(VENV)/.lint ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.lint ## Mend style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.lint $(VENV)/.test ## Check types
	$(BIN)/python -m mypy

imports: $(VENV)/.lint $(VENV)/.test ## Check which room may import which
	$(BIN)/lint-imports

docs docs-serve: export NO_MKDOCS_2_WARNING := 1
docs: $(VENV)/.test ## Build the documentation site into site/ (make docs-serve shows it)
	$(BIN)/python -m mkdocs build --strict --quiet

screenshots: $(VENV)/.test ## Make the pictures of the documentation anew, from the demo
	@browser=$$(scripts/browser $(BIN)/python) && \
	RESPONSE_TEST_BROWSER="$$browser" $(BIN)/python scripts/screenshots.py

docs-serve: $(VENV)/.test
	$(BIN)/python -m mkdocs serve

package: $(VENV)/.test ## Build the package and install it into an empty project
	$(BIN)/python -m pytest -m packaging tests/packaging

fuzz: export RESPONSE_TEST_EXAMPLES := $(EXAMPLES)
fuzz: $(VENV)/.test ## Send odd input to every entrance, on both databases (EXAMPLES=500)
	@for database in env scripts/with-postgres; do \
		$$database $(BIN)/python -m pytest -q $(PARALLEL) --hypothesis-profile=fuzz \
			tests/test_fuzz.py $(ARGS) || exit 1; \
	done

soak: $(VENV)/.test ## Run the long crash test, all forms (ARGS="--seed 7 --requests 5000")
	@PYTHON=$(BIN)/python scripts/soak $(ARGS)

soak-celery: $(VENV)/.test
	@scripts/with-postgres scripts/with-redis sh -c '$(BIN)/python -m tests.soak --form many \
		--database "$$DATABASE_URL" --broker "$$CELERY_BROKER_URL" \
		--requests 400 --rate 15 --outages 3,3 $(ARGS)'

bench: $(VENV)/.test ## Measure Response beside its peers, 3 minutes (ARGS="--long", ARGS="--only ack")
	@scripts/with-postgres $(BIN)/python -m benchmarks $(ARGS)

tox: $(VENV)/.lint ## Run the fast tests on every Python and Django that are there
	$(BIN)/tox

clean: ## Remove what the other targets made (not the demo's data: that is .demo)
	rm -rf $(VENV) .bench .tox build dist site *.egg-info .coverage .hypothesis
	rm -rf .import_linter_cache .mypy_cache .ruff_cache .pytest_cache

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

$(VENV)/.mysql: $(VENV)/.test
	@echo "Building the driver for MariaDB …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[mysql]"
	@touch $@

$(VENV)/.lint: $(BIN)/python pyproject.toml
	@echo "Installing the linters …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[lint]"
	@touch $@
