#!/usr/bin/env bash
# All tests: style, types, SQL style, then pytest. What `make test` runs, here and in CI.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
"$bin/ruff" check --quiet .
"$bin/ruff" format --quiet --check .
"$bin/mypy" --no-error-summary
# two processes share the tests: one plays the nights, the other runs all else
exec "$bin/pytest" -n 2 --dist loadgroup --no-loadscope-reorder --durations=12 "$@"
