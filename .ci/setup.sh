#!/usr/bin/env bash
# Make the environment: uv (the one that is there, or its own), and .venv from the locked, hashed requirements.
# Does nothing when requirements.lock has not changed since.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}

python=${PYTHON:-python3}
command -v "$python" >/dev/null || { echo "python3 is not installed; version 3.11, 3.12 or 3.13 is needed" >&2; exit 1; }
"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || {
  echo "python3 is $("$python" -V 2>&1 | cut -d' ' -f2); version 3.11, 3.12 or 3.13 is needed (name another by PYTHON=/path/to/python3.12)" >&2; exit 1; }
python=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')

find_uv() {
  if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then command -v uv; return; fi
  if [ -x .venv-uv/bin/uv ]; then echo "$here/.venv-uv/bin/uv"; return; fi
  "$python" -c 'import ensurepip, venv' 2>/dev/null || {
    echo "this python3 has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv) or install uv, then run again" >&2; exit 1; }
  rm -rf .venv-uv
  "$python" -m venv .venv-uv
  .venv-uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9' >&2
  echo "$here/.venv-uv/bin/uv"
}

uv=$(find_uv)
[ "${1:-}" = --which-uv ] && { echo "$uv"; exit; }
[ "${1:-}" = --uv-only ] && exit

stamp=.venv/.made-from
now=$( { cat requirements.lock pyproject.toml; echo "$python $here"; } | sha256sum | cut -d' ' -f1)
# bytecode is made once, here: where a machine forbids Python to write it, every process would compile all it imports
compile_ours() { .venv/bin/python -m compileall -q plugins dags; }
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] && { compile_ours; exit; }
[ -t 2 ] && echo "setting up the environment (.venv) …" >&2
export VIRTUAL_ENV="$here/.venv"
"$uv" venv --quiet --clear --python "$python" .venv
install() { "$uv" pip sync --quiet --compile-bytecode --require-hashes requirements.lock; }
install || UV_SYSTEM_CERTS=0 install
"$uv" pip install --quiet --no-deps --no-build-isolation --editable .
compile_ours
echo "$now" >"$stamp"
