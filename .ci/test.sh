#!/usr/bin/env bash
# All tests: style, types, SQL style, then pytest. What `make test` runs, here and in CI.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
"$bin/python" .ci/sql_style.py &
sql=$!
"$bin/ruff" check --quiet .
"$bin/ruff" format --quiet --check .
"$bin/mypy" --no-error-summary
wait "$sql"
[ $# -gt 0 ] && exec "$bin/pytest" "$@"
# two runs side by side: what plays nights (one Airflow at a time), and all else
rest=$(mktemp)
trap 'kill "${other:-}" 2>/dev/null || true; rm -f "$rest"' EXIT
"$bin/pytest" -q --durations=12 -p no:cacheprovider --ignore=tests/night --ignore=tests/docs >"$rest" 2>&1 &
other=$!
failed=0
"$bin/pytest" --durations=5 tests/docs tests/night || failed=$?
wait "$other" || failed=$?
cat "$rest"
exit "$failed"
