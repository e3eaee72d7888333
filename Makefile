# Two commands on a fresh machine: `make nightly` plays a night, `make test` runs all tests. No root, no Docker.
.PHONY: setup nightly test ui down bench clean lock
.SILENT:
SHELL := /bin/bash
export UV_PYTHON_DOWNLOADS := never
# the folder may have spaces in its name: every path is relative to it
EQUITY := .venv/bin/equity

nightly: setup
	"$(EQUITY)" nightly $(if $(NIGHT),--night "$(NIGHT)") $(if $(SCALE),--scale "$(SCALE)")

test: setup
	.ci/test.sh

ui: setup
	"$(EQUITY)" ui

down:
	[ ! -x "$(EQUITY)" ] || "$(EQUITY)" down

bench: setup
	.venv/bin/python -m benchmarks

clean:
	[ ! -x "$(EQUITY)" ] || "$(EQUITY)" down --forget
	rm -rf .equity

setup:
	.ci/setup.sh

lock:
	.ci/setup.sh --uv-only
	"$$(.ci/setup.sh --which-uv)" pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra dev \
		--no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
