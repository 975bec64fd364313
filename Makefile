# What a contributor runs. Every target first sets up what is missing, on standard error.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

UV := deploy/local/uv.sh
NPM := deploy/local/npm.sh
BIN := .venv/bin

CONSOLE := services/chorus/console/web
GALLERY := services/chorus/publishing/gallery
CONSOLE_BUILT := services/chorus/console/static/index.html
GALLERY_BUILT := $(GALLERY)/dist/chorus-gallery.js
CREATOR := services/chorus/creator
PROTOS := $(shell find protos -name '*.proto')
sources = $(shell find $(1) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/src/api/*')

.PHONY: help demo test test-embedded check check-style check-types check-walls check-protos check-web fmt words minio bench hostile chaos chaos-rights verify-evidence

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

demo: .venv/.synced $(CONSOLE_BUILT) $(GALLERY_BUILT) ## The whole of Chorus on this machine, with sample input (ARGS=--once: to the end, without you)
	@$(BIN)/chorus demo $(ARGS)

test: .venv/.synced $(CONSOLE_BUILT) $(GALLERY_BUILT) ## Every test, on real PostgreSQL, Kafka, MinIO and Chromium
	@deploy/local/engines.sh
	$(BIN)/pytest $(ARGS)

test-embedded: .venv/.synced $(CONSOLE_BUILT) $(GALLERY_BUILT) ## The tests that need no Kafka, S3 or browser
	CHORUS_TEST_EMBEDDED=1 $(BIN)/pytest $(ARGS)

# Load, attacks and faults: on this machine alone, bounded in time, their results written into docs/.
FULL := CHORUS_SCALE=full $(BIN)/pytest --timeout=3600

bench: .venv/.synced $(CONSOLE_BUILT) $(GALLERY_BUILT) ## Every benchmark beside its peer; writes docs/benchmarks.md
	@$(UV) sync --locked --inexact --group bench >&2
	@deploy/local/engines.sh
	$(FULL) $(or $(ARGS),tests/bench)

hostile: .venv/.synced $(CONSOLE_BUILT) $(GALLERY_BUILT) ## Hostile input at full size; writes docs/promises.md
	@deploy/local/engines.sh
	$(FULL) $(or $(ARGS),tests/hostile)

chaos: .venv/.synced $(CONSOLE_BUILT) $(GALLERY_BUILT) ## Faults at full size; writes docs/promises.md
	@deploy/local/engines.sh
	$(FULL) $(or $(ARGS),tests/chaos)

chaos-rights: ## Revocations at full size, while the broker restarts and publishing is killed
	@$(MAKE) chaos ARGS=tests/chaos/test_revocations.py

verify-evidence: ## Ten thousand receipts, and every way to tamper with them
	@$(MAKE) hostile ARGS=tests/hostile/test_evidence.py

check: check-style check-types check-walls check-protos check-web ## Style, types, walls and protos (make -k check: all of them, whatever fails)

check-style: .venv/.synced
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: .venv/.synced
	$(BIN)/mypy services/chorus protos/build.py deploy/monitoring.py tests

check-walls: .venv/.synced
	$(BIN)/lint-imports

check-protos: .venv/.synced
	$(BIN)/buf lint protos
	@deploy/local/breaking.sh

check-web: $(CONSOLE_BUILT) $(GALLERY_BUILT)
	$(NPM) --prefix $(CONSOLE) exec -- tsc --noEmit --project $(CONSOLE)
	$(NPM) --prefix $(GALLERY) exec -- tsc --noEmit --project $(GALLERY)
	$(NPM) --prefix $(CONSOLE) exec -- tsc --noEmit --allowJs --checkJs --strict --target es2022 --lib es2022,dom,dom.iterable \
		--types "" $(CURDIR)/services/chorus/creator/static/verify.js

fmt: .venv/.synced ## Put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/buf format --write protos

words: .venv/.synced ## Take new sentences of the creator's pages into every language (LANGUAGE=it: begin another)
	@$(BIN)/pybabel -q extract -F pyproject.toml --project=chorus --add-location=file --sort-by-file -o .venv/creator.pot $(CREATOR)
	@$(if $(LANGUAGE),$(BIN)/pybabel -q init -l $(LANGUAGE) -i .venv/creator.pot -o $(CREATOR)/languages/$(LANGUAGE).po)
	@for each in $(CREATOR)/languages/*.po; do \
		$(BIN)/pybabel -q update -l $$(basename $$each .po) -i .venv/creator.pot -o $$each \
			--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; \
	done

minio: ## Build MinIO for the tests, once, with Go
	@deploy/local/minio.sh

# The environment, and the code generated from the protos.
.venv/.synced: pyproject.toml uv.lock protos/build.py $(PROTOS)
	@echo "setting up Python's environment" >&2
	@$(UV) sync --locked >&2
	@touch $@

$(CONSOLE_BUILT): .venv/.synced $(CONSOLE)/node_modules/.installed $(call sources,$(CONSOLE))
	@echo "building the console" >&2
	@$(NPM) --prefix $(CONSOLE) run build >&2
	@touch $@

$(GALLERY_BUILT): $(GALLERY)/node_modules/.installed $(call sources,$(GALLERY))
	@echo "building the gallery element" >&2
	@$(NPM) --prefix $(GALLERY) run build >&2
	@touch $@

%/node_modules/.installed: %/package.json %/package-lock.json .venv/.synced
	@echo "fetching what $* is built with" >&2
	@$(NPM) --prefix $* ci --no-audit --no-fund >&2
	@touch $@
