"""Where this installation keeps its state, and the secrets that were made for it.

Everything below one folder, `.equity/` beside the clone or what EQUITY_HOME names. On a server the secrets come from
Airflow Connections instead (see docs/operate.md); this module is the laptop's and the tests' side.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

PROJECT = Path(__file__).resolve().parents[2]
BANGKOK = ZoneInfo("Asia/Bangkok")
SPECS = PROJECT / "dags" / "sources"
EXPECTATIONS = PROJECT / "expectations"


@dataclass(frozen=True)
class Home:
    """One installation's state folder."""

    path: Path

    @cached_property
    def secrets(self) -> dict[str, Any]:
        """Passwords and keys, made at random on first use and kept in a file that only its owner reads."""
        file = self.path / "secrets.json"
        if not file.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            made = {
                "password_seed": _key(),
                "pseudonym_key": _key(),
                "vault_keys": {"1": _key()},
                "landing_key": _key(),
                "airflow_fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "airflow_jwt_secret": secrets.token_urlsafe(48),
                "airflow_password": secrets.token_urlsafe(12),
            }
            fresh = self.path / f"secrets.{os.getpid()}.new"
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                json.dump(made, stream, indent=1)
            with suppress(FileExistsError):  # another process was first: its secrets count
                os.link(fresh, file)
            fresh.unlink()
        return json.loads(file.read_text("utf-8"))

    def password(self, role: str) -> str:
        """The password of one database role: EQUITY_PASSWORD_<ROLE> of the environment, or one that follows from the seed."""
        given = os.environ.get(f"EQUITY_PASSWORD_{role.removeprefix('equity_').upper()}")
        if given:
            return given
        seed = base64.b64decode(self.secrets["password_seed"])
        return base64.urlsafe_b64encode(hmac.digest(seed, role.encode(), "sha256")[:24]).decode()

    @property
    def landing(self) -> str:
        """Path or URL of the landing store: a folder by default, any object store by EQUITY_LANDING."""
        return os.environ.get("EQUITY_LANDING") or str(self.path / "landing")  # as a URL, %20 would be taken literally

    @property
    def bulletin(self) -> Path:
        """Folder of the published pages."""
        return Path(os.environ.get("EQUITY_BULLETIN") or self.path / "bulletin")

    @property
    def work(self) -> Path:
        """Scratch space of tasks."""
        return self.path / "work"


@cache
def home() -> Home:
    """The installation that the environment names."""
    return Home(Path(os.environ.get("EQUITY_HOME") or PROJECT / ".equity").resolve())


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
