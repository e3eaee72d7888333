#!/usr/bin/env bash
# All tests: style, types, SQL style, then pytest. What `make test` runs, here and in CI.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
"$bin/ruff" check --quiet .
"$bin/ruff" format --quiet --check .
"$bin/mypy" --no-error-summary
# two processes share the tests by files: one plays the nights, the other runs most of the rest
exec "$bin/pytest" -n 2 --dist loadfile --no-loadscope-reorder --durations=12 "$@"
