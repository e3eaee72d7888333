"""What is written twice must agree, and what the layers may read is kept."""

from __future__ import annotations

import re

import pytest
import yaml
from dbt_warehouse import DBT_PROJECT, Dbt

from equity.records import record_types
from equity.scaffold import derived, staging

LAYERS = ("staging", "identity", "core", "indicators", "reporting")
MAY_READ = {
    "staging": set(),
    "identity": {"staging", "identity"},
    "core": {"staging", "identity", "core"},
    "indicators": {"core", "indicators"},
    "reporting": {"core", "indicators", "reporting"},
}
# staging is the only door to raw; operations, reference and linkage are read where they belong
MAY_READ_SOURCES = {
    "staging": {"raw"},
    # who changed is told by what new deliveries brought, deletions too, which staging does not show
    "identity": {"link", "ops", "raw"},
    "core": {"ops", "reference"},
    "indicators": set(),
    "reporting": {"ops", "quarantine"},
}
INDICATORS = DBT_PROJECT / "models" / "indicators"
THAI = re.compile("[\u0e00-\u0e7f]")
LATIN = re.compile("[A-Za-z]{2}")


@pytest.mark.parametrize("path", derived.files(), ids=lambda path: path.name)
def test_what_is_derived_follows_the_declared_record_types(path):
    assert path.read_text("utf-8") == derived.files()[path], "run: equity record derive"


def test_no_staging_model_is_left_over():
    models = {path.stem for path in staging.STAGING.glob("*.sql")}
    assert models == {f"stg_{name}" for name in record_types()}
    assert len(models) >= 23


def test_raw_tables_have_the_declared_columns(connect):
    with connect("postgres") as connection:
        for name, declared in record_types().items():
            rows = connection.execute(
                "select column_name, udt_name from information_schema.columns"
                " where table_schema = 'raw' and table_name = %s",
                [name],
            ).fetchall()
            assert set(declared.raw_columns()) <= {column for column, _ in rows}, name


def models(dbt: Dbt) -> dict[str, dict]:
    nodes = dbt.manifest()["nodes"]
    return {key: node for key, node in nodes.items() if node["resource_type"] in ("model", "seed")}


def layer(node: dict) -> str:
    return node["schema"]


def test_each_layer_reads_only_what_lies_below(dbt):
    manifest = dbt.manifest()
    nodes = models(dbt)
    assert {layer(node) for node in nodes.values()} == set(LAYERS)
    wrong = []
    for node in nodes.values():
        if node["resource_type"] == "seed":
            continue
        for parent in node["depends_on"]["nodes"]:
            if parent.startswith("source."):
                schema = manifest["sources"][parent]["source_name"]
                allowed = MAY_READ_SOURCES[layer(node)]
            else:
                schema, allowed = layer(nodes[parent]), MAY_READ[layer(node)]
            if schema not in allowed:
                wrong.append(f"{node['name']} reads {parent}")
    assert not wrong


def test_everything_is_described_in_thai_and_english(dbt):
    silent = []
    for node in models(dbt).values():
        things = {node["name"]: node["description"]}
        things |= {f"{node['name']}.{name}": column["description"] for name, column in node["columns"].items()}
        for name, words in things.items():
            thai, _, english = words.partition(" / ")
            if not THAI.search(thai) or not LATIN.search(english):
                silent.append(f"{name}: {words!r}")
    assert not silent


def test_every_column_is_in_the_catalog_with_words(dbt, connect):
    with connect("postgres") as connection:
        silent = connection.execute(
            "select n.nspname, c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where n.nspname = any(%s) and c.relkind in ('r', 'v')"
            " and (col_description(c.oid, a.attnum) is null or obj_description(c.oid, 'pg_class') is null)",
            [list(LAYERS)],
        ).fetchall()
        assert not silent
        known = connection.execute("select count(*) from reporting.data_dictionary").fetchone()
        assert known and known[0] > 150


def test_contracts_are_enforced_and_tables_have_keys(dbt):
    for node in models(dbt).values():
        if node["resource_type"] == "seed":
            continue
        assert node["config"]["contract"]["enforced"], node["name"]
        assert {"grain", "key"} <= set(node["config"]["meta"]) or layer(node) == "staging", node["name"]
        kinds = {constraint["type"] for constraint in node["constraints"]}
        assert node["config"]["materialized"] == "view" or "primary_key" in kinds, node["name"]


def test_every_indicator_is_defined_measured_and_computed():
    import csv

    def read(name):
        with (DBT_PROJECT / "seeds" / name).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    wanted = {f"I{number:02}" for number in range(1, 35)}
    computed = [
        f"I{number}" for path in INDICATORS.glob("i[0-9]*.sql") for number in re.findall(r"i(\d\d)_", path.stem)
    ]
    assert sorted(computed) == sorted(wanted), "each in one model"
    assert {row["indicator_id"] for row in read("indicator_definition.csv")} == wanted
    measures = read("indicator_measure.csv")
    assert {row["indicator_id"] for row in measures} == wanted
    assert {row["indicator_id"] for row in measures if row["is_headline"] == "true"} == wanted
    assert len({row["measure"] for row in measures}) == len(measures), "parity names an indicator by its measure"
    written = "".join(path.read_text("utf-8") for path in INDICATORS.glob("i[0-9]*.sql"))
    for row in measures:
        stem = re.sub(
            r"_(d\d(_rate)?|early_childhood|primary|(lower|upper)_secondary|projects|provinces|regions|units)$",
            "_",
            row["measure"],
        )
        assert f'"{stem}' in written, row["measure"]


def test_every_indicator_reaches_the_union(dbt):
    nodes = models(dbt)
    union = nodes["model.lampang_equity.indicator_value"]["depends_on"]["nodes"]
    computed = {key for key, node in nodes.items() if layer(node) == "indicators" and re.match(r"i\d\d_", node["name"])}
    assert len(computed) == len(list(INDICATORS.glob("i[0-9]*.sql"))) > 20
    assert computed <= set(union)


def test_every_rule_bearing_model_has_a_unit_test():
    tested = set()
    for path in (DBT_PROJECT / "models").glob("*/_*unit_tests.yml"):
        tested |= {test["model"] for test in yaml.safe_load(path.read_text("utf-8"))["unit_tests"]}
    indicators = {path.stem for path in INDICATORS.glob("i*.sql")} - {"indicator_value"}
    assert indicators | {"education_spell", "work_spell", "bridge_person", "person_history", "indicator"} <= tested
    assert {"fct_published_figure", "published_finding", "published_comparison"} <= tested


def test_a_night_stays_small(dbt):
    assert 100 < len(dbt.built) <= 155, "every node costs the night 35 ms"


def test_every_reason_has_a_kind_in_an_officers_words():
    """What a check or a reader can say falls under one of the declared kinds, and none is declared for nothing."""
    import csv
    import json
    from fnmatch import fnmatchcase

    from equity.delivery.problems import PROBLEMS
    from equity.settings import EXPECTATIONS

    with (DBT_PROJECT / "seeds" / "ticket_kind.csv").open(encoding="utf-8") as file:
        kinds = list(csv.DictReader(file))
    patterns = [(pattern, row["kind"]) for row in kinds for pattern in row["codes"].split()]
    assert len({pattern for pattern, _ in patterns}) == len(patterns)
    told = set(PROBLEMS)
    for suite in EXPECTATIONS.rglob("*.json"):
        told |= {e["meta"]["code"] for e in json.loads(suite.read_text("utf-8"))["expectations"] if "code" in e["meta"]}
    assert len(told) > 100
    for code in told:
        found = {kind for pattern, kind in patterns if fnmatchcase(code, pattern)}
        assert len(found) > 1, f"{code} is something else only: give it a kind in seeds/ticket_kind.csv"
    for pattern, _ in patterns:
        assert any(fnmatchcase(code, pattern) for code in told), f"seeds/ticket_kind.csv: nothing says {pattern}"
    assert [row["position"] for row in kinds] == [str(i + 1) for i in range(len(kinds))]
    assert all(THAI.search(row["label_th"]) and len(row["label_th"]) <= 34 for row in kinds), "one line on a phone"
    by_kind = {row["kind"]: row["codes"].split() for row in kinds}
    assert {"national_id.checksum", "national_id.checksum_other"} <= set(by_kind["id_check"]), (
        "says nothing of a person"
    )
