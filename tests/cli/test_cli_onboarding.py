"""`equity source new|check|try|fixture|diff` as an engineer types them: words, exit codes, JSON, refusals in one sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from equity.cli.sources import app

PEOPLE = (
    "รหัสสมาชิก,ชื่อ-สกุล,วันเกิด,โครงการ,วันที่เข้าร่วม\n"
    + "".join(f"M-{i},นายสมชาย ใจดี{'กขคงจฉช'[i]},{i + 1}/3/2530,อาชีพ-67,{i + 1}/6/2567\n" for i in range(6))
    + "M-9,นางมาลี แก้วมา,1/3/2530,อาชีพ-67,\n"
)


def equity(*arguments: str | Path, code: int = 0) -> Result:
    ended = CliRunner().invoke(app, [str(a) for a in arguments])
    assert ended.exit_code == code, f"{ended.output}\n{ended.exception!r}"
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return ended


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "members.csv"
    path.write_text(PEOPLE, "utf-8")
    return path


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of specs with the source a_club, made of the sample once."""
    folder = tmp_path_factory.mktemp("club")
    (folder / "members.csv").write_text(PEOPLE, "utf-8")
    specs = folder / "specs"
    specs.mkdir()
    named = ("--id", "a_club", "--partner-name", "ชมรม / A club", "--record-type", "participant")
    equity("new", folder / "members.csv", *named, "--specs", specs)
    return specs


@pytest.fixture
def made(club: Path, specs: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(club, specs, dirs_exist_ok=True))


# --- new


def test_a_source_is_made_and_everything_is_said(sample: Path, specs: Path) -> None:
    told = equity(
        "new", sample, "--partner-name", "ชมรมตัวอย่าง / Sample Club", "--record-type", "participant", "--specs", specs
    )
    assert {path.relative_to(specs).as_posix() for path in specs.rglob("*") if path.is_file()} == {
        "sample_club.yml", "fixtures/sample_club/sample_1.csv", "fixtures/sample_club/expected.json",
    }  # fmt: skip
    for words in (
        "record type: participant",
        "members.csv: loaded",
        "written",
        "next  read",
        "equity source check sample_club",
        "joined_on.missing",
    ):
        assert words in told.output
    assert "th: ชมรมตัวอย่าง, en: Sample Club" in (specs / "sample_club.yml").read_text("utf-8")


def test_reports_in_a_pipe_have_lines_that_can_be_read(sample: Path, specs: Path) -> None:
    told = equity("new", sample, "--id", "a_club", "--specs", specs).output
    report = told[: told.index("written")]
    assert max(map(cell_len, report.splitlines())) <= 100


def test_a_dry_run_writes_nothing(sample: Path, specs: Path) -> None:
    told = equity("new", sample, "--dry-run", "--record-type", "participant", "--specs", specs)
    assert "record type: participant" in told.output and list(specs.iterdir()) == []


def test_json_is_all_that_goes_to_standard_output(sample: Path, specs: Path, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7")
    told = equity("new", sample, scan, "--dry-run", "--json", "--specs", specs)
    said = json.loads(told.stdout)
    assert [file["path"] for file in said["files"]] == ["members.csv"]
    assert [refused["path"] for refused in said["refused"]] == ["scan.pdf"] and "scan.pdf" in told.stderr
    written = json.loads(equity("new", sample, "--json", "--specs", specs).stdout)
    assert set(written) == {"files", "refused", "left_out", "written", "trials", "look_at", "supposed"}
    assert all(Path(path).exists() for path in written["written"])
    assert [trial["loaded"] for trial in written["trials"]] == [6]


def test_the_correction_workbook_of_a_sample_goes_where_one_says(sample: Path, specs: Path, tmp_path: Path) -> None:
    equity("new", sample, "--record-type", "participant", "--specs", specs, "--workbooks", tmp_path / "answers")
    book = openpyxl.load_workbook(tmp_path / "answers" / "members.xlsx")
    assert any("M-9" in map(str, row) for sheet in book for row in sheet.iter_rows(values_only=True))


def test_a_spec_that_is_there_is_left_alone_unless_forced(made: Path, sample: Path) -> None:
    (made / "a_club.yml").write_text("mine", "utf-8")
    refused = equity("new", sample, "--id", "a_club", "--specs", made, code=1)
    assert "is there already" in refused.stderr and "--force" in refused.stderr
    assert (made / "a_club.yml").read_text("utf-8") == "mine"
    equity("new", sample, "--id", "a_club", "--specs", made, "--force")
    equity("check", "a_club", "--specs", made)


def test_a_wrong_spec_beside_it_stops_nobody(specs: Path, sample: Path) -> None:
    (specs / "wrong.yml").write_text("source: [", "utf-8")
    equity("new", sample, "--id", "a_club", "--specs", specs)


REFUSED: dict[str, tuple[list[str], int, str]] = {
    "no such file": (["nowhere.csv"], 1, "nowhere.csv: No such file"),
    "a folder": (["."], 1, "is a folder; name the files in it"),
    "an empty file": (["empty.csv"], 1, "none of the samples could be read"),
    "no table": (["note.csv"], 1, "none of the samples could be read"),
    "an unknown family": (["members.csv", "--family", "school"], 2, "there are: unit, abe_university"),
    "an unknown record type": (["members.csv", "--record-type", "people"], 2, "there is no record type 'people'"),
    "an id with capitals": (["members.csv", "--id", "A Club"], 2, "small letters, digits and _"),
    "no area code": (["members.csv", "--area", "ลำปาง"], 2, "no area code"),
    "no such folder of specs": (["members.csv", "--specs", "nowhere"], 1, "there is no such folder"),
    "an address without a server": (["http://127.0.0.1:9/x"], 1, "Connect"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_said_in_a_sentence(
    case: str, sample: Path, specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sample.parent)
    Path("empty.csv").write_bytes(b"")
    Path("note.csv").write_text("a single word", "utf-8")
    arguments, code, said = REFUSED[case]
    told = equity("new", *(["--specs", specs] if "--specs" not in arguments else []), *arguments, code=code)
    assert said in " ".join(told.stderr.replace("│", " ").split()) and "Traceback" not in told.output
    assert not list(specs.iterdir())


def test_a_file_that_may_not_be_read_is_said(sample: Path, specs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert "members.csv: Permission denied" in equity("new", sample, "--specs", specs, code=1).stderr
    assert "members.csv: Permission denied" in equity("diff", sample, sample, "--specs", specs, code=1).stderr


# --- check


def test_specs_are_checked_one_by_one_or_all(made: Path) -> None:
    assert equity("check", "--specs", made).stdout == "1 of 1 specs are in order\n"
    (made / "wrong.yml").write_text("source: wrong\n", "utf-8")
    told = equity("check", "--specs", made, code=1).stdout
    assert "wrong.yml: partner: " in told and told.endswith("1 of 2 specs are in order\n")
    assert equity("check", "a_club", "--specs", made).stdout == "1 of 1 specs are in order\n"
    said = json.loads(equity("check", "--json", "--specs", made, code=1).stdout)
    assert said["specs"] == ["a_club.yml", "wrong.yml"] and {fault["file"] for fault in said["faults"]} == {"wrong.yml"}


@pytest.mark.parametrize(
    "content", [b"source: [", b"\xff\xfe\x00", b"", b"- a\n- b\n"], ids=["cut", "no text", "empty", "a list"]
)
def test_a_spec_that_is_no_spec_is_said(content: bytes, specs: Path) -> None:
    (specs / "wrong.yml").write_bytes(content)
    assert "wrong.yml: " in equity("check", "--specs", specs, code=1).stdout


def test_unknown_sources_are_said(specs: Path, made: Path) -> None:
    assert "b_club.yml: No such file" in equity("check", "b_club", "--specs", made, code=1).stdout
    told = equity("try", "b_club", made / "a_club.yml", "--specs", made, code=1).stderr
    assert "there is no source 'b_club'" in told and "there are: a_club" in told


def test_an_empty_folder_of_specs_is_said(specs: Path) -> None:
    assert "there are no specs in" in equity("check", "--specs", specs, code=1).stderr


# --- try


def test_a_file_is_tried(made: Path, sample: Path, tmp_path: Path) -> None:
    rows, book = tmp_path / "rows.jsonl", tmp_path / "answer.xlsx"
    told: dict[str, Any] = json.loads(
        equity("try", "a_club", sample, "--json", "--rows", rows, "--workbook", book, "--specs", made).stdout
    )
    assert (told["state"], told["received"], told["loaded"], told["held"]) == ("loaded", 7, 6, 1)
    lines = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    assert [line["_status"] for line in lines] == ["loaded"] * 6 + ["held"] and lines[0]["first_name"] == "สมชาย"
    assert openpyxl.load_workbook(book).sheetnames


def test_what_would_be_held_has_an_exit_code_of_its_own(made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("สี,กลิ่น\nแดง,หอม\n", "utf-8")
    told = equity("try", "a_club", other, "--specs", made, code=3).stdout
    assert "other.csv: held" in told
    other.write_bytes(b"")
    assert "other.csv: rejected" in equity("try", "a_club", other, "--specs", made, code=3).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere.csv"], 1, "nowhere.csv: No such file"),
        (["."], 1, "is a folder"),
        (["members.csv", "--received", "yesterday"], 2, "'yesterday' is no date"),
        (["members.csv", "--rows", "nowhere/rows.jsonl"], 1, "rows.jsonl: No such file"),
        (["members.csv", "--workbook", "nowhere/a.xlsx"], 1, "a.xlsx: No such file"),
    ],
)
def test_what_cannot_be_tried_is_said(
    arguments: list[str], code: int, said: str, made: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sample.parent)
    assert said in " ".join(
        equity("try", "a_club", *arguments, "--specs", made, code=code).stderr.replace("│", " ").split()
    )


# --- fixture


def test_the_counts_that_a_test_expects_follow_the_spec(made: Path) -> None:
    assert equity("fixture", "a_club", "--specs", made).stdout == "sample_1.csv: as before\n"
    spec = made / "a_club.yml"
    spec.write_text(spec.read_text("utf-8").replace("joined_on: วันที่เข้าร่วม", "joined_on: {value: 2026-01-01}"), "utf-8")
    told = equity("fixture", "a_club", "--specs", made).stdout
    assert "was" in told and "now" in told
    assert equity("fixture", "a_club", "--specs", made).stdout == "sample_1.csv: as before\n"


def test_a_source_without_a_fixture_is_said(made: Path) -> None:
    (made / "fixtures" / "a_club" / "expected.json").unlink()
    assert "a_club has no fixture" in equity("fixture", "a_club", "--specs", made, code=1).stderr


# --- diff


def test_differences_are_told(made: Path, sample: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.csv"
    new.write_text(PEOPLE.replace("วันเกิด", "วัน/เดือน/ปีเกิด"), "utf-8")
    told = equity("diff", sample, new, "--source", "a_club", "--specs", made).stdout
    assert "seems to be called 'วัน/เดือน/ปีเกิด' now" in told and "add the spelling to birth_date" in told
    (change,) = json.loads(equity("diff", sample, new, "--json", "--specs", made).stdout)["changes"]
    assert change["spec"].startswith("add the spelling to birth_date"), "the spec was found by the file's headers"
    assert (
        equity("diff", sample, sample, "--specs", made).stdout == "nothing changed in the layout: the spec reads both\n"
    )


def test_a_delivery_that_is_not_there_cannot_be_compared(made: Path, sample: Path) -> None:
    assert "nowhere.csv: No such file" in equity("diff", sample, "nowhere.csv", "--specs", made, code=1).stderr


# --- the command itself


def test_exit_codes_are_documented() -> None:
    for command in ("new", "check", "try", "fixture", "diff"):
        assert "Exit codes: 0" in equity(command, "--help").output


def test_checking_loads_nothing_that_is_slow() -> None:
    """The commands of an engineer who writes a spec answer at once: no Arrow, no database driver, no Great Expectations."""
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom equity.cli import app\n"
        "ended = CliRunner().invoke(app, ['source', 'check'])\nassert ended.exit_code == 0, ended.output\n"
        "slow = {'pyarrow', 'numpy', 'pandas', 'psycopg', 'sqlalchemy', 'scipy', 'great_expectations', 'httpx', 'fsspec'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "[]\n"
