"""Record types as declared: they load, refuse what is wrong, and the database has exactly their columns."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from equity.declarations import DeclarationError, read_yaml
from equity.records import RecordType, code_lists, code_words, fold_word, record_type, record_types
from equity.records import registry as registry_module
from equity.records.declaration import POSTGRES_TYPES
from equity.runtime.services import Installation
from equity.warehouse.models import DBT_PROJECT
from equity.warehouse.roles import OWNER

DECLARED = sorted(path.stem for path in (registry_module.HERE / "types").glob("*.yml"))
# what every raw table has beside its fields
OWN_COLUMNS = {
    "record_id": "bigint", "source": "text", "delivery_id": "bigint", "row_no": "integer", "record_key": "uuid",
    "row_hash": "uuid", "known_from": "timestamp with time zone", "is_deleted": "boolean", "flags": "jsonb",
}  # fmt: skip


@pytest.fixture
def declarations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the declarations that a test may damage."""
    for part in ("types", "blocks"):
        shutil.copytree(registry_module.HERE / part, tmp_path / part)
    shutil.copy(registry_module.HERE / "codes.yml", tmp_path)
    monkeypatch.setattr(registry_module, "HERE", tmp_path)
    for cached in (registry_module.record_types, registry_module.code_lists):
        cached.cache_clear()
    yield tmp_path
    for cached in (registry_module.record_types, registry_module.code_lists):
        cached.cache_clear()


def test_all_types_of_the_domain_load() -> None:
    assert sorted(record_types()) == DECLARED
    assert set(DECLARED) >= {
        "activity", "attendance", "case_event", "community_group", "community_trainer", "device_service", "enrolment",
        "food_bank_distribution", "fund_member", "fund_transaction", "knowledge_output", "learner_screening",
        "learning_space", "mentor_visit", "out_of_school_baseline", "outcome", "participant", "personnel_training",
        "population_register", "product", "project", "published_figure", "school_roster",
    }  # fmt: skip


def test_a_project_has_a_date_for_every_stage_of_its_grant() -> None:
    fields = record_type("project").fields
    dated = [name for name in fields if name.removesuffix("_on") in code_lists()["grant_stage"]]
    assert dated == [f"{stage}_on" for stage in code_lists()["grant_stage"]]
    assert all(fields[name].type == "date" and not fields[name].required for name in dated)


@pytest.mark.parametrize("name", DECLARED)
def test_no_field_takes_a_name_that_raw_or_sql_needs(name: str) -> None:
    """No record type shadows what every raw table has, or a word that SQL keeps to itself."""
    taken = {
        *OWN_COLUMNS,
        "person_hash",
        "known_to",
        "is_current",
        "table",
        "column",
        "user",
        "order",
        "group",
        "end",
        "to",
    }
    assert not taken & set(record_type(name).raw_columns())


@pytest.mark.parametrize("name", DECLARED)
def test_every_type_and_field_has_words_and_a_type_that_postgres_knows(name: str) -> None:
    declared = record_type(name)
    assert declared.grain
    for label in (declared.label, *(field.label for field in declared.fields.values())):
        assert any("\u0e00" <= letter <= "\u0e7f" for letter in label.th), label
        assert label.en.isascii() and label.en.strip(), label
    for field_name, field in declared.fields.items():
        if field.privacy != "direct":
            assert field.type in POSTGRES_TYPES, field_name
        if field.of:
            assert field.of in record_types()
        if field.type == "person_ref" or field_name.endswith("_ref"):
            assert field.type in ("ref", "person_ref")


@pytest.mark.parametrize("name", DECLARED)
def test_no_two_fields_of_a_type_have_the_same_label(name: str) -> None:
    """Workbooks and templates head a column by its label."""
    for language in ("th", "en"):
        labels = [getattr(field.label, language) for field in record_type(name).fields.values()]
        assert len(set(labels)) == len(labels), language


@pytest.mark.parametrize("name", DECLARED)
def test_fields_of_numbers_say_their_unit(name: str) -> None:
    lacking = [n for n, f in record_type(name).fields.items() if f.type in ("number", "integer") and not f.unit]
    assert not lacking


@pytest.mark.parametrize("name", DECLARED)
def test_a_key_is_required_in_whole(name: str) -> None:
    """A row without its whole key could never be recognised again."""
    declared = record_type(name)
    assert declared.key
    assert [key for key in declared.key if not declared.fields[key].required] == []


def test_what_identifies_a_person_is_marked_as_such_everywhere() -> None:
    direct = {
        "partner_person_ref", "staff_ref", "household_ref", "national_id", "name_prefix", "first_name", "last_name",
        "nickname", "phone", "house_no", "guarantor",
    }  # fmt: skip
    found = {name for declared in record_types().values() for name in declared.direct_fields()}
    assert found == direct
    for declared in record_types().values():
        for name, field in declared.fields.items():
            assert field.type not in ("national_id", "phone") or field.privacy == "direct", name
            assert field.privacy == "sensitive" or "disab" not in name, name


@pytest.mark.parametrize("name", DECLARED)
def test_no_direct_identifier_has_a_raw_column(name: str) -> None:
    declared = record_type(name)
    columns = declared.raw_columns()
    assert not set(declared.direct_fields()) & set(columns)
    for direct in declared.direct_fields():
        if declared.fields[direct].type == "person_ref":
            assert columns[direct.removesuffix("_ref") + "_key"] == "uuid"
    assert not [
        column for column in columns if column.endswith("_ref") and declared.fields[column].type == "person_ref"
    ]


def test_raw_columns_of_every_kind_of_field() -> None:
    columns = record_type("learner_screening").raw_columns()
    assert columns["partner_person_key"] == "uuid"
    assert columns["national_id_kind"] == "text" and "national_id" not in columns
    assert columns["birth_date"] == "date" and columns["birth_date_precision"] == "text"
    assert columns["academic_year"] == "bigint"
    assert columns["risk_flags"] == "text[]"
    assert record_type("activity").raw_columns()["trainer_key"] == "uuid"
    assert record_type("outcome").raw_columns()["career_plan"] == "boolean"
    assert record_type("outcome").raw_columns()["monthly_income"] == "double precision"


def test_raw_has_a_table_for_every_type_and_no_other(warehouse: Installation) -> None:
    with psycopg.connect(warehouse.url(OWNER)) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'raw'").fetchall()
        by_delivery = connection.execute(
            "select tablename from pg_indexes where schemaname = 'raw' and indexdef like '%USING brin (delivery_id)%'"
        ).fetchall()
    assert sorted(table for (table,) in tables) == DECLARED
    assert sorted(by_delivery) == sorted(tables), "a night finds what is new by it"


@pytest.mark.parametrize("name", DECLARED)
def test_the_raw_table_agrees_exactly_with_the_declaration(warehouse: Installation, name: str) -> None:
    with psycopg.connect(warehouse.url(OWNER)) as connection:
        found = dict(
            connection.execute(
                """select attname, format_type(atttypid, atttypmod) from pg_attribute
                where attrelid = %s::regclass and attnum > 0 and not attisdropped""",
                [f"raw.{name}"],
            ).fetchall()
        )
    declared = record_type(name)
    own = OWN_COLUMNS | ({"person_hash": "uuid"} if declared.has_person_block else {})
    assert found == own | declared.raw_columns()


def test_reference_tables_hold_what_is_declared(warehouse: Installation) -> None:
    with psycopg.connect(warehouse.url(OWNER)) as connection:
        codes = connection.execute(
            "select code_list, code, label_th, label_en, is_sensitive from reference.code order by code_list, position"
        ).fetchall()
        types = connection.execute("select record_type, label_th, grain from reference.record_type").fetchall()
        areas = dict(connection.execute("select area_level, count(*) from reference.area group by 1").fetchall())
        orphans = connection.execute(
            "select count(*) from reference.area where area_level <> 'province' and left(area_code, 2) <> '52'"
        ).fetchone()
    declared = [
        (name, code, words.th, words.en, words.sensitive)
        for name, codes_of in sorted(code_lists().items())
        for code, words in codes_of.items()
    ]
    assert sorted(codes) == sorted(declared)
    assert sorted(types) == sorted((t.record_type, t.label.th, t.grain) for t in record_types().values())
    assert areas == {"province": 1, "amphoe": 13, "tambon": 100}
    assert orphans == (0,)


def test_codes_are_text_even_where_yaml_would_read_something_else() -> None:
    for name, codes in code_lists().items():
        assert codes, name
        for code, words in codes.items():
            assert isinstance(code, str) and code.isascii(), (name, code)
            assert words.th and words.en
            assert code not in ("True", "False", "None"), (name, code)


@pytest.mark.parametrize("name", code_lists())
def test_no_two_codes_of_a_list_share_a_word(name: str) -> None:
    """A code is read by itself, by its labels and by its words; none of them may mean two things, or stand there in vain."""
    meant: dict[str, str] = {}
    for code, said in code_lists()[name].items():
        for word in (code, said.th, said.en):
            assert meant.setdefault(fold_word(word), code) == code, (name, code, word)
    for code, said in code_lists()[name].items():
        for word in said.words:
            assert fold_word(word), (name, code, word)
            assert fold_word(word) not in meant, (name, code, word, meant.get(fold_word(word)))
            meant[fold_word(word)] = code
    assert code_words(name) == meant


def test_words_of_sets_are_not_cut_where_a_cell_parts_its_words() -> None:
    sets = {
        field.codes
        for declared in record_types().values()
        for field in declared.fields.values()
        if field.type == "code_set"
    }
    assert sets >= {"target_group", "risk_flag", "market_route"}
    for name in sets:
        for code, said in code_lists()[str(name)].items():
            for word in (said.th, said.en, *said.words):
                assert not re.search(r"[,;/|+\n]|และ", word), (name, code, word)


@pytest.mark.parametrize("name", code_lists())
def test_a_word_for_an_empty_cell_is_no_word_of_a_code(name: str) -> None:
    for code, said in code_lists()[name].items():
        assert not {fold_word(word) for word in said.words} & {"ไม่ระบุ", "ไม่ทราบ", "-", "na", "n/a", "null", "?"}, (
            name,
            code,
        )


READ = [
    ("sex", "ช", "male"), ("sex", "เพศหญิง", "female"), ("sex", "ญ.", "female"), ("sex", "๑", "male"), ("sex", "f", "female"),
    ("sex", "นาย", None), ("sex", "3", None),
    ("grade", "ป.1", "P1"), ("grade", "ป๑", "P1"), ("grade", "ชั้น ป. 1", "P1"), ("grade", "ประถมศึกษาปีที่ ๖", "P6"),
    ("grade", "M1", "M1"), ("grade", "มัธยมศึกษาปีที่ 1", "M1"), ("grade", "Grade 12", "M6"), ("grade", "อนุบาล 3", "K3"),
    ("grade", "ปวช. 2", "V2"), ("grade", "ปวส.1", "HV1"), ("grade", "1", None), ("grade", "ประถม", None),
    ("grade", "ป.1/2", "P1"), ("grade", "ม.๓ ห้อง ๑", "M3"), ("grade", "อนุบาล 2/1", "K2"), ("grade", "ป.1-2", None), ("grade", "1/2", None),
    ("level", "ม. ต้น", "lower_secondary"), ("level", "กศน", "non_formal"), ("level", "ปวช", "vocational_certificate"),
    ("level", "มัธยม", None),
    ("disability_type", "ประเภท 1 ทางการเห็น", "seeing"), ("disability_type", "3", None), ("disability_type", "ไม่มี", "none"),
    ("consent_status", "ให้ความยินยอม", "given"), ("consent_status", "y", "given"), ("consent_status", "ไม่ให้ความยินยอม", "refused"),
    ("consent_status", "1", None), ("consent_status", "✓", None),
    ("work_status", "รับจ้างทั่วไป", "employed"), ("work_status", "ค้าขาย", "self_employed"), ("work_status", "self employed", "self_employed"),
    ("work_status", "นักเรียน", "not_in_labour_force"),
    ("exit_reason", "จบการศึกษา", "completed"), ("exit_reason", "ย้าย", None), ("end_reason", "dropout", "dropped_out"),
    ("fund_transaction_kind", "ถอน", "saving_out"), ("fund_transaction_kind", "เงินกู้", None), ("fund_transaction_kind", "คืนเงิน", None),
    ("skill_area", "2", "management_21c"), ("roster_round", "10 มิ.ย.", "june_10"), ("roster_round", "รอบ ๑๐ พฤศจิกายน", "nov_10"),
    ("age_band", "3-5", "3-5"), ("age_band", "15 – 17 ปี", "15-17"), ("programme", "ABE", "area_based_education"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "word", "code"), READ, ids=[f"{name}: {word}" for name, word, _ in READ])
def test_words_as_they_are_written(name: str, word: str, code: str | None) -> None:
    assert code_words(name).get(fold_word(word)) == code


def test_every_name_that_a_programme_has_had_is_a_word_of_it() -> None:
    with (DBT_PROJECT / "seeds" / "programme_alias.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert code_words("programme").get(fold_word(row["name_th"])) == row["programme"], row


# --- what is wrong is refused with file, key and mend


def damage(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("types/outcome.yml", "grain:", "grian:", ["outcome.yml: grian: remove it or correct its spelling", "grain"]),
        ("types/outcome.yml", "type: boolean", "type: bool", ["outcome.yml: fields.business_registered.type", "'boolean'"]),
        ("types/outcome.yml", "key: [partner_person_ref, ", "key: [person, ", ["outcome.yml", "key names fields", "person"]),
        ("types/outcome.yml", "codes: work_status", "codes: jobs", ["outcome.yml", "fields.work_status.codes", "'jobs'"]),
        ("types/outcome.yml", "type: code, codes: work_status", "type: code", ["outcome.yml: fields.work_status", "codes"]),
        ("types/outcome.yml", "blocks: [person_ref]", "blocks: [persons]", ["outcome.yml", "blocks", "'persons'"]),
        ("types/activity.yml", "of: learning_space", "of: room", ["activity.yml", "fields.space_ref.of", "'room'"]),
        ("types/activity.yml", "record_type: activity", "record_type: act", ["activity.yml", "record_type", "file's name"]),
        ("types/activity.yml", "label: {th:", "label: {thai:", ["activity.yml: label.th", "activity.yml: label.thai"]),
        ("types/activity.yml", "fields:", "fields: [", ["activity.yml: not readable as YAML", "line"]),
        ("codes.yml", "{th: ชาย, en: Male,", "{th: ชาย,", ["codes.yml: sex.male", "en"]),
        ("codes.yml", "words: [ช,", "word: [ช,", ["codes.yml: sex.male: word: remove it or correct its spelling"]),
    ],
)  # fmt: skip
def test_a_wrong_key_is_refused_with_file_key_and_mend(
    declarations: Path, file: str, old: str, new: str, said: list[str]
) -> None:
    damage(declarations, file, old, new)
    with pytest.raises(DeclarationError) as error:
        record_types()
        code_lists()
    for words in said:
        assert words in str(error.value)


def test_undamaged_copies_load(declarations: Path) -> None:
    assert sorted(record_types()) == DECLARED


def test_asking_for_an_unknown_type_names_those_there_are() -> None:
    with pytest.raises(DeclarationError, match=r"no record type 'people'.*participant"):
        record_type("people")


def test_a_type_may_add_to_a_block_but_no_file_says_a_field_twice() -> None:
    for path in (registry_module.HERE / "types").glob("*.yml"):
        document = read_yaml(path)
        assert isinstance(document, dict)
        for block in document.get("blocks", []):
            shared = read_yaml(registry_module.HERE / "blocks" / f"{block}.yml")
            assert isinstance(shared, dict)
            assert not set(shared["fields"]) & set(document.get("fields", {})), path.name


def test_declarations_cannot_be_changed_after_reading() -> None:
    declared: RecordType = record_type("outcome")
    with pytest.raises(ValueError, match="frozen"):
        declared.grain = "something else"  # type: ignore[misc]
