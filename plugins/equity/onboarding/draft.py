"""A source's spec as a draft: what was recognised, in the words of a spec, with a comment wherever it is unsure."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

from equity.onboarding import whereabouts
from equity.onboarding.concepts import concepts
from equity.onboarding.evidence import EARLY, LATE, Profile
from equity.onboarding.layout import Found, same_layout
from equity.onboarding.proposals import NUMBERED
from equity.onboarding.recognise import Mapped, Recognised, unfilled
from equity.onboarding.vocabulary import FORM_TOOL, MONEY, SOMEBODY_ELSE, Vocabulary, folded
from equity.records import Field, RecordType, code_lists, code_words, fold_word
from equity.sources.readers.grids import fold
from equity.sources.spec import PARTS, last_step
from equity.thai import dates, text
from equity.thai.columns import is_like

INDENT = "  "
WORD = 6  # a shorter label may be the beginning of any word
NEGATION = re.compile(r"(ยัง)?(ไม่|มิ|เลิก|ขาด)|no[tn ]|un")
# a line that nobody but the engineer can write, with the one that is offered for it
MISSING = re.compile(r'^(\s*)\w+: "\?"  # MISSING.*?`(\w+: \{value: [^}`]*\})`.*$', re.M)
TINY, TINY_SHARE = 4, 0.1  # a table of fewer rows, or of a smaller share of the longest sure one, only accompanies it
# a word with a name or a number of somebody in it is no word of a code list, and must not get into a spec
OF_SOMEBODY = re.compile(
    r"(?:นาย|นาง|นางสาว|น\.\s?ส\.|ด\.\s?ช\.|ด\.\s?ญ\.|เด็กชาย|เด็กหญิง)\s*[ก-๙]{2,}|[\d๐-๙][\d๐-๙ -]{7,}"
)
CALLED = re.compile(r"(?:คุณ|น้อง|พี่|ป้า|ลุง|น้า|ครู|แม่ครู|พ่อครู|แม่อุ๊ย|พ่ออุ๊ย|อ้าย|อสม)\.?\s?[ก-๙]{2,}(?:\s[ก-๙]+)?$")
TWO_NAMES = re.compile(r"[ก-ฮเ-ไ][ก-๎]{1,15}\s+[ก-ฮเ-ไ][ก-๎]{2,20}")


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
    recognised: Sequence[Recognised], known: Vocabulary, *, source: str, name_th: str, name_en: str, family: str,
    area: str | None, fetch: dict[str, object] | None = None, today: date,
) -> Draft:  # fmt: skip
    """Write the spec of a new source."""
    without = left_out(recognised)
    groups = grouped([table for i, table in enumerate(recognised) if i not in without])
    files = sorted({table.found.path for table in recognised})
    doubts = [f"{_place(recognised[i].found)}: left out: {why}" for i, why in without.items()]
    found_area = area or whereabouts.area(recognised)
    lines = [
        "# yaml-language-server: $schema=schema.json",
        f"source: {source}",
        "partner:",
        f"  family: {family}",
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
        lines += _table(group, groups, files, known, source, doubts, alone=alone, pulled=bool(fetch))
    return Draft(source, "\n".join(lines) + "\n", doubts)


def left_out(recognised: Sequence[Recognised]) -> dict[int, str]:
    """Tables that do not get into the spec, by their place, with why: what only frames or accompanies another one.

    Items that only frame their repeat group: of the same record type with what it needs within, or not sure beside a
    sure one. And a small table that nobody can be sure of beside a large one that is: a summary, a list of words.
    """
    out: dict[int, str] = {}
    longest = max((len(t.found.row_no) for t in recognised if t.sure), default=0)
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
    group: Group, groups: list[Group], files: list[str], known: Vocabulary, source: str, doubts: list[str], *,
    alone: bool, pulled: bool,
) -> list[str]:  # fmt: skip
    table, found = group.first, group.first.found
    declared = table.declared
    out = [f"- record_type: {declared.record_type}"]
    if not table.sure:
        out[0] += f"  # NOT SURE: it may also be {' or '.join(table.runners_up)}"
        doubts.append(f"{_place(found)}: the record type {declared.record_type} is a guess")
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
    fields, parts, ignored = _columns(table, known, source, doubts)
    out.append("  fields:" if fields else "  fields: {}")
    out += [f"    {line}" for line in fields]
    if parts:
        out.append("  parts:")
        out += [f"    {line}" for line in parts]
    codes = _codes(table, doubts)
    if codes:
        out.append("  codes:")
        out += [f"    {line}" for line in codes]
    if ignored:
        out.append("  ignore:")
        out += [f"    - {line}" for line in ignored]
    return [INDENT * 3 + line for line in out]


def sends_everything(declared: RecordType) -> bool:
    """Whether a type is sent as a whole list each time (registers) or line by line as things happen (events)."""
    events = "partner_record_ref" in declared.key or any(declared.fields[name].type == "date" for name in declared.key)
    return not events and not {"activity_ref", "case_ref", "visit_ref"} & set(declared.key)


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
    table: Recognised, known: Vocabulary, source: str, doubts: list[str]
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
            doubts.append(f"{_place(table.found)}: {column.source} → {', '.join(column.fields)}: {column.reason}")
        if column.fields == ["guarantor"] and not table.profiles[column.source].empty:
            doubts.append(
                f"{_place(table.found)}: {column.source}: rows that name a guarantor are held: career funds ask for none"
            )
        if not column.fields and column.part == "above":
            continue
        if not column.fields:
            certain = column.ignored and column.sure
            ignored.append(quoted(column.source) + ("" if certain else f"  # not used: {_short(column.reason)}"))
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
            said = _column(table, column, declared_field=table.declared.fields[column.fields[0]])
            fields.append(f"{column.fields[0]}: {said}{_note(column)}")
    fields += [f"{name}: {_flow({'join': headers})}  # NOT SURE: put together" for name, headers in joined.items()]
    fields += [f"{name}: {{ticked: [{', '.join(map(quoted, headers))}]}}" for name, headers in boxes.items()]
    if len(money) == 2:
        fields.append(f"amount_baht: {{credit: {quoted(money['credit'])}, debit: {quoted(money['debit'])}}}")
        if "kind" in table.declared.fields and not _says_kind(table):
            fields.append(f"kind: {{ticked: [{quoted(money['credit'])}, {quoted(money['debit'])}]}}")
    elif money:
        fields.append(f"amount_baht: {quoted(next(iter(money.values())))}  # NOT SURE: one of a pair of columns?")
    for part, header in names.items():
        parts.append(
            f"{part}: {quoted(header)}" + (f"  # NOT SURE: {_short(doubt[header])}" if header in doubt else "")
        )
    if place:
        note = "; ".join(f"{h}: {_short(doubt[h])}" for h in place.values() if h in doubt)
        parts.append(
            f"place: {{{', '.join(f'{role}: {quoted(h)}' for role, h in place.items())}}}"
            + (f"  # NOT SURE: {note}" if note else "")
        )
    if far := whereabouts.elsewhere(table):
        doubts.append(
            f"{_place(table.found)}: {far} rows name places outside Lampang: of these the province alone is kept"
        )
    for name, field in unfilled(table).items():
        if name == "kind" and len(money) == 2:
            continue
        line, certain = _from_elsewhere(table, name, field, known, source)
        fields.append(line)
        if not certain:
            doubts.append(f"{_place(table.found)}: {name}: {line.partition('#')[2].strip()}")
    # a number that was asked to stand for a missing one is read after all
    asked = {line.partition(": ")[2].partition("  #")[0] for line in fields}
    if unused := [header for header in unused if quoted(header) not in asked]:
        doubts.append(f"{_place(table.found)}: not used, as far as can be told: {', '.join(unused)}")
    return fields, parts, [line for line in ignored if line.partition("  #")[0] not in asked]


def _note(column: Mapped) -> str:
    return "" if column.sure else f"  # NOT SURE: {_short(column.reason)}"


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
    if column.fields == ["amount_baht"] and seen and (seen.low or 0) < 0:
        more = {"signed": True}
    if declared_field.type == "date":
        more = _date_rules(table.found.columns[column.source], table.profiles[column.source])
    return quoted(column.source) if not more else _flow({"header": column.source, **more})


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


def _codes(table: Recognised, doubts: list[str]) -> list[str]:
    """The partner's words for codes that are not known everywhere, with the nearest code as a guess to confirm."""
    lines = []
    for name, field in table.declared.fields.items():
        if not field.codes:
            continue
        known = code_words(field.codes)
        unknown: list[str] = []
        for column in table.feeding(name):
            if column.part == "ticked":
                words = [last_step(column.source)]
            elif column.part in MONEY:
                continue
            else:
                words = [part.strip() for word in table.profiles[column.source].examples for part in _cut(word, field)]
            new = (word for word in words if word and fold_word(word) not in known and not OF_SOMEBODY.search(word))
            unknown += [word for word in new if word not in unknown]
        if name == "kind" and any(c.part in MONEY for c in table.columns) and not _says_kind(table):
            pairs = {c.part: last_step(c.source) for c in table.columns if c.part in ("credit", "debit")}
            meant = {"credit": "saving_in", "debit": "saving_out"}
            said = {word: meant[part] for part, word in pairs.items() if part and fold_word(word) not in known}
            if said:
                lines.append(f"kind: {_flow(said)}")
            continue
        if not unknown or len(unknown) > 40:
            continue
        lines.append(f"{name}:")
        for word in unknown[:25]:
            guess = _nearest_code(word, field.codes)
            lines.append(f"  # {quoted(word)}: {guess or '?'}")
            doubts.append(f"{_place(table.found)}: {name}: which code is {word!r}?")
        if not any(not line.strip().startswith("#") for line in lines[lines.index(f"{name}:") + 1 :]):
            lines[lines.index(f"{name}:")] = (
                f"{name}: {{}}  # words that are not known yet; take the # away and say the code:"
            )
    return lines


def _says_kind(table: Recognised) -> bool:
    """Whether a ledger has a column that says what each line is, beside one for what came in and one for what went out."""
    return any(column.part not in MONEY for column in table.feeding("kind"))


def _cut(word: str, field: Field) -> list[str]:
    return re.split(r"[,;/|\n+]|และ", word) if field.type == "code_set" else [word]


def _nearest_code(word: str, code_list: str) -> str | None:
    """The code whose words are spelled nearly so; never one of the opposite: `ไม่พบตัว` is not `พบตัว`."""
    known, said = code_words(code_list), fold_word(word)
    alike = [other for other in known if bool(NEGATION.match(other)) == bool(NEGATION.match(said))]
    best = process.extractOne(said, alike, scorer=fuzz.ratio, score_cutoff=75)
    return known[best[0]] if best else None


# --- what no column says


def _from_elsewhere(table: Recognised, name: str, field: Field, known: Vocabulary, source: str) -> tuple[str, bool]:
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
                f"{name}: {quoted(ids[0])}  # NOT SURE: no number of its own; the national ID tells people apart",
                False,
            )
        parts = _identifying(table)
        if national_id and table.profiles[national_id].filled > 0.98 * table.profiles[national_id].size:
            return f"{name}: {quoted(national_id)}  # no number of its own: the national ID tells people apart", True
        if national_id and parts:
            said = _flow({"header": national_id, "otherwise": parts})
            return (
                f"{name}: {said}  # no number of its own: the national ID, or where it is not known name and birth",
                True,
            )
        if parts:
            return (
                f"{name}: {_flow({'join': parts})}  # NOT SURE: no number of its own; two people alike would be one",
                False,
            )
    own = next((c.source for c in table.columns if c.source in ("_uuid", "_id", "meta/instanceID", "_index")), None)
    if name == "partner_record_ref" and own and table.found.repeat:
        inner = [c.source for c in table.columns if c.fields and c.source.startswith(table.found.repeat)]
        said = _flow({"join": [own, *inner[:4]]})
        return f"{name}: {said}  # NOT SURE: no number of its own; two rows of one submission alike would be one", False
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
            return f"{name}: {quoted(number)}  # NOT SURE: the only number of which every row has another", False
        person = next((c.source for c in table.feeding("partner_person_ref")), None) or national_id
        if name == "case_ref" and person:
            return f"{name}: {quoted(person)}  # NOT SURE: no number of its own; one case a person", False
        parts = _key_columns(table, name)
        if parts:
            return (
                f"{name}: {_flow({'join': parts})}  # NOT SURE: no number of its own; two rows alike would be one",
                False,
            )
    if field.type in ("ref", "text"):
        return (
            f"{name}: {{value: {quoted(f'{source}-1')}}}  # NOT SURE: no column says it; the same for every row",
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
    return f"write `{name}: {{value: {example}}}`{choice} where it is the same in every row, or `{name}: <header of its column>`"


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


def quoted(word: str) -> str:
    """A scalar of YAML; quoted only where it must be."""
    plain = re.fullmatch(r"[ก-๙A-Za-z][ก-๙\w ()./*+-]*", word) and not word.endswith(" ") and " #" not in word
    if plain and word.casefold() not in ("y", "n", "yes", "no", "true", "false", "null", "on", "off", "none", "~"):
        return word if not re.search(r":(\s|$)", word) else json.dumps(word, ensure_ascii=False)
    return json.dumps(word, ensure_ascii=False)


def _flow(values: Mapping[str, object]) -> str:
    def said(value: object) -> str:
        if isinstance(value, dict):
            return _flow(value)
        if isinstance(value, list | tuple):
            return f"[{', '.join(said(v) for v in value)}]"
        return quoted(value) if isinstance(value, str) else json.dumps(value)

    return "{" + ", ".join(f"{quoted(key)}: {said(value)}" for key, value in values.items()) + "}"


def _unnamed(found: Found) -> str:
    """A table as a spec may name it: a sheet by its name, if that is nobody's."""
    if found.sheet:
        return "the sheet of somebody" if _of_somebody(found.sheet) else f"the sheet {found.sheet}"
    return "the items around their repeat group" if found.format == "json" else "a table"


def _place(found: Found) -> str:
    return found.path + (f" [{found.sheet}]" if found.sheet else "")


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
