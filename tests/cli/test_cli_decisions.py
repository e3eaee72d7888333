"""`equity delivery release` and `reject` record who decided what and why, as the steward's role."""

from __future__ import annotations

import json

import psycopg
import pytest
from typer.testing import CliRunner

from equity.cli import app
from equity.runtime.services import Installation
from equity.warehouse.server import SUPERUSER


def equity(*arguments: str, code: int = 0) -> str:
    ended = CliRunner().invoke(app, list(arguments))
    assert ended.exit_code == code, ended.output
    return ended.output


@pytest.fixture
def held(warehouse: Installation, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EQUITY_HOME", str(warehouse.home.path))
    with psycopg.connect(warehouse.url(SUPERUSER)) as connection:
        connection.execute(
            """insert into ops.source (source, partner_family, partner_name_th, partner_name_en)
            values ('holding', 'unit', 'ก', 'A') on conflict do nothing"""
        )
        row = connection.execute(
            """insert into ops.delivery (source, name, sha256, size_bytes, landing_path, night, received_at, state, hold_code,
                hold_detail, answered_at)
            values ('holding', 'x', sha256(gen_random_uuid()::text::bytea), 1, 'x', '2026-03-08', now(), 'held',
                'rows_collapsed', '{"rows": 1}', now()) returning delivery_id"""
        ).fetchone()
    assert row
    return str(row[0])


def test_a_release_is_recorded_once_and_shown(held: str) -> None:
    assert "is released" in equity("delivery", "release", held, "--reason", "ยืนยันแล้ว", "--by", "somsri")
    assert "decided on already" in equity("delivery", "reject", held, "--reason", "ไม่ใช่", code=1)
    (shown,) = json.loads(equity("delivery", "show", held, "--json"))["decisions"]
    assert (shown["decision"], shown["decided_by"], shown["reason"]) == ("released", "somsri", "ยืนยันแล้ว")
    assert shown["taken_up_at"] is None and "ยืนยันแล้ว" in equity("delivery", "show", held)


def test_without_a_reason_nothing_is_decided(held: str) -> None:
    assert "say why" in equity("delivery", "reject", held, "--reason", " ", code=1)
    equity("delivery", "reject", held, code=2)
    assert "is rejected" in equity("delivery", "reject", held, "--reason", "ไฟล์ผิด")
    assert "there is no delivery 999999" in equity("delivery", "release", "999999", "--reason", "x", code=1)
