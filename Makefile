# What one does with this checkout. Each command sets up .venv by itself, once, from the pinned and hashed lock files.
#
# PYTHON=python3.12 make demo     takes another Python (3.11 or later)

.DEFAULT_GOAL := help
.PHONY: help setup demo test packets bench fuzz lint lock messages clean
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
PYTHON ?= python3
# One lock file for every system and Python, with hashes, and without a word of where the packages come from.
COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate $(UPGRADE) --extra build pyproject.toml
FIND_PYTHON := for python in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done

help: ## Show these commands
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

setup: $(VENV)/.ready ## Set up the program in .venv, and nothing else
	@echo 'Ready: $(BIN)/dideban --help'

demo: $(VENV)/.ready ## Measure a censored internet that stands on this computer; reaches nobody
	@$(BIN)/dideban demo

test: lint ## Check style, types and every promise of the tests
	@$(BIN)/python -m pytest -n auto --ignore=tests/test_scenarios.py
	@$(BIN)/python -m pytest tests/test_scenarios.py -k 'not namespace' # by itself: it makes its trials many at a time

packets: $(VENV)/.ready-test ## Try every scenario on packets too, in network namespaces (Linux; some minutes more)
	@$(BIN)/python -m pytest tests/test_scenarios.py -k namespace

lint: $(VENV)/.ready-test ## Check style and types only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check . || { echo 'Not formatted; run: $(BIN)/ruff format .'; exit 1; }
	@$(BIN)/mypy

bench: $(VENV)/.ready-test ## Measure the numbers to reach
	@$(BIN)/python -m tests.bench

fuzz: $(VENV)/.ready-fuzz ## Try every decoder with bytes made up to break it, 30 s each (Linux)
	@$(BIN)/python -m tests.fuzz

# Each language's file is brought up to date with the texts in the code; NEW=ckb begins a new one.
TEXTS := agent/messages
messages: $(VENV)/.ready ## Bring the translations up to date with the code; NEW=xx adds one
	@$(BIN)/pybabel -q extract --mapping-file $(TEXTS)/extract.toml --keyword N_ --add-comments 'Translators:' \
		--add-location file --width 120 --project dideban --output-file $(TEXTS)/.pot agent
	@if [ -n "$(NEW)" ] && [ ! -e "$(TEXTS)/$(NEW).po" ]; then \
	  $(BIN)/pybabel -q init --input-file $(TEXTS)/.pot --output-file "$(TEXTS)/$(NEW).po" --locale "$(NEW)"; fi
	@for file in $(TEXTS)/*.po; do $(BIN)/pybabel -q update --input-file $(TEXTS)/.pot --output-file "$$file" \
	  --locale "$$(basename "$$file" .po)" --width 120 --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date; done
	@rm $(TEXTS)/.pot

lock: $(VENV)/.ready-test ## Pin the dependencies anew; UPGRADE=--upgrade takes the newest
	@$(PIP) install --upgrade uv
	@$(COMPILE) --output-file requirements.lock
	@$(COMPILE) --constraint requirements.lock --extra test --output-file requirements-test.lock
	@$(COMPILE) --constraint requirements-test.lock --extra fuzz --output-file requirements-fuzz.lock
	@echo 'Pinned in requirements.lock, requirements-test.lock and requirements-fuzz.lock.'

clean: ## Remove what was set up and cached; results stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	@find agent probes tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.python:
	@$(FIND_PYTHON); \
	if [ -z "$$python" ]; then echo 'Dideban needs Python 3.11 or later; install it, or name it: make PYTHON=…'; exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$python has no venv module; install it (on Debian and Ubuntu: apt install python3-venv)."; exit 1; fi; \
	echo "Making .venv with $$("$$python" --version)"; \
	"$$python" -m venv $(VENV) && touch $@

# The package is installed in place: one .pth file and the `dideban` script. Its build backend is in the lock file too.
$(VENV)/.ready: $(VENV)/.python requirements.lock pyproject.toml
	@echo 'Installing the pinned dependencies (once, about a minute)'
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready requirements-test.lock
	@echo 'Installing what the tests need (once)'
	@$(PIP) install --require-hashes --requirement requirements-test.lock
	@touch $@

$(VENV)/.ready-fuzz: $(VENV)/.ready-test requirements-fuzz.lock
	@$(PIP) install --require-hashes --requirement requirements-fuzz.lock
	@touch $@
