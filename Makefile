# From a fresh clone: `make demo`, `make test`. The first call makes .venv from requirements-dev.lock; nothing else is
# installed anywhere, but for the Debian packages that `make test` needs (tests/packages.sh).

SHELL := /bin/bash
BIN := .venv/bin
READY := .venv/ready
ARGS ?=
UPGRADE ?= --upgrade

# The extras that a shop gets by the documented installation: all but the FAQ's larger matcher.
RUNNING := $(filter-out faq all,$(shell sed -n '/^\[project.optional/,/^\[dep/s/^\([a-z]*\) = .*/\1/p' pyproject.toml))

# With no compiled modules each test process, and each process that it starts, compiles all of them again.
unexport PYTHONDONTWRITEBYTECODE

# `make fast` tells nothing about disks (`make test` runs the same tests on one), so it waits for none: what it stores
# goes to memory where there is room. And it tries a fifth of the made-up cases (tests/examples.py).
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 == "tmpfs" && $$4 > 1000000 {print "/dev/shm"}')

.PHONY: help demo test fast lint campaign bench clean translations reference lock packages

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: $(READY)  ## try the bridge on this machine; ARGS="--port 2600"
	@exec $(BIN)/inbox-bridge demo $(ARGS)

test: $(READY) packages .venv-helpdesk .model-e5  ## all tests; ARGS="-k mail -x"
	$(BIN)/pytest -n 4 --dist worksteal $(ARGS)

fast: $(READY)  ## the tests that need no server
	$(if $(MEMORY),PYTEST_DEBUG_TEMPROOT=$(MEMORY)) $(BIN)/pytest -n 2 --dist worksteal --hypothesis-profile=quick -m "not servers" $(ARGS)

lint: $(READY)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

campaign: $(READY) packages  ## the long counts: 2,500 kills, 100,000 mails, a million replies; hours
	$(BIN)/python bench/campaign.py $(ARGS)
	$(BIN)/python bench/xmpp_campaign.py
	TELEGRAM_KILLS=500 OWNERS_LINES=1000000 $(BIN)/pytest -q -s tests/daemon/test_telegram_kills.py tests/core/test_replies.py

bench: $(READY) packages  ## measure; every program in bench/
	@set -e; for program in $(filter-out %campaign.py,$(wildcard bench/*.py)); do \
	    echo "== $$program"; $(BIN)/python "$$program" $(ARGS); done

translations: $(READY)  ## bring bridge/locale/*.po in step with the code
	$(BIN)/python -m bridge.locale --update

reference: $(READY)  ## write docs/reference/configuration.md from the models
	$(BIN)/python -m bridge.cli.reference

# Three locks, one set of versions: what runs, what runs with the FAQ's larger matcher, and all that developers need.
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
    --no-annotate --no-emit-index-url --quiet

lock: $(READY)  ## the lock files from pyproject.toml, with today's versions; UPGRADE= keeps those that will do
	$(BIN)/python -m pip install --quiet uv
	echo 'setuptools>=77' | $(COMPILE) - $(UPGRADE) \
	    --all-extras --group dev -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock $(addprefix --extra ,$(RUNNING)) -o requirements.lock
	$(COMPILE) -c requirements-dev.lock $(addprefix --extra ,$(RUNNING) faq) -o requirements-faq.lock

clean:  ## remove what was made, .venv and the demo's folder too
	rm -rf .venv .venv-helpdesk .model-e5 build dist demo *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

packages:
	@tests/packages.sh

# A ticket system to write to. Where it cannot be had, its tests say that they are left out.
.venv-helpdesk:
	@tests/helpdesk.sh || { rm -rf $@; echo "The tests with a real ticket system are left out." >&2; }

# A model that knows German. Where it cannot be had, its tests say that they are left out.
.model-e5:
	@tests/german_model.sh || { rm -rf $@; echo "The tests with a model of many languages are left out." >&2; }

$(READY): requirements-dev.lock pyproject.toml
	@tests/venv.sh .venv
	@touch $@
