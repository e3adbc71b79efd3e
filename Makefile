# The only command list. `make demo` and `make test` need nothing but Python 3.11; .ci/run calls the same targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.PHONY: setup demo test covered check bench browser faults radio esphome realdata lock clean help

help:
	@echo "make demo     a whole store in one process: open the printed address"
	@echo "make test     the suite; what needs mosquitto or a browser joins where it is found"
	@echo "make covered  every branch of campaigns/ by the plain tests of the rules; a part of make test"
	@echo "make check    formatting, lint, types, import laws"
	@echo "make browser  real Firefox and Chromium, axe  make faults  kill -9 of every part"
	@echo "make bench    speed and memory, side by side    make radio  real BlueZ under QEMU"
	@echo "make esphome  ESPHome beside us, to check its rendered files"

setup: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup
	$(BIN)/aislecue demo

# The whole suite comes last: its last line says how the tests ended.
test: covered
	$(BIN)/python -m pytest -n auto tests

# Plain tests of the rules reach every branch of them: what only a random scenario finds has no name.
covered: setup
	$(BIN)/coverage run --source=campaigns -m pytest -q -m "not hypothesis" tests/campaigns
	$(BIN)/coverage report --fail-under=100

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

browser: setup
	$(BIN)/python -m pytest -m browser tests/browser --screens docs/screens/pages

faults: setup
	$(BIN)/python -m pytest -m faults tests/faults

radio: setup
	$(BIN)/python -m pytest -m radio tests/radio

esphome:
	@test -x build/esphome/bin/esphome || { $(PYTHON) -m venv build/esphome && build/esphome/bin/python -m pip install --quiet --disable-pip-version-check 'esphome>=2025.7'; }

realdata: setup
	$(BIN)/python -m tests.realdata.prepare

bench: setup
	$(BIN)/python -m benchmarks

lock:
	uv pip compile --quiet --no-header --no-emit-index-url --no-annotate --generate-hashes --python-version 3.11 --extra all --group dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
