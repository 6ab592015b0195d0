# make run, make test, make lint, make bench: each makes its own environment in .venv where it is missing.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501

.PHONY: run test lint format bench
.DELETE_ON_ERROR:

run: .venv/app
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

test: .venv/dev
	$(BIN)/python -m tests.browser_setup
	KERAS_BACKEND=torch $(BIN)/python -m pytest -n 2 --dist loadgroup --timeout 300

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev
	KERAS_BACKEND=torch $(BIN)/python -m bench
	$(BIN)/python -m bench.sweeps
	$(BIN)/python -m bench.verdicts
	$(BIN)/python -m bench.page
	$(BIN)/python -m bench.memory

$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/app: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/app
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@
