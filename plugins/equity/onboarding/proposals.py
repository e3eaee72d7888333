"""What the columns that no word explains may feed: by likeness, by units, by shape, by what is left over.

All of it is a proposal, never sure. What a person would see at a glance is proposed: a column of marks under a type with
one list of codes, two half-empty columns of money, a day, a month and a year side by side, the one date that is left
for the one date that is missing, a unique number for the record's own number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from equity.onboarding.concepts import concepts
from equity.onboarding.evidence import Profile, fits
from equity.onboarding.layout import Found
from equity.onboarding.mapped import Mapped
from equity.onboarding.vocabulary import EXPLAINED, FORM_TOOL, SOMEBODY_ELSE, Vocabulary, folded
from equity.records import Field, RecordType
from equity.thai.columns import is_like
from equity.thai.units import units_of

ENOUGH = 0.55
NUMBERED = re.compile(
    r"^(รหัส|เลข|หมายเลข|ทะเบียน|ที่ใบ)|(รหัส\)?|เลขที่|ที่|ไอดี)$|(^|_|[a-z])(id|no|code|ref|number|key|sn)s?$|^(id|no|code|ref)(_|$)",
    re.I,
)
UNITS: dict[str, str] = {
    "hours": r"ชม|ชั่วโมง|hour|hrs?\b|duration", "baht": r"บาท|บ\.|เงิน|ราคา|งบ|ค่าใช้จ่าย|รายจ่าย|ต้นทุน|baht|thb|cost|price|amount|budget|฿",
    "baht_per_month": r"รายได้|รายรับ|เงินเดือน|income|salary|earn|ออม|เก็บเงิน|saving", "kg": r"กก|กิโล|น้ำหนัก|kg|weight",
    "persons": r"คน|ราย|จำนวนสมาชิก|people|persons|members|headcount", "score_1_5": r"คะแนน|ระดับ|score|rate|rating",
    "percent": r"คะแนน|ร้อยละ|%|score|mark|test", "year_be": r"ปี|year",
}  # fmt: skip
DAY, MONTH, YEAR = (re.compile(p, re.I) for p in (r"วัน|day|\bdd?\b", r"เดือน|month|\bmm?\b", r"ปี|year|\byy"))
NOUNS: dict[str, str] = {
    "case_ref": r"เคส|กรณี|case", "activity_ref": r"กิจกรรม|หลักสูตร|รุ่น|คอร์ส|session|course|activity|class",
    "group_ref": r"กลุ่ม|วิสาหกิจ|group", "space_ref": r"แหล่ง|ศูนย์|space|place|centre|center", "project_ref": r"โครงการ|คก|project|grant",
    "fund_ref": r"กองทุน|fund", "partner_record_ref": r"ใบ|รายการ|ทะเบียน|slip|receipt|voucher|record|entry|ลงทะเบียน|doc|txn",
    "household_ref": r"ครัวเรือน|บ้าน|household|family", "trainer_ref": r"วิทยากร|ครู|trainer",
    "worker_ref": r"อาสา|เจ้าหน้าที่|จนท|อสม|worker|volunteer|officer",
    "staff_ref": r"บุคลากร|ครู|staff|teacher|employee", "mentor_ref": r"พี่เลี้ยง|mentor",
}  # fmt: skip
PERSON_NOUN = re.compile(
    r"น้อง|เด็ก|คน|บัตร|ผรท|สมช|สมาชิก|ผู้|นร|นศ|นักเรียน|นักศึกษา|บุคคล|member|child|person|learner|student|people|client"
)


def propose(
    columns: list[Mapped], found: Found, declared: RecordType, profiles: Mapping[str, Profile], known: Vocabulary,
    marks: Callable[[Profile], bool],
) -> None:  # fmt: skip
    """Fill in proposals for columns that feed nothing yet."""
    _three_columns(columns, declared, profiles, known)
    _money_in_two(columns, found, declared, profiles)
    _marks_together(columns, declared, profiles, marks)
    _only_names(columns, declared, profiles)
    _numbers_before_names(columns, declared, profiles)
    _left_over(columns, declared, profiles, known)


def _only_names(columns: list[Mapped], declared: RecordType, profiles: Mapping[str, Profile]) -> None:
    """The only names of a table are those of whom it is about, though they are called a mother's: of a club of mothers."""
    if "first_name" not in declared.fields or any(
        c.part == "full_name" or {"first_name", "last_name"} & set(c.fields) for c in columns
    ):
        return
    named = [
        c for c in columns
        if not c.fields and c.source in profiles and profiles[c.source].full_name > 0.8 and profiles[c.source].with_prefix > 0.8
    ]  # fmt: skip
    if len(named) == 1:
        (only,) = named
        _set(only, "full_name", "a guess: the only names in the table; whose they are is to be said", "full_name")
        only.fields, only.target = ["name_prefix", "first_name", "last_name"], None


def _numbers_before_names(columns: list[Mapped], declared: RecordType, profiles: Mapping[str, Profile]) -> None:
    """Of a group with a name and a number (`trainer.name`, `trainer.id`) the number is the reference."""
    for column in columns:
        group, _, _ = column.source.rpartition(".")
        field = declared.fields.get(column.fields[0]) if len(column.fields) == 1 and group else None
        if field is None or field.type not in ("ref", "person_ref") or profiles[column.source].ref > 0.3:
            continue
        beside = [
            c for c in columns
            if c.source.rpartition(".")[0] == group and not c.fields and NUMBERED.search(c.source.rpartition(".")[2])
            and profiles[c.source].ref > 0.8
        ]  # fmt: skip
        if len(beside) == 1:
            _set(beside[0], column.fields[0], f"the number that stands beside {column.source!r}")
            column.fields, column.sure, column.ignored = [], False, True
            column.reason = f"its number stands beside it: {beside[0].source!r}"


def _free(columns: list[Mapped], declared: RecordType) -> dict[str, Field]:
    fed = {name for column in columns for name in column.fields}
    if any(column.part == "full_name" for column in columns):
        fed |= {"name_prefix", "first_name", "last_name", "nickname"}
    if any(column.part == "address" for column in columns):
        fed |= {"house_no", "moo"}
    return {name: field for name, field in declared.fields.items() if name not in fed}


def _left(columns: list[Mapped], profiles: Mapping[str, Profile], *, marks: bool = False) -> list[Mapped]:
    """Columns that feed nothing yet; those of somebody else only where they hold marks (`พ่อแม่แยกทาง` is a tick box)."""
    return [
        c for c in columns
        if not c.fields and not c.ignored and c.part is None and c.source in profiles and not profiles[c.source].running
        and not FORM_TOOL.match(c.source) and (marks or not SOMEBODY_ELSE.search(folded(c.source)))
    ]  # fmt: skip


def _set(column: Mapped, name: str, reason: str, part: str | None = None) -> None:
    column.fields, column.sure, column.reason, column.part, column.ignored = [name], False, reason, part, False
    column.target = name if part else None


def _three_columns(
    columns: list[Mapped], declared: RecordType, profiles: Mapping[str, Profile], known: Vocabulary
) -> None:
    """A day, a month and a year side by side make one date."""
    for first, second, third in zip(columns, columns[1:], columns[2:], strict=False):
        three = (first, second, third)
        if any(column.part == "above" for column in three):
            continue
        seen = [profiles[column.source] for column in three]
        worded = all(p.search(c.source) for p, c in zip((DAY, MONTH, YEAR), three, strict=True))
        days = seen[0].integer > 0.9 and (seen[0].low or 0) >= 1 and (seen[0].high or 99) <= 31
        years = seen[2].integer > 0.9 and (seen[2].low or 0) > 1900 and (seen[2].high or 9999) < 2650
        if not (worded and days and years):
            continue
        dates_ = {n: f for n, f in declared.fields.items() if f.type == "date"}
        already = [c.fields[0] for c in three if c.fields and c.fields[0] in dates_]
        taken = {n for c in columns if c not in three for n in c.fields}
        name = next(iter(already), None)
        if name is None:
            bare = [
                re.sub(p.pattern + r"|ที่", "", c.source, flags=re.I)
                for p, c in zip((DAY, MONTH, YEAR), three, strict=True)
            ]
            free = [n for n in dates_ if n not in taken]
            name = max(
                free, key=lambda n: max(known.likeness(b + "วันที่", n, declared.record_type) for b in bare), default=None
            )
        if name and name not in taken:
            for column in three:
                _set(column, name, "a day, a month and a year side by side make one date", "join")


def _money_in_two(columns: list[Mapped], found: Found, declared: RecordType, profiles: Mapping[str, Profile]) -> None:
    """Two columns of money of which each row fills one are what came in and what went out."""
    if "amount_baht" not in declared.fields:
        return
    for one, other in pairwise(column for column in columns if column.part != "above" and not _paired(columns)):
        free = all(not c.fields or c.part in ("credit", "debit") or c.fields == ["amount_baht"] for c in (one, other))
        if not free or any(profiles[c.source].number < 0.7 for c in (one, other)):
            continue
        holds = [is_like(found.columns[c.source], r"[1-9๑-๙]").to_numpy(zero_copy_only=False) for c in (one, other)]
        if (holds[0] ^ holds[1]).mean() > 0.9 and min(h.mean() for h in holds) > 0.05:
            out = re.compile(r"ถอน|จ่าย|ออก|เบิก|debit|withdraw|out|paid|dr\b", re.I)
            first_is_out = bool(out.search(one.source)) and not out.search(other.source)
            for column, part in zip(
                (one, other), ("debit", "credit") if first_is_out else ("credit", "debit"), strict=True
            ):
                _set(column, "amount_baht", "two columns of money, of which each row fills one", part)
            break
    if _paired(columns) and "kind" in declared.fields:
        for column in columns:
            codes = declared.fields["kind"].codes or ""
            if column.fields == ["kind"] and not column.sure and profiles[column.source].codes.get(codes, 0) < 0.35:
                column.fields, column.part, column.target, column.ignored = [], None, None, True
                column.reason = "which of the two columns of money is filled tells the kind"


def _paired(columns: list[Mapped]) -> bool:
    return {"credit", "debit"} <= {c.part for c in columns}


def _marks_together(
    columns: list[Mapped], declared: RecordType, profiles: Mapping[str, Profile], marks: Callable[[Profile], bool]
) -> None:
    """Several columns of marks side by side, in a type with one free list of codes."""
    begun = [c.fields[0] for c in columns if c.part == "ticked"]
    free = [name for name, field in _free(columns, declared).items() if field.type == "code_set"]
    if begun:
        free = begun[:1]
    if len(free) != 1:
        return
    run: list[Mapped] = []
    best: list[Mapped] = []
    left = _left(columns, profiles, marks=True)

    def holds_marks(column: Mapped) -> bool:
        seen = profiles.get(column.source)
        if seen is None or seen.empty or seen.running or column.part is not None or not marks(seen):
            return False
        # a word of its header may have been taken for a field of its own, or for nothing: one mark alone is no value
        return column in left or (not column.sure and seen.distinct == 1)

    for column in columns:
        run = [*run, column] if holds_marks(column) or column.part == "ticked" else []
        best = max(best, run, key=len)
    if len(best) >= 3:
        for column in best:
            if column.part != "ticked":
                _set(column, free[0], "marks side by side; which code it means is to be said", "ticked")


def _left_over(columns: list[Mapped], declared: RecordType, profiles: Mapping[str, Profile], known: Vocabulary) -> None:
    """Pair what is left with what is free, all together."""
    left, free = _left(columns, profiles), _free(columns, declared)
    names = [
        name
        for name in free
        if not name.startswith("consent_")
        and name not in ("national_id", "name_prefix", "first_name", "nickname", "house_no", "moo")
    ]
    if not left or not names:
        return
    scores = np.zeros((len(left), len(names)))
    for i, column in enumerate(left):
        for j, name in enumerate(names):
            scores[i, j] = _score(column.source, name, free[name], declared, profiles[column.source], known)
    for kind in ("date", "number", "integer"):  # the one that is left for the one that is missing
        fields = [j for j, name in enumerate(names) if free[name].type == kind]
        needed = [j for j in fields if free[names[j]].required or names[j] in declared.key]
        able = [
            i
            for i, c in enumerate(left)
            if any(fits(profiles[c.source], names[j], free[names[j]]) >= 0.35 for j in fields)
        ]
        for only in (needed, fields):
            # a day that its own words explain is not the one that merely might be there
            understood = only is not needed and any(concepts().explains(left[i].source) >= EXPLAINED for i in able)
            if len(only) == 1 and len(able) == 1 and kind == "date" and not understood:
                scores[able[0], only[0]] += 0.35
                break
    rows, picks = linear_sum_assignment(-np.where(scores >= ENOUGH, scores, 0))
    for i, j in zip(rows, picks, strict=True):
        if scores[i, j] >= ENOUGH:
            _set(
                left[i],
                names[j],
                f"a guess: {_why(left[i].source, names[j], free[names[j]], profiles[left[i].source])}",
            )


def _score(header: str, name: str, field: Field, declared: RecordType, seen: Profile, known: Vocabulary) -> float:
    values = fits(seen, name, field)
    if values < -0.25 or _speaks_of_else(header, name, field, declared):
        return 0.0
    alike = known.likeness(header, name, declared.record_type)
    if field.type in ("ref", "person_ref"):
        if seen.phone > 0.5:
            return 0.0
        if alike < 0.85:
            alike = 0.0  # numbers are all called alike
    if name == "disability_type" and alike <= 0.55:  # `ปกติ` is said of many things: never by its values alone
        return 0.0
    score = 0.62 * alike if alike > 0.55 else 0.0
    score += 0.3 * max(0.0, values)
    if field.unit and re.search(UNITS.get(field.unit, r"$^"), header, re.I) and values > 0:
        score += 0.22
    if field.unit and field.unit in units_of(seen.unit):
        score += 0.35
    if field.codes and seen.codes.get(field.codes, 0) > 0.75 and seen.distinct > 1:
        score += 0.3
    if field.type in ("ref", "person_ref") and NUMBERED.search(folded(header)):
        score += _as_number(header, name, field, declared, seen)
    return score


def _speaks_of_else(header: str, name: str, field: Field, declared: RecordType) -> bool:
    """Whether a header's words are of other people, or of a day that is not the one that merely might be there."""
    made = concepts()
    if field.privacy == "direct" and declared.has_person_block and made.of_other_people(header):
        return True
    optional = not field.required and name not in declared.key
    if field.type != "date" or not optional or made.explains(header) < EXPLAINED:
        return False
    return not any(r.field == name and r.record_type in (None, declared.record_type) for r in made.readings(header))


def _as_number(header: str, name: str, field: Field, declared: RecordType, seen: Profile) -> float:
    """Of a column that is called a number: whose number it may be."""
    noun = NOUNS.get(name)
    if noun and re.search(noun, folded(header)):
        return 0.5
    other = any(
        re.search(pattern, folded(header)) for key, pattern in NOUNS.items() if key != name and key in declared.fields
    )
    if other:
        return 0.0
    if name == "partner_person_ref":
        own = 0.45 if seen.unique and name in declared.key else 0.3  # of every row another: its key
        return 0.5 if PERSON_NOUN.search(folded(header)) else own if field.required else 0.0
    if name in declared.key and seen.unique:
        return 0.4
    return 0.0


def _why(header: str, name: str, field: Field, seen: Profile) -> str:
    if field.type in ("ref", "person_ref") and NUMBERED.search(folded(header)):
        return "it is called a number, and this one is missing"
    if field.codes and seen.codes.get(field.codes, 0) > 0.75:
        return f"the values are words of the list {field.codes}"
    if field.unit and field.unit in units_of(seen.unit):
        return f"the values are said in {seen.unit}"
    return "the words are alike, or it is what is left for what is missing"
