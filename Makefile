# make run, make test, make test-roundings, make lint, make bench: each makes its own environment in .venv where it is missing.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501
# Other processors, on one of x86: torch's kernels and numpy's tanh; MKL's products and OpenBLAS' norms.
# tests/test_processors.py holds that each of these variables changes bits.
OTHER_KERNELS := ATEN_CPU_CAPABILITY=default NPY_DISABLE_CPU_FEATURES=X86_V3
OTHER_PRODUCTS := MKL_CBWR=COMPATIBLE OPENBLAS_CORETYPE=Nehalem
TRAINS := KERAS_BACKEND=torch $(BIN)/python -m pytest -n 2 --dist loadgroup --timeout 300 -m trains

.PHONY: run test test-roundings lint format bench
.DELETE_ON_ERROR:

run: .venv/app
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

test: .venv/dev
	$(BIN)/python -m tests.browser_setup
	KERAS_BACKEND=torch $(BIN)/python -m pytest -n 2 --dist loadgroup --timeout 300

test-roundings: .venv/dev
	$(OTHER_KERNELS) $(TRAINS)
	$(OTHER_PRODUCTS) $(TRAINS)

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
