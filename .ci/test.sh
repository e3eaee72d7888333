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
# three runs side by side, as each waits a good deal: what plays nights (one Airflow at a time, so it goes before the others),
# what fills a warehouse, and all else
nights=(tests/docs tests/night)
warehouse=(tests/dbt_project tests/delivery tests/warehouse)
said=$(mktemp -d)
trap 'kill ${running:-} 2>/dev/null || true; rm -rf "$said"' EXIT
beside() { nice -n 5 "$bin/pytest" -q --durations=12 -p no:cacheprovider "${@:2}" >"$said/$1" 2>&1 & }
beside 1 "${warehouse[@]}"
running=$!
beside 2 "${nights[@]/#/--ignore=}" "${warehouse[@]/#/--ignore=}"
running="$running $!"
failed=0
"$bin/pytest" --durations=5 "${nights[@]}" || failed=$?
for one in $running; do wait "$one" || failed=$?; done
cat "$said"/*
exit "$failed"
