# Everything is done from here, on a machine that has Python 3.11 or later, git and make.

PYTHON ?= python3
PORT ?= 4566
STATE ?= .local
CATALOGUE ?=
STAGE ?=
UNIT ?=
PHOTOS ?=
DO ?=
SINCE ?=
BENCH ?=

BIN := .venv/bin
# The machine's certificates, as pip takes: a city's network often has one of its own.
UV := $(BIN)/uv --system-certs
CLOUD := .venv-cloud
READY := .venv/ready
CLOUD_READY := $(CLOUD)/ready

.PHONY: help setup check test bench prove run demo docs release package deploy redrive replay requirements clean
.DEFAULT_GOAL := help

help: ## What there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /#/' | while IFS='#' read -r name what; do printf '  make %-14s%s\n' "$$name" "$$what"; done

setup: $(READY) $(CLOUD_READY) ## Install what the project needs, into .venv and .venv-cloud (the others do it when needed)

$(READY): requirements-dev.txt requirements.txt
	@echo 'Installing packages into .venv …'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Guichet needs Python 3.11 or later: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements-dev.txt)"
	@$(UV) pip sync --quiet --python $(BIN)/python requirements-dev.txt
	@touch $@

$(CLOUD_READY): local/requirements.txt $(READY)
	@echo 'Installing the local cloud into $(CLOUD) …'
	@$(PYTHON) -m venv --without-pip $(CLOUD)
	@$(UV) pip sync --quiet --python $(CLOUD)/bin/python local/requirements.txt
	@touch $@

check: setup ## Style, types, imports between packages, what the API promised, templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m local.contract
	$(BIN)/python -m local.packaging pilot
	$(BIN)/python -m local.packaging city
	$(BIN)/python -m local.units pilot > .build/units-pilot.yaml
	$(BIN)/python -m local.units city > .build/units-city.yaml
	$(CLOUD)/bin/cfn-lint infra/data.yaml infra/edge.yaml .build/units-*.yaml .build/*/template.json

# A run starts a hundred processes: what Python compiled is kept, even where the environment says otherwise.
test: export PYTHONDONTWRITEBYTECODE =
test: setup ## All tests: unit, integration, system (on a local stack of their own)
	$(BIN)/python -m pytest -n auto --dist worksteal

prove: setup ## Faults of every kind, for minutes: nothing lost, doubled, out of order; each safeguard missed [SEED=… WITHOUT=…]
	@$(BIN)/python -m tests.faults.prove $(if $(SEED),--seed $(SEED)) $(if $(WITHOUT),--without $(WITHOUT))

bench: setup ## The figures: speed, cost, growth, storm; kept in bench/results.md if all are measured [BENCH="cold warm calls growth storm hot package money pictures"]
	@$(BIN)/python -m bench $(BENCH)

run: setup ## The whole of Guichet on this machine [PORT=4566 STATE=.local CATALOGUE=pilot|city]
	@$(BIN)/python -m local.run --port $(PORT) --state $(STATE) $(if $(CATALOGUE),--catalogue $(CATALOGUE))

demo: setup ## A day of the pilot, played and judged [REQUESTS=300 SEED=… FAULTS=yes STATE=.local]
	@$(BIN)/python -m local.demo --state $(STATE) $(if $(REQUESTS),--requests $(REQUESTS)) $(if $(SEED),--seed $(SEED)) $(if $(FAULTS),--faults)

docs: setup ## Write the published contracts anew, docs/openapi.json and docs/schemas
	@$(BIN)/python -m local.publish

release: setup ## Promise docs/openapi.json: from now on `make check` refuses what breaks it, but for a new major version
	@$(BIN)/python -m local.contract --release

package: setup ## The package of a stage, in .build [STAGE=local|pilot|city]
	@$(BIN)/python -m local.packaging $(or $(STAGE),$(error Say which: make package STAGE=pilot))

deploy: setup ## Package a stage and deploy it to AWS, as the usual variables and profiles of AWS say [STAGE=pilot|city]
	@$(BIN)/python -m local.deploy $(or $(STAGE),$(error Say which: make deploy STAGE=pilot))

redrive: setup ## What lies in a dead-letter queue, of a unit or of photos, to be sent back or set aside; on the local stack, or on AWS [UNIT=VM|PHOTOS=yes DO=back|aside STAGE=pilot|city]
	@$(BIN)/python -m local.redrive $(if $(PHOTOS),--photos,$(or $(UNIT),$(error Say whose: make redrive UNIT=VM, or PHOTOS=yes))) --state $(STATE) $(if $(STAGE),--stage $(STAGE)) $(if $(DO),--do $(DO))

replay: setup ## Send a unit again what its queue has had since a time; likewise [UNIT=VM SINCE=2026-11-24T00:00:00-05:00 STAGE=pilot|city]
	@$(BIN)/python -m local.replay $(or $(UNIT),$(error Say whose: make replay UNIT=VM SINCE=…)) $(or $(SINCE),$(error Say since when: SINCE=2026-11-24T00:00:00-05:00)) --state $(STATE) $(if $(STAGE),--stage $(STAGE))

requirements: $(READY) ## Pin again, to the newest releases, what the .in files name
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --custom-compile-command 'make requirements' requirements.in -o requirements.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --custom-compile-command 'make requirements' requirements-photos.in -o requirements-photos.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --custom-compile-command 'make requirements' requirements-dev.in -o requirements-dev.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --custom-compile-command 'make requirements' local/requirements.in -o local/requirements.txt

clean: ## Remove what was built and cached (environments and the local stack's state stay)
	find app.py chalicelib local tests -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf .build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache chalicelib/catalogue/compiled
