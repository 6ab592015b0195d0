# make run, make dev, make check, make test, make test-roundings, make lint, make format, make picture, make bench:
# each makes its own environment in .venv where it is missing.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501
# Other processors, on one of x86: torch's kernels and numpy's tanh; MKL's products and OpenBLAS' norms.
# tests/test_processors.py holds that each of these variables changes bits.
OTHER_KERNELS := ATEN_CPU_CAPABILITY=default NPY_DISABLE_CPU_FEATURES=X86_V3
OTHER_PRODUCTS := MKL_CBWR=COMPATIBLE OPENBLAS_CORETYPE=Nehalem
# What a person at work waits for: of these tests those that are quick. make check ROOM=charts adds a room's.
QUICK := tests/test_architecture.py tests/test_content.py tests/test_docs.py tests/test_experiment.py \
	tests/computing tests/diagnosis tests/theory
ROOM :=
PYTEST := KERAS_BACKEND=torch $(BIN)/python -m pytest -n 2 --dist loadgroup --timeout 300

.PHONY: run dev check test test-roundings lint format picture bench
.DELETE_ON_ERROR:

run: .venv/app
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

dev: .venv/dev
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT) --server.fileWatcherType auto --server.runOnSave true \
		--server.folderWatchBlacklist .venv

check: lint
	KERAS_BACKEND=torch $(BIN)/python -m pytest --timeout 300 -m "not slow" $(QUICK) $(ROOM:%=tests/%)

test: .venv/dev
	$(BIN)/python -m tests.browser_setup
	$(BIN)/python -m tests.nginx_setup
	$(PYTEST)

test-roundings: .venv/dev
	ROUNDINGS_TURN=1 $(OTHER_KERNELS) $(PYTEST) -m trains
	ROUNDINGS_TURN=2 $(OTHER_PRODUCTS) $(PYTEST) -m trains

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

picture: .venv/dev
	$(BIN)/python -m docs.draw_architecture

bench: .venv/dev
	KERAS_BACKEND=torch $(BIN)/python -m bench
	$(BIN)/python -m bench.watch
	$(BIN)/python -m bench.sweeps
	$(BIN)/python -m bench.verdicts
	$(BIN)/python -m bench.page
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.runs
	$(BIN)/python -m bench.load

$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/app: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/app
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@
