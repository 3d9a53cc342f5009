# Loanline. `make demo` and `make test` need nothing but Python 3.11 or later, make and access to PyPI.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
CODE := main.py demo.py benchmarks bot commands handlers services sandbox simulation tests
BENCHMARKS := .venv-benchmarks
SECURITY := .venv-security

.DEFAULT_GOAL := help
.PHONY: help venv demo run test check format lint types bandit audit nightly killing mutants benchmark coverage lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

venv: $(VENV)/.ready ## Make .venv with everything the project needs

$(VENV)/.ready: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Loanline needs Python 3.11 or later: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

demo: venv ## The whole product on this machine: bot, local Telegram, phone page
	$(BIN)/python main.py demo

run: venv ## The bot against real Telegram (needs LOANLINE_TOKEN, see README)
	$(BIN)/python main.py run

test: venv ## Tests, on SQLite and on a PostgreSQL that they start themselves
	$(BIN)/python -m pytest -n auto --dist worksteal

check: venv format lint types bandit audit test ## Everything that must hold before a commit

format: venv ## Put the code into its one format
	$(BIN)/ruff format $(CODE)

lint: venv ## Style and mistakes
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)

types: venv ## Strict type checking
	$(BIN)/mypy

bandit: $(SECURITY)/.ready ## Insecure constructions
	$(SECURITY)/bin/bandit --quiet --configfile pyproject.toml --recursive $(filter-out tests,$(CODE))

audit: $(SECURITY)/.ready ## Known weaknesses of the packages in both lock files; says so where it cannot ask
	$(SECURITY)/bin/python .ci/audit.py requirements.lock requirements-dev.lock

$(SECURITY)/.ready: pyproject.toml
	$(PYTHON) -m venv $(SECURITY)
	$(SECURITY)/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(SECURITY)/bin/python -m pip install --quiet --group security
	@touch $@

nightly: venv ## Property tests with thousands of examples, and what the simulation notices when a mechanism is missing
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n auto tests/engine tests/services/test_lives_of_payments.py
	SIMULATE_BREAKAGE=1 $(BIN)/python -m pytest -n auto tests/simulation/test_it_notices.py

killing: venv ## Kill real processes a hundred times at random moments, on PostgreSQL
	KILLS=100 $(BIN)/python -m pytest tests/killing

mutants: venv ## Change the engine piece by piece, list what no test notices; MUTANTS="services.engine.apr.*" for a part
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group mutation --constraint requirements-dev.lock
	$(BIN)/python -m pip uninstall --quiet --yes uv
	HYPOTHESIS_PROFILE=mutants $(BIN)/mutmut run --max-children $(WORKERS) $(MUTANTS)
	$(BIN)/mutmut results

benchmark: $(BENCHMARKS)/.ready ## How fast engine and bot are, beside bare loops, packages of PyPI and an echo; PARTS="turns waiting" for some
	$(BENCHMARKS)/bin/python -m benchmarks $(PARTS)

$(BENCHMARKS)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(BENCHMARKS)
	$(BENCHMARKS)/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	$(BENCHMARKS)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BENCHMARKS)/bin/python -m pip install --quiet --group benchmarks
	@touch $@

coverage: venv ## Tests with a coverage report
	$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing

lock: venv ## Renew both lock files from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --quiet --output-file requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header --quiet --constraint requirements-dev.lock --output-file requirements.lock
	$(BIN)/python -m pip uninstall --quiet --yes uv

clean: ## Remove what was built; data in var/ stays
	rm -rf $(VENV) $(BENCHMARKS) $(SECURITY) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov mutants
