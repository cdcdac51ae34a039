# Every command of the template. `make help` lists them.
#
# Everything runs in .venv, made from requirements/dev.txt (exact versions, hashes) by an installed uv, else by pip.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.SHELLFLAGS := -eu -c

# uv stumbles over pyenv's shims, so it is shown the interpreters themselves. .venv/bin comes last: it brings a uv
# where none is installed, and hides nothing else.
PYENV_BINS := $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/3.1[123].*/bin)
nothing :=
export PATH := $(subst $(nothing) $(nothing),:,$(strip $(PYENV_BINS)))$(if $(PYENV_BINS),:)$(PATH):$(CURDIR)/.venv/bin

# Where it is set, each of the many processes of the tests would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

READY := .venv/.ready
PYTHON := .venv/bin/python
ANSWERS ?= tests/answers/default.yml
ARGS ?=
FRAMEWORK ?= fastapi
DATABASE ?= postgresql

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements/dev.txt
	@echo "Installing the tools into .venv"
	@scripts/install_tools
	@touch $(READY)

.PHONY: setup
setup: $(READY) ## Create .venv with the locked tools; every other target does it when it is needed

.PHONY: demo
demo: $(READY) ## Render a service into build/demo-service, set it up, start it and ask it something
	@$(PYTHON) -m scripts.demo

.PHONY: render
render: $(READY) ## Render the working tree into build/ in seconds, without hooks (ANSWERS=tests/answers/sqlite.yml)
	@$(PYTHON) scripts/render.py $(ANSWERS)

.PHONY: tree
tree: $(READY) ## Show what a service holds, and from which layer (FRAMEWORK=flask DATABASE=sqlite)
	@$(PYTHON) -m scripts.tree $(FRAMEWORK) $(DATABASE)

.PHONY: weights
weights: $(READY) ## Count the lines of each layer, and what the frameworks' services share
	@$(PYTHON) -m scripts.tree --weights

.PHONY: lint
lint: $(READY) ## Format, lint and types of the template's own code
	.venv/bin/ruff format --check hooks scripts tests
	.venv/bin/ruff check hooks scripts tests
	.venv/bin/mypy

.PHONY: check
check: lint ## Lint, try every question, render once: the round before a commit
	$(PYTHON) -m pytest -q -n 2 tests/questions $(ARGS)
	@$(PYTHON) scripts/render.py $(ANSWERS)
	@echo "All checks passed."

.PHONY: test
test: lint ## Lint, then run every test, the fast ones first, and say how long each stage took
	@$(PYTHON) scripts/servers.py
	$(PYTHON) -m pytest -n 2 --dist loadscope --no-loadscope-reorder tests $(ARGS)

.PHONY: format
format: $(READY) ## Format the template's own code and fix what ruff can fix
	.venv/bin/ruff format hooks scripts tests
	.venv/bin/ruff check --fix hooks scripts tests

.PHONY: pages
pages: $(READY) ## Write what follows from the code: the services' pages, the README's table of questions
	$(PYTHON) -m scripts.generated_pages
	$(PYTHON) -m scripts.questions_table

.PHONY: lock
lock: $(READY) ## Resolve the tools anew into requirements/dev.txt (ARGS=--upgrade)
	$(PYTHON) scripts/lock_tools.py $(ARGS)

.PHONY: clean
clean: ## Remove rendered services, the environment and caches
	rm -rf build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find hooks scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
