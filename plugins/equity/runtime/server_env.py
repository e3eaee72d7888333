"""The `.env` of the server's stack: every secret that docker-compose.yml asks for, drawn anew.

All passwords are hexadecimal digits, because the stack writes them into connection URLs.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from pathlib import Path

from equity.privacy.keys import Keys
from equity.runtime.services import AIRFLOW_ROLE
from equity.settings import Home
from equity.warehouse import roles
from equity.warehouse.server import SUPERUSER

HEAD = """\
# Secrets of this installation, made by `equity server-env`. Never in git; a copy in a safe place, apart from the backups.
# Whoever has the keys in the last line and the database can read the vault; without them nobody ever can.
"""


def fresh() -> str:
    """The text of a new `.env`."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        made = home.secrets
        names = [role.removeprefix("equity_").upper() for role in (SUPERUSER, AIRFLOW_ROLE, *roles.ROLES)]
        values = {f"EQUITY_PASSWORD_{name}": secrets.token_hex(24) for name in (*names, "REDIS")}
        values["EQUITY_UI_PASSWORDS"] = _quoted(json.dumps({"operator": made["airflow_password"]}))
        values["EQUITY_FERNET_KEY"] = made["airflow_fernet_key"]
        values["EQUITY_JWT_SECRET"] = made["airflow_jwt_secret"]
        values["EQUITY_LOG_SECRET"] = secrets.token_hex(32)
        keys = {"conn_type": "generic", "password": Keys.to_json(home)}
        values["AIRFLOW_CONN_EQUITY_KEYS"] = _quoted(json.dumps(keys))
    return HEAD + "".join(f"{name}={value}\n" for name, value in values.items())


def _quoted(value: str) -> str:
    return f"'{value}'"
