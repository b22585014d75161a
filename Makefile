# Two commands do all the set-up: `make demo` and `make test`. Each makes the virtual environment it needs.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow crash officers bench bench-short lock clean

demo: .venv/installed
	@$(BIN)/contract-ledger demo

# A test on every core; a core that is done takes over some of the others' tests.
test: .venv/tested
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

test-slow: .venv/tested
	$(BIN)/python -m pytest -m slow

crash: .venv/tested
	$(BIN)/python -m tests.crash --moments 200

officers: .venv/tested
	$(BIN)/python -m tests.officers --facts 20000

# The long form, beside its peers. MariaDB is among them where mariadb-server-core is installed.
bench: .venv/measured bench-short
	$(BIN)/python -m tests.benchmarks.estate --long

bench-short: .venv/tested
	$(BIN)/python -m tests.benchmarks.start_up
	$(BIN)/python -m tests.benchmarks.proof
	$(BIN)/python -m tests.benchmarks.estate --short

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

.venv/tested: .venv/installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

.venv/measured: .venv/tested requirements-bench.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-bench.txt
	@touch $@

# Needs uv. Writes no index into the lock files, so they install from wherever pip is set up to look.
lock:
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--python-version 3.11 -o requirements.txt
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --python-version 3.11 -o requirements-dev.txt
	uv pip compile pyproject.toml --group bench --universal --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --python-version 3.11 --constraints requirements-dev.txt -o requirements-bench.txt

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
