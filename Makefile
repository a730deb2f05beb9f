# The front door. Needs python3 (3.11 or newer), make and a package index; everything else is installed below .venv.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
STAMP := .venv/.installed

.PHONY: help demo test lint fix docs docs-check bench clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(BIN)/python -m pip --disable-pip-version-check install -q uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv sync --active --locked --inexact --all-extras --compile-bytecode --quiet
	@$(BIN)/python -m compileall -q src
	@touch $(STAMP)

demo: $(STAMP) ## Scan the example shop: eight-stage summary, HTML and SARIF reports
	@$(BIN)/python tools/demo.py

test: $(STAMP) ## Environment and all tests
	@$(BIN)/pytest -n auto --dist loadgroup --cov --cov-report=term:skip-covered

lint: $(STAMP) ## ruff, mypy strict, import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP) ## Let ruff repair what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(STAMP) ## Write the generated pages
	$(BIN)/python tools/docs.py

docs-check: $(STAMP) ## Fail when a generated page is out of date or a link is broken
	$(BIN)/python tools/docs.py --check

bench: $(STAMP) ## The benches that need no peer; bench/README.md says how to run the others
	$(BIN)/python bench/store.py
	$(BIN)/python bench/scan.py . --doublings 2

clean: ## Remove the environment and what was written
	rm -rf .venv out dist .mypy_cache .ruff_cache .pytest_cache
