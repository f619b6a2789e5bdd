# Every task has one word; `make help` lists them. They assume a POSIX shell, make, Python 3.11 or newer, and the
# package registries; everything else is installed, into this folder (Debian packages for the tests apart).

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench format lock clean test-setup train-setup test-training

PYTHON ?=
BIN := .venv/bin
CODE := $(wildcard src tests tools benchmarks examples)
PYTEST_ARGS ?=
FIND_PYTHON := PYTHON="$(PYTHON)" sh tools/find_python.sh

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):[^#]*## /make \1\t/p' Makefile | expand -t 20

setup: ## install everything the service needs into .venv; quick when nothing has changed
	@python=$$($(FIND_PYTHON)) && "$$python" tools/set_up.py

run: setup ## set up, then start the whole service for a made-up landlord (INTAKEBOT_… settings are honoured)
	@exec $(BIN)/intakebot serve

test: test-setup ## install what the tests need and run them all (PYTEST_ARGS="tests/domain -k clock" picks some)
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

check: test-setup ## format, lint, types (strict), import floors, structure and docs tests
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/house $(wildcard tests/docs)

bench: test-setup ## run the benchmarks; results in benchmarks/results/
	$(BIN)/python -m benchmarks

format: test-setup ## put the code in its one format
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

lock: ## choose the newest allowed versions of every dependency anew
	@python=$$($(FIND_PYTHON)) && sh tools/lock.sh "$$python"

clean: ## remove everything setup and the tests made; your data/ folder stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist \
		assets/node_modules src/intakebot/web/static/govuk benchmarks/results
	find src tests tools benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

train-setup: ## install what `intakebot train` needs, PyTorch above all: on Linux some gigabytes
	@python=$$($(FIND_PYTHON)) && "$$python" tools/set_up.py train

test-training: test-setup train-setup ## train a tiny model for real; make test and CI leave this out, for PyTorch's size
	$(BIN)/python -m pytest --training $(PYTEST_ARGS) tests/classifiers/test_training.py tests/classifiers/test_network.py

test-setup:
	@python=$$($(FIND_PYTHON)) && "$$python" tools/set_up.py test && "$$python" tools/test_programs.py
