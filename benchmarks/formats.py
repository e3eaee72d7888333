"""Every format: reading, normalising, checking and splitting a file, against the plain parse of the same file alone.

The same persons are written as CSV in UTF-8 and in Windows-874, as a workbook and as the JSON pages of a pull. The parse
alone gives columns of text, or objects, with the library that reads them best: pyarrow for CSV, fastexcel for the
workbook, orjson for the pages. Each measured step runs in a process of its own, so that its peak memory is its own. The
ratio is of processor time, which other work on the machine disturbs least; the seconds that passed stand beside it.
"""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.csv as pacsv
import yaml

from benchmarks import people
from benchmarks.measured import in_a_process, peak
from equity.settings import BANGKOK

SPEC = Path(__file__).parent / "bench_partner.yml"
RECEIVED = datetime(2026, 3, 2, 1, tzinfo=BANGKOK)
FILES = {
    "CSV utf-8": "participant.csv",
    "CSV cp874": "participant_874.csv",
    "xlsx": "participant.xlsx",
    "JSON": "participant.jsonl",
}
PULLED = "/v1/participants"
ON_A_PAGE = 1_000
TARGETS = {"xlsx": 4, "JSON": 4}
Taken = dict[str, float]


def run(folder: Path, sizes: list[int], formats: tuple[str, ...] = tuple(FILES), times: int = 3) -> None:
    """Measure every format in every size, the median of some times each, and print a table."""
    print(
        f"{'rows':>10}  {'format':<10} {'what':<40}{'rows/s':>10}{'seconds':>9}{'cpu':>8}{'ratio':>9}{'peak MiB':>10}"
    )
    for rows in sizes:
        for kind, file in zip(FILES, write(folder / str(rows), rows, formats), strict=True):
            if file is None:
                continue
            parse = _median([in_a_process("formats", "parse", kind, file) for _ in range(times)])
            _tell(rows, kind, "the parse alone", parse, "")
            whole = _median([in_a_process("formats", "split", kind, file) for _ in range(times)])
            target = f"  (target {TARGETS[kind]}×)" if kind in TARGETS else ""
            _tell(rows, kind, "read + normalise + check + split", whole, f"{whole['cpu'] / parse['cpu']:.2f}×", target)
            file.unlink()


def _median(taken: list[Taken]) -> Taken:
    return {what: statistics.median(one[what] for one in taken) for what in taken[0]}


def _tell(rows: int, kind: str, what: str, taken: Taken, ratio: str, target: str = "") -> None:
    if taken["rows"] != rows:
        raise SystemExit(f"{kind}: {what} gave {taken['rows']:,.0f} rows of {rows:,}")
    print(
        f"{rows:>10,}  {kind:<10} {what:<40}{rows / taken['seconds']:>10,.0f}{taken['seconds']:>9.2f}{taken['cpu']:>8.2f}"
        f"{ratio:>9}{taken['peak']:>10.0f}{target}",
        flush=True,
    )


# --- the files


def write(folder: Path, rows: int, formats: tuple[str, ...] = tuple(FILES)) -> list[Path | None]:
    """The same persons in the formats that are asked for, each in the order of `FILES`."""
    folder.mkdir(parents=True, exist_ok=True)
    first = folder / FILES["CSV utf-8"]
    people.write(first, rows)
    text = {"CSV cp874": _write_cp874, "xlsx": _write_workbook, "JSON": _write_pages}
    for kind in formats:
        if kind in text:
            text[kind](first, folder / FILES[kind])
    return [folder / name if kind in formats else None for kind, name in FILES.items()]


def _write_cp874(first: Path, to: Path) -> None:
    with first.open(encoding="utf-8", newline="") as source, to.open("w", encoding="cp874", newline="") as target:
        while piece := source.read(1 << 22):
            target.write(piece)


def _write_workbook(first: Path, to: Path) -> None:
    """As a partner's program writes it: texts as text, and the income as a number."""
    import xlsxwriter

    table = _texts(first)
    with xlsxwriter.Workbook(to, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("ทะเบียน")
        sheet.write_row(0, 0, table.column_names)
        income = table.column_names.index("รายได้")
        columns = [column.to_pylist() for column in table.columns]
        for number, row in enumerate(zip(*columns, strict=True), 1):
            for i, value in enumerate(row):
                if i == income and value.isdigit():
                    sheet.write_number(number, i, int(value))
                elif value:
                    sheet.write_string(number, i, value)


def _write_pages(first: Path, to: Path) -> None:
    """As a pull lands: one page a line; the income is a number and what is empty is null."""
    items = _items(_texts(first))
    with to.open("wb") as target:
        while page := list(itertools.islice(items, ON_A_PAGE)):
            target.write(orjson.dumps({"items": page}, option=orjson.OPT_APPEND_NEWLINE))


def _items(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches():
        for item in batch.to_pylist():
            income = item["รายได้"]
            yield {key: value or None for key, value in item.items()} | {
                "รายได้": int(income) if income.isdigit() else income
            }


def _texts(file: Path, encoding: str = "utf-8") -> pa.Table:
    with file.open("rb") as head:
        headers = head.readline().decode(encoding).strip().replace('"', "").split(",")
    return pacsv.read_csv(
        file, pacsv.ReadOptions(encoding=encoding),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(headers, pa.string())),
    )  # fmt: skip


# --- the steps, each in its own process


def _parse(kind: str, file: Path) -> Callable[[], int]:
    """The plain parse of the bytes of a file; gives the rows found."""
    if kind.startswith("CSV"):
        return lambda: _texts(file, kind.split()[1]).num_rows
    if kind == "xlsx":
        import fastexcel

        return lambda: fastexcel.read_excel(file.read_bytes()).load_sheet_eager(0, dtypes="string").num_rows
    return lambda: sum(len(orjson.loads(page)["items"]) for page in file.read_bytes().splitlines())


def _split(kind: str, file: Path) -> Callable[[], int]:
    """Read, normalise and check as in a delivery, rows that may be loaded apart from those that are held."""
    import numpy as np

    from equity.delivery.examine import Sink, examine
    from equity.delivery.normalise import Rows
    from equity.delivery.reasons import Finding
    from equity.delivery.register import Delivery
    from equity.sources.readers import Block, OpenTable
    from equity.sources.spec import Source

    said = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    (version,) = said["versions"]
    del version["encoding"]  # found, as for most partners
    name = file.name
    if kind == "JSON":
        name = PULLED
        said["fetch"] = {"by": "rest", "connection": "bench_api"}
        version["tables"][0] |= {"path": PULLED, "rows": "items"}
    else:
        said["fetch"]["files"] = "*"
    source = Source.model_validate(said)
    delivery = Delivery(
        0, "", source.source, name, b"", "", RECEIVED.date(), RECEIVED, None, "landed", None, None, None
    )  # fmt: skip

    def sink_for(opened: OpenTable) -> Sink:
        def split(rows: Rows, findings: list[Finding], block: Block) -> None:
            wrong = np.zeros(len(rows), dtype=bool)
            for finding in findings:
                if finding.reason.severity == "critical":
                    wrong[finding.rows] = True
            keep, leave = pa.array(~wrong), pa.array(wrong)
            parts = [column.filter(keep) for column in rows.columns.values()]
            wrong_cells = [column.filter(leave) for column in block.columns.values()]
            good.append(len(parts[0]))
            held.append(len(wrong_cells[0]))

        return split

    def whole() -> int:
        for _ in examine(source, delivery, file.read_bytes(), sink_for):
            pass
        rows = sum(good) + sum(held)
        if not 0.03 < sum(held) / rows < 0.07:
            raise SystemExit(f"{sum(held)} of {rows} rows are held; the file has 5 % wrong ones")
        return rows

    good: list[int] = []
    held: list[int] = []
    return whole


def _in_this_process(step: str, kind: str, file: Path) -> None:
    work = {"parse": _parse, "split": _split}[step](kind, file)
    began, busy = time.perf_counter(), time.process_time()
    rows = work()
    taken = {"rows": rows, "seconds": time.perf_counter() - began, "cpu": time.process_time() - busy}
    print(json.dumps(taken | {"peak": peak()}))


if __name__ == "__main__":
    _in_this_process(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
