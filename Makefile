# `make help` lists what can be done here. Everything runs through uv, which is fetched when it is missing.

SHELL := /bin/bash
export PATH := $(CURDIR)/.uv/bin:$(PATH)
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --no-sync
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test test-slow again lint types check docs bench bench-serving bench-ui migrate migration system

help: ## List these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

.uv/bin/uv:
	python3 -m venv .uv
	.uv/bin/pip install --quiet 'uv>=0.9,<1'

setup: $(filter .uv/%,$(UV)) ## Make the environment, and build the page
	$(UV) sync --frozen

frontend/node_modules/typescript/package.json: frontend/package-lock.json | setup
	$(RUN) npm --prefix frontend ci --ignore-scripts --no-audit --no-fund

system: ## Install what the tests need of the system (Debian): PostgreSQL's server, Chromium, wrk, Java
	./scripts/system_packages

demo: setup ## Start a server, run the main job on real data with the mlflow client, and say where to look
	$(RUN) modelwright demo

dev: setup ## Start a server on ./data that logs every request
	$(RUN) modelwright server --home data --access-log --log-format text

# One worker more than there are cores: tests wait for the processes that they start.
WORKERS := -n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1) --dist loadfile

test: setup system frontend/node_modules/typescript/package.json ## Run the tests (ten minutes on two cores)
	$(RUN) npm --prefix frontend run -s test
	$(RUN) pytest -m "not slow" $(WORKERS) --ignore tests/browser; others=$$?; \
	$(RUN) pytest -m "not slow" $(WORKERS) tests/browser && exit $$others

test-slow: setup system ## Run the tests that take longer
	$(RUN) pytest -m slow -n 2 --dist loadfile -v --durations=0

again: setup ## Run once more, by themselves, the tests that failed last; what fails twice has failed
	$(RUN) pytest --last-failed --last-failed-no-failures none

lint: setup ## Style, formatting, import contracts
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) lint-imports

types: setup frontend/node_modules/typescript/package.json ## Check types, in Python and in TypeScript
	$(RUN) mypy
	$(RUN) npm --prefix frontend run -s typecheck

check: lint types test test-slow ## All of CI

docs: setup ## Write the generated pages of docs/reference, and openapi.json
	$(RUN) python scripts/write_reference.py

bench: setup ## Compare tracking with MLflow's server, alternating in one run
	$(RUN) python -m benchmarks.bench_tracking_against_mlflow

bench-ui: setup system ## Compare the page with MLflow's, in one browser, alternating
	$(RUN) python -m benchmarks.bench_ui_against_mlflow

bench-serving: setup ## Compare serving with other model servers: make bench-serving ARGS="--quick --peers mlserver"
	$(RUN) python -m benchmarks.bench_serving_against_peers $(ARGS)

migrate: setup ## Bring the schema of ./data up to date
	$(RUN) modelwright migrate --home data

migration: setup ## Write the next schema revision: make migration m="what changes"
	$(RUN) python scripts/new_migration.py "$(m)"
