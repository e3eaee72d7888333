"""The rules, one by one, as dbt's own unit tests against a real Postgres."""

from __future__ import annotations


def test_all_unit_tests_pass(dbt):
    results = dbt("test", "--select", "test_type:unit")
    assert len(results) >= 31
