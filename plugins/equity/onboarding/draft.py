"""A source's spec as a draft: what was recognised, in the words of a spec, with a comment wherever it is unsure."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from equity.onboarding import whereabouts
from equity.onboarding.asked import OF_SOMEBODY, codes, says_kind, unread
from equity.onboarding.concepts import concepts
from equity.onboarding.evidence import DATE_LIKE, EARLY, LATE, Profile
from equity.onboarding.layout import Found, same_layout
from equity.onboarding.proposals import NUMBERED
from equity.onboarding.recognise import Mapped, Recognised, sends_everything, unfilled
from equity.onboarding.vocabulary import FORM_TOOL, NOT_SURE, NOT_USED, SOMEBODY_ELSE, Vocabulary, folded
from equity.onboarding.yaml_words import flow, quoted
from equity.records import Field, code_lists
from equity.sources.readers.grids import fold
from equity.sources.spec import FAMILIES, PARTS, last_step
from equity.thai import dates, text
from equity.thai.columns import is_like

INDENT = "  "
# how partners of a family are called; a career-development unit may be called anything
NAMES_OF_FAMILIES = {
    "abe_university": r"มหาวิทยาลัย|ราชภัฏ|(?i:university)",
    "municipal_centre": r"เทศบาล|อบต\.|องค์การบริหารส่วน|(?i:municipal)",
    "reference": r"สำนักงานจังหวัด|สำนักทะเบียน|สพป|สพม|สำนักงานเขตพื้นที่|โรงเรียน|สำนักงานสถิติ|(?i:registry|school)",
}
DAYS = 4  # columns that are named for a day: a register with a column a day
WORD = 6  # a shorter label may be the beginning of any word
# a line that nobody but the engineer can write, with the one that is offered for it
MISSING = re.compile(r'^(\s*)\w+: "\?"  # MISSING.*?`(\w+: \{value: [^}`]*\})`.*$', re.M)
TINY, TINY_SHARE = 4, 0.1  # a table of fewer rows, or of a smaller share of the longest sure one, only accompanies it
CALLED = re.compile(r"(?:คุณ|น้อง|พี่|ป้า|ลุง|น้า|ครู|แม่ครู|พ่อครู|แม่อุ๊ย|พ่ออุ๊ย|อ้าย|อสม)\.?\s?[ก-๙]{2,}(?:\s[ก-๙]+)?$")
TWO_NAMES = re.compile(r"[ก-ฮเ-ไ][ก-๎]{1,15}\s+[ก-ฮเ-ไ][ก-๎]{2,20}")


class Sender(NamedTuple):
    """Whose spec it is: its id, and the partner's name."""

    source: str
    name_th: str


@dataclass
class Group:
    """Tables of one record type and layout: sheets of a workbook, files of a month; the first one speaks for all."""

    tables: list[Recognised]

    @property
    def first(self) -> Recognised:
        """The table that the spec is written from: the longest."""
        return max(self.tables, key=lambda table: len(table.found.row_no))


@dataclass
class Draft:
    """The spec's text and what its writer was not sure of."""

    source: str
    yaml: str
    doubts: list[str]


def grouped(recognised: Sequence[Recognised]) -> list[Group]:
    """Tables that the spec declares together."""
    groups: list[Group] = []
    for table in recognised:
        for group in groups:
            if group.first.record_type == table.record_type and same_layout(group.first.found, table.found):
                group.tables.append(table)
                break
        else:
            groups.append(Group([table]))
    return groups


def draft(
    recognised: Sequence[Recognised], known: Vocabulary, *, source: str, name_th: str, name_en: str, family: str | None,
    area: str | None, fetch: dict[str, object] | None = None, today: date,
) -> Draft:  # fmt: skip
    """Write the spec of a new source."""
    without = left_out(recognised)
    groups = grouped([table for i, table in enumerate(recognised) if i not in without])
    files = sorted({table.found.path for table in recognised})
    doubts = [f"{recognised[i].found.place}: left out: {why}" for i, why in without.items()]
    found_area = area or whereabouts.area(recognised)
    lines = [
        "# yaml-language-server: $schema=schema.json",
        f"source: {source}",
        "partner:",
        f"  family: {family or _family(name_th, recognised)}"
        + ("" if family else f"  # one of {', '.join(FAMILIES)}: correct it if it is another"),
        f"  name: {{th: {quoted(name_th)}, en: {quoted(name_en)}}}",
        f'  area: "{found_area}"'
        + ("" if area else "  # where most of its people live: correct it if the office is elsewhere"),
    ]
    if fetch:
        lines.append(
            f"fetch: {{by: rest, connection: {source}_api}}  # docs/transports.md: paging, token, updated_since"
        )
        lines.append(
            f"# answer: {{by: rest, connection: {source}_api, path: /feedback}}  # where correction workbooks go"
        )
    else:
        lines.append(f"fetch: {{by: folder, connection: {source}_drop, files: {quoted(_pattern(files))}}}")
        lines.append(f"answer: {{by: folder, connection: {source}_outbox}}")
    lines += [
        "promise: {every: 31d}  # how often the partner said it would send",
        "versions:",
        f"  - since: {_since(today)}",
    ]
    texts = [t.found for t in recognised if t.found.format == "text"]
    if texts and len({t.encoding for t in texts}) == 1 and texts[0].encoding == "cp874":
        lines.append("    encoding: cp874")
    delimiters = {t.delimiter for t in texts}
    if len(delimiters) == 1 and delimiters != {","}:
        lines.append(f"    delimiter: {json.dumps(delimiters.pop())}")
    lines += [f"    # left out: {_unnamed(recognised[i].found)}: {why}" for i, why in without.items()]
    lines.append("    tables:")
    twice = Counter(group.first.record_type for group in groups)
    for group in groups:
        alone = twice[group.first.record_type] == 1
        lines += _table(group, groups, files, known, Sender(source, name_th), doubts, alone=alone, pulled=bool(fetch))
    return Draft(source, "\n".join(lines) + "\n", doubts)


def _family(name_th: str, recognised: Sequence[Recognised]) -> str:
    """What a partner is by its name, else by what its samples are called and say of themselves."""
    for words in (name_th, "  ".join(table.found.words for table in recognised)):
        for family, named in NAMES_OF_FAMILIES.items():
            if re.search(named, words):
                return family
    return "unit"


def left_out(recognised: Sequence[Recognised]) -> dict[int, str]:
    """Tables that do not get into the spec, by their place, with why: what only frames or accompanies another one.

    Items that only frame their repeat group: of the same record type with what it needs within, or not sure beside a
    sure one. And a small table that nobody can be sure of beside a large one that is: a summary, a list of words.
    """
    out: dict[int, str] = {}
    longest = max((len(t.found.row_no) for t in [t for t in recognised if t.sure] or recognised), default=0)
    for i, table in enumerate(recognised):
        inner = [t for t in recognised if t.found.repeat and t.found.path == table.found.path]
        if not table.found.repeat and any(_framed(table, one) for one in inner):
            out[i] = "it only frames its repeat group"
        elif not table.sure and len(table.found.row_no) < max(TINY, TINY_SHARE * longest) and longest:
            out[i] = f"few rows, and not sure: it may be {table.record_type}"
    return out if len(out) < len(recognised) else {}


def _framed(outer: Recognised, inner: Recognised) -> bool:
    if outer.record_type != inner.record_type:
        return inner.sure and not outer.sure
    return len(unfilled(inner)) < len(unfilled(outer))


def _since(today: date) -> str:
    return date(today.year, 1, 1).isoformat()


def _table(
    group: Group, groups: list[Group], files: list[str], known: Vocabulary, sender: Sender, doubts: list[str], *,
    alone: bool, pulled: bool,
) -> list[str]:  # fmt: skip
    table, found = group.first, group.first.found
    declared = table.declared
    out = [f"- record_type: {declared.record_type}"]
    if not table.sure:
        out[0] += f"  # {NOT_SURE}: it may also be {' or '.join(table.runners_up)}"
        doubts.append(f"{found.place}: the record type {declared.record_type} is a guess")
    if len(files) > 1 and len(groups) > 1 and not pulled:
        out.append(f"  files: {quoted(_pattern(sorted({t.found.path for t in group.tables}), of_several=True))}")
    out += _sheets(group, groups)
    if found.header_rows > 1:
        out.append(f"  header: {{rows: {found.header_rows}}}")
    skip = ["subtotals", "signatures"] if found.format in ("workbook", "webpage") else found.skip
    if skip:
        out.append(f"  skip: [{', '.join(skip)}]")
    if pulled:
        out.append(f"  path: {quoted(found.path)}")
    if found.rows:
        out.append(f"  rows: {quoted(found.rows)}")
    if found.repeat:
        out.append(f"  repeat: {quoted(found.repeat)}")
    everything = alone and sends_everything(declared)
    out.append(
        f"  sends: {'everything' if everything else 'changes'}  # everything: a row that is missing next time is deleted"
    )
    if everything:
        out.append("  hold_if_rows_fall_below: 60%")
    fields, parts, ignored = _columns(table, known, sender, doubts)
    out.append("  fields:" if fields else "  fields: {}")
    out += [f"    {line}" for line in fields]
    if parts:
        out.append("  parts:")
        out += [f"    {line}" for line in parts]
    words = codes(table, doubts)
    if words:
        out.append("  codes:")
        out += [f"    {line}" for line in words]
    if ignored:
        out.append("  ignore:")
        out += [f"    - {line}" for line in ignored]
    return [INDENT * 3 + line for line in out]


def _sheets(group: Group, groups: list[Group]) -> list[str]:
    mine = list(dict.fromkeys(t.found.sheet for t in group.tables if t.found.sheet))
    if not mine:
        return []
    others = [t.found.sheet for g in groups if g is not group for t in g.tables if t.found.sheet]
    if not others and len(mine) == 1:
        return []  # the one sheet that has the header, whatever it is called next month
    if any(map(_of_somebody, mine)):  # a sheet for each person: who they are stays out of the spec
        note = "  # any sheet with this header; names of persons are not written here" if others else ""
        return [f'  sheet: ["*"]{note}', "  every_sheet: true"]
    if len(mine) > 1:
        common = _beginning(mine).strip()
        patterns = [f"{common}*"] if len(common) >= 2 else ["*"] if not others else mine
        if any(fnmatch.fnmatch(text.clean_text(sheet), pattern) for sheet in others for pattern in patterns):
            patterns = mine
        return [f"  sheet: [{', '.join(map(quoted, patterns))}]", "  every_sheet: true"]
    stem = re.sub(r"[\s_.-]*[\d๐-๙].*$", "", mine[0]).strip()
    pattern = f"{stem}*" if len(stem) >= 2 else mine[0]
    if any(fnmatch.fnmatch(text.clean_text(sheet), pattern) for sheet in others):
        pattern = mine[0]
    return [f"  sheet: {quoted(pattern)}"]


def _of_somebody(sheet: str) -> bool:
    """Whether a sheet is named after a person: by a prefix, by what people are called, or by two words that mean nothing."""
    name = text.clean_text(sheet)
    if OF_SOMEBODY.search(name) or CALLED.match(name):
        return True
    return bool(TWO_NAMES.fullmatch(name)) and concepts().explains(name) < 0.3


def _columns(
    table: Recognised, known: Vocabulary, sender: Sender, doubts: list[str]
) -> tuple[list[str], list[str], list[str]]:
    """The lines of `fields`, `parts` and `ignore`."""
    fields: list[str] = []
    parts: list[str] = []
    ignored: list[str] = []
    place: dict[str, str] = {}
    boxes: dict[str, list[str]] = {}
    joined: dict[str, list[str]] = {}
    money: dict[str, str] = {}
    names: dict[str, str] = {}
    doubt: dict[str, str] = {}
    unused: list[str] = []
    for column in table.columns:
        if column.fields and not column.sure:
            doubt[column.source] = column.reason
            doubts.append(f"{table.found.place}: {column.source} → {', '.join(column.fields)}: {column.reason}")
        if column.fields == ["guarantor"] and not table.profiles[column.source].empty:
            doubts.append(
                f"{table.found.place}: {column.source}: rows that name a guarantor are held: career funds ask for none"
            )
        if not column.fields and column.part == "above":
            continue
        if not column.fields:
            certain = column.ignored and column.sure
            ignored.append(quoted(column.source) + ("" if certain else f"  # {NOT_USED}: {_short(column.reason)}"))
            unused += [] if certain else [column.source]
        elif column.part in ("full_name", "address"):
            names[column.part] = column.source
        elif column.part == "join":
            joined.setdefault(column.target or "", []).append(column.source)
        elif column.part == "ticked":
            boxes.setdefault(column.target or "", []).append(column.source)
        elif column.part in ("credit", "debit"):
            money[column.part] = column.source
        elif column.fields[0] in ("tambon_code", "amphoe_code", "province_code") and column.part != "above":
            place[column.fields[0].removesuffix("_code")] = column.source
        else:
            field = table.declared.fields[column.fields[0]]
            asked = unread(table, column, field)
            if asked:
                doubts.append(f"{table.found.place}: {column.source} → {column.fields[0]}: {asked}")
            said = _column(table, column, declared_field=field)
            fields.append(f"{column.fields[0]}: {said}{_note(column, asked)}")
    fields += [f"{name}: {flow({'join': headers})}  # {NOT_SURE}: put together" for name, headers in joined.items()]
    for name, headers in boxes.items():
        unsure = ", ".join(header for header in headers if header in doubt)
        note = f"  # {NOT_SURE}: which codes {unsure} mean" if unsure else ""
        fields.append(f"{name}: {{ticked: [{', '.join(map(quoted, headers))}]}}{note}")
    if len(money) == 2:
        fields.append(f"amount_baht: {{credit: {quoted(money['credit'])}, debit: {quoted(money['debit'])}}}")
        if "kind" in table.declared.fields and not says_kind(table):
            fields.append(f"kind: {{ticked: [{quoted(money['credit'])}, {quoted(money['debit'])}]}}")
    elif money:
        fields.append(f"amount_baht: {quoted(next(iter(money.values())))}  # {NOT_SURE}: one of a pair of columns?")
    for part, header in names.items():
        parts.append(
            f"{part}: {quoted(header)}" + (f"  # {NOT_SURE}: {_short(doubt[header])}" if header in doubt else "")
        )
    if place:
        note = "; ".join(f"{h}: {_short(doubt[h])}" for h in place.values() if h in doubt)
        parts.append(
            f"place: {{{', '.join(f'{role}: {quoted(h)}' for role, h in place.items())}}}"
            + (f"  # {NOT_SURE}: {note}" if note else "")
        )
    days = [h for h, seen in table.profiles.items() if not seen.empty and _is_day(h)]
    if len(days) >= DAYS:
        doubts.append(
            f"{table.found.place}: {len(days)} columns are dates ({days[0]} …): a column a day is not read; "
            "ask for a row for each person and day (`equity template attendance`)"
        )
    if far := whereabouts.elsewhere(table):
        doubts.append(
            f"{table.found.place}: {far} rows name places outside Lampang: of these the province alone is kept"
        )
    for name, field in unfilled(table).items():
        if name == "kind" and len(money) == 2:
            continue
        line, certain = _from_elsewhere(table, name, field, known, sender)
        fields.append(line)
        if not certain:
            doubts.append(f"{table.found.place}: {name}: {line.partition('#')[2].strip()}")
    # a number that was asked to stand for a missing one is read after all
    read = {line.partition(": ")[2].partition("  #")[0] for line in fields}
    if unused := [header for header in unused if quoted(header) not in read]:
        doubts.append(f"{table.found.place}: not used, as far as can be told: {', '.join(unused)}")
    return fields, parts, [line for line in ignored if line.partition("  #")[0] not in read]


def _is_day(header: str) -> bool:
    """Whether a column is named for a day: `5 ม.ค. 68`, `12/3/2568`."""
    name = last_step(header)
    return bool(DATE_LIKE.search(name)) and dates.parse_dates(pa.array([name])).values[0].is_valid


def _note(column: Mapped, asked: str) -> str:
    notes = ([] if column.sure else [f"{NOT_SURE}: {_short(column.reason)}"]) + ([asked] if asked else [])
    return f"  # {'; '.join(notes)}" if notes else ""


def _short(reason: str) -> str:
    return reason.replace("\n", " ")[:110]


def _column(table: Recognised, column: Mapped, declared_field: Field) -> str:
    """The right side of a field's line."""
    if column.part == "above":
        return f"{{above: {quoted(column.source)}}}"
    more: dict[str, object] = {}
    if column.fields == ["guarantor"] and pc.any(is_like(table.found.columns[column.source], r"^\s*ไม่มี\s*$")).as_py():
        more = {"ไม่มี": "unknown"}
    seen = table.profiles.get(column.source)
    if column.fields == ["amount_baht"] and seen and seen.signed:
        more = {"signed": True}
    if declared_field.type == "date":
        more = _date_rules(table.found.columns[column.source], table.profiles[column.source])
    return quoted(column.source) if not more else flow({"header": column.source, **more})


def _date_rules(cells: pa.Array, seen: Profile) -> dict[str, object]:
    """What must be said of a column of dates: the era of two-digit years, American order."""
    rules: dict[str, object] = {}
    words = [text.arabic_digits_text(word) for word in seen.examples]
    triples = [
        m for w in words if (m := re.fullmatch(r"\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{2}|\d{4})(?:\s.*)?", w))
    ]
    if triples:
        second = sum(int(m[2]) > 12 for m in triples)
        first = sum(int(m[1]) > 12 for m in triples)
        if second and not first and second >= 0.1 * len(triples):
            rules["order"] = "mdy"
    short = [m for w in words if (m := re.search(r"(?<!\d)(\d{2})\s*$", w)) and not re.search(r"\d{4}", w)]
    if short and len(short) > 0.3 * len(words):
        read = {
            era: dates.parse_dates(cells, era=era, earliest=EARLY, latest=LATE) for era in ("buddhist", "christian")
        }
        now = date.today()
        late = (
            pc.sum(pc.fill_null(pc.greater(read["christian"].values, pa.scalar(now)), False).cast(pa.int64())).as_py()
            or 0
        )
        many = [int(m[1]) for m in short]
        # 60 to 75 written today are B.E. 25xx; a birth year 85 or 99 may be either
        rules["era"] = "buddhist" if late or sum(30 <= y <= 80 for y in many) > 0.5 * len(many) else "christian"
    return rules


# --- what no column says


def _from_elsewhere(table: Recognised, name: str, field: Field, known: Vocabulary, sender: Sender) -> tuple[str, bool]:
    """A line for a required field without a column of its own, and whether it can stand as it is."""
    above = _in_titles(table, name, known)
    if above:
        return f"{name}: {{above: {quoted(above)}}}  # stands in the title", True
    national_id = next((c.source for c in table.feeding("national_id")), None)
    if name == "partner_person_ref":
        ids = [
            c.source for c in table.columns if not c.fields and c.part is None and _holds_national_ids(table, c.source)
        ]
        if len(ids) == 1 and not national_id:
            return (
                f"{name}: {quoted(ids[0])}  # {NOT_SURE}: no number of its own; the national ID tells people apart",
                False,
            )
        parts = _identifying(table)
        if national_id and table.profiles[national_id].filled > 0.98 * table.profiles[national_id].size:
            return f"{name}: {quoted(national_id)}  # no number of its own: the national ID tells people apart", True
        if national_id and parts:
            said = flow({"header": national_id, "otherwise": parts})
            return (
                f"{name}: {said}  # no number of its own: the national ID, or where it is not known name and birth",
                True,
            )
        if parts:
            return (
                f"{name}: {flow({'join': parts})}  # {NOT_SURE}: no number of its own; two people alike would be one",
                False,
            )
    own = next((c.source for c in table.columns if c.source in ("_uuid", "_id", "meta/instanceID", "_index")), None)
    if name == "partner_record_ref" and own and table.found.repeat:
        inner = [c.source for c in table.columns if c.fields and c.source.startswith(table.found.repeat)]
        said = flow({"join": [own, *inner[:4]]})
        return (
            f"{name}: {said}  # {NOT_SURE}: no number of its own; two rows of one submission alike would be one",
            False,
        )
    if name == "partner_record_ref" and own:
        return f"{name}: {quoted(own)}  # the form's own number of the submission", True
    if name in (
        "partner_record_ref",
        "activity_ref",
        "case_ref",
        "space_ref",
        "group_ref",
        "visit_ref",
        "product_ref",
        "output_ref",
    ):
        number = _unused_number(table)
        if number:
            return f"{name}: {quoted(number)}  # {NOT_SURE}: the only number of which every row has another", False
        person = next((c.source for c in table.feeding("partner_person_ref")), None) or national_id
        if name == "case_ref" and person:
            return f"{name}: {quoted(person)}  # {NOT_SURE}: no number of its own; one case a person", False
        parts = _key_columns(table, name)
        if parts:
            return (
                f"{name}: {flow({'join': parts})}  # {NOT_SURE}: no number of its own; two rows alike would be one",
                False,
            )
    if field.type in ("ref", "text"):
        value = sender.name_th if field.names == "organisation" else f"{sender.source}-1"
        return (
            f"{name}: {{value: {quoted(value)}}}  # {NOT_SURE}: no column says it; the same for every row",
            False,
        )
    return (
        f"{name}: {quoted('?')}  # MISSING: {field.label.th} ({field.label.en}): {_what_to_write(name, field)}",
        False,
    )


def _holds_national_ids(table: Recognised, header: str) -> bool:
    """Whether a column, which is not of somebody else, holds national ids."""
    seen = table.profiles.get(header)
    return seen is not None and seen.national_id > 0.8 and not SOMEBODY_ELSE.search(folded(header))


def _what_to_write(name: str, field: Field) -> str:
    """The line that answers what no column says."""
    if field.type == "person_ref":  # one value for all rows would make one person of all
        return f"write `{name}: <header of its column>`, or `{name}: {{join: [<headers that tell people apart>]}}`"
    codes = list(code_lists()[field.codes]) if field.codes else []
    example = (
        codes[0]
        if codes
        else {"date": "2024-05-31", "boolean": "true"}.get(field.type, "2567" if field.unit == "year_be" else "1")
    )
    choice = f" (one of {', '.join(codes[:12])}{' …' if len(codes) > 12 else ''})" if codes else ""
    so = "" if codes else ", with what it really is,"
    return f"write `{name}: {{value: {example}}}`{so or choice} where it is the same in every row, or `{name}: <header of its column>`"


def _in_titles(table: Recognised, name: str, known: Vocabulary) -> str | None:
    """A label in the titles that means the field and is followed by a value."""
    for title in table.found.titles:
        for match in re.finditer(r"[ก-๙A-Za-z.]{3,}", title):
            label = match[0]
            rest = title[match.end() :].strip(" :：-–.")
            numeric = table.declared.fields[name].type in ("integer", "number", "date")
            if not rest or (numeric and not re.match(r"[\d๐-๙]", rest)):
                continue
            meant = [m for m in known.matches(label) if m.meaning.name == name and m.score >= 0.9]
            if any(m.meaning.record_type in (None, table.record_type) for m in meant):
                return label
    if table.declared.fields[name].type == "text":  # a label and its value in one word: `โรงเรียนงาวเหนือพิทยา`
        for label in sorted(known.spellings(name, table.record_type), key=len, reverse=True):
            if len(label) >= WORD and any(
                re.search(rf"(^|\s){re.escape(label)}[ก-๙]{{3,}}", t) for t in table.found.titles
            ):
                return label
    return None


def _unused_number(table: Recognised) -> str | None:
    """The one column that feeds nothing and holds a number of its own for every row, and no more than that."""
    found = [
        c.source for c in table.columns
        if not c.fields and c.part is None and NUMBERED.search(folded(c.source)) and (seen := table.profiles.get(c.source))
        and seen.unique and seen.filled == seen.size and seen.ref > 0.9 and not seen.running and seen.date < 0.1
        and seen.national_id < 0.1 and seen.phone < 0.1 and not FORM_TOOL.match(c.source)
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _identifying(table: Recognised) -> list[str]:
    wanted = ("full_name", "first_name", "last_name", "birth_date", "phone")
    found = []
    for name in wanted:
        for column in table.columns:
            if (column.part == name or column.fields == [name]) and column.source not in found:
                found.append(column.source)
    return found[:3]


def _key_columns(table: Recognised, name: str) -> list[str]:
    """Columns that tell rows apart: those that feed required fields, then names, until they are all different."""
    declared = table.declared
    wanted = [n for n, f in declared.fields.items() if (f.required or n in declared.key) and n != name]
    wanted += [
        "name",
        "title",
        "held_on",
        "booked_on",
        "partner_person_ref",
        "full_name",
        "amount_baht",
        "items",
        "kind",
    ]
    chosen: list[str] = []
    for field in wanted:
        for column in table.columns:
            fits = field in column.fields or column.part == field
            if fits and column.source not in chosen and column.part not in ("ticked", "above"):
                chosen.append(column.source)
    return chosen[:5]


# --- words


def _unnamed(found: Found) -> str:
    """A table as a spec may name it: a sheet by its name, if that is nobody's."""
    if found.sheet:
        return "the sheet of somebody" if _of_somebody(found.sheet) else f"the sheet {found.sheet}"
    return "the items around their repeat group" if found.format == "json" else "a table"


def _pattern(files: Sequence[str], *, of_several: bool = False) -> str:
    """The pattern that these names share: their beginning up to the first number, and their ending.

    One sample alone says nothing of next month's name but its ending, unless it is one of several.
    """
    names = [os.path.basename(file) for file in files]
    stems = [re.sub(r"[\s_.-]*[\d๐-๙].*$", "", os.path.splitext(name)[0]) for name in names]
    endings = {os.path.splitext(name)[1] for name in names}
    ending = endings.pop() if len(endings) == 1 else ""
    common = _beginning(stems).rstrip(" _-.") if len(names) > 1 or of_several else ""
    return f"{common}*{ending}"


def _beginning(words: Sequence[str]) -> str:
    """The letters that all words begin with."""
    return "".join(letters[0] for letters in takewhile(lambda found: len(set(found)) == 1, zip(*words, strict=False)))


def parts_of(column: Mapped) -> tuple[str, ...]:
    """The fields that a part may fill."""
    return PARTS.get(column.part or "", ())


def header_key(header: str) -> str:
    """How headers of two deliveries are compared."""
    return fold(header) or folded(header)
