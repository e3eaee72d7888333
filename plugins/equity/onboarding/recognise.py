"""Which record type a table is, and which canonical fields its columns feed: from the words of headers and the values.

Every pairing of a column with a field gets a score from both; the pairs are chosen together, so that no field is fed
twice and the whole fits best (linear assignment). A pairing is `sure` only where the words are known and the values do
not speak against them, or where the values can hardly be anything else.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pyarrow as pa
from scipy.optimize import linear_sum_assignment

from equity.onboarding.concepts import concepts
from equity.onboarding.evidence import Profile, fits, profile
from equity.onboarding.layout import Found
from equity.onboarding.mapped import Mapped
from equity.onboarding.proposals import propose
from equity.onboarding.vocabulary import IGNORE, MONEY, SOMEBODY_ELSE, Vocabulary, folded
from equity.records import Field, RecordType, code_words, fold_word, record_types
from equity.sources.readers.grids import fold
from equity.sources.spec import ANY_LINE, PARTS, last_step

GOOD_ENOUGH = 0.62  # below this a header's likeness is chance
CLOSE = 0.08  # two columns for one field are as good as each other when their scores differ by less
PERSON = ("name_prefix", "first_name", "last_name", "nickname")
PLACE = ("tambon_code", "amphoe_code", "province_code")


@dataclass
class Recognised:
    """One table with its record type and columns."""

    found: Found
    record_type: str
    sure: bool
    runners_up: list[str]
    columns: list[Mapped]
    profiles: dict[str, Profile] = field(default_factory=dict)

    @property
    def declared(self) -> RecordType:
        """The record type."""
        return record_types()[self.record_type]

    def feeding(self, name: str) -> list[Mapped]:
        """The columns that feed a field."""
        return [column for column in self.columns if name in column.fields]


@dataclass(frozen=True)
class _Option:
    """A target that a column may feed, with its score and how the words and values stand."""

    target: str
    score: float
    words: float
    values: float
    reason: str
    made: bool = False  # the meaning is made out of the header's words


def recognise(found: Found, known: Vocabulary, wanted: str | None = None) -> Recognised:
    """Recognise one table; `wanted` fixes the record type."""
    profiles = {header: profile(column) for header, column in found.columns.items()}
    titled = known.titled(found.words)
    scored = []
    for name, declared in record_types().items():
        if wanted and name != wanted:
            continue
        chosen = _assign(found, known, declared, profiles)
        scored.append((_worth(declared, chosen, titled.get(name, 0.0), profiles, known, found.above), name, chosen))
    scored.sort(key=lambda entry: -entry[0])
    worth, name, chosen = scored[0]
    second = scored[1][0] if len(scored) > 1 else 0.0
    sure = bool(wanted) or (worth > 3.0 and worth - second > max(0.8, 0.12 * worth))
    columns = _mapped(found, record_types()[name], chosen, profiles, known, type_sure=sure)
    return Recognised(found, name, sure, [entry[1] for entry in scored[1:3]], columns, profiles)


# --- pairing


def _assign(found: Found, known: Vocabulary, declared: RecordType, profiles: dict[str, Profile]) -> dict[str, _Option]:
    """The best pairing of columns with targets of one record type."""
    headers = [header for header in found.columns if header not in (found.above, ANY_LINE)]
    options = {header: _options(header, known, declared, profiles[header], set(found.columns)) for header in headers}
    targets = sorted({option.target for choices in options.values() for option in choices} - {IGNORE.name})
    position = {target: i for i, target in enumerate(targets)}
    cost = np.zeros((len(headers), len(targets) + len(headers)))
    for row, header in enumerate(headers):
        for option in options[header]:  # any number of columns may carry nothing: each has a place of its own for that
            at = len(targets) + row if option.target == IGNORE.name else position[option.target]
            cost[row, at] = -option.score
    rows, columns = linear_sum_assignment(cost)
    chosen: dict[str, _Option] = {}
    for row, column in zip(rows, columns, strict=True):
        if cost[row, column] < 0:
            header, target = headers[row], targets[column] if column < len(targets) else IGNORE.name
            chosen[header] = next(o for o in options[header] if o.target == target)
    return chosen


def _options(header: str, known: Vocabulary, declared: RecordType, seen: Profile, headers: set[str]) -> list[_Option]:
    """What a column may feed in a record type."""
    best: dict[str, _Option] = {}
    matches = [
        m for m in known.matches(_spoken(header, headers)) if m.meaning.record_type in (None, declared.record_type)
    ]
    stranger = _stranger(header, declared)
    own = {m.meaning.name for m in matches if m.meaning.record_type == declared.record_type and m.score >= 0.9}
    for match in matches:
        target = match.meaning.name
        if target == IGNORE.name:
            score = match.score * (1.15 if seen.running or match.score >= 0.97 else 0.9)
            if own and not seen.running:  # within this record type the word means something
                score *= 0.5
            _take(best, _Option(target, score, match.score, 0.0, match.reason))
            continue
        values = _values(target, declared, seen)
        if values is None or match.score < GOOD_ENOUGH:
            continue
        if stranger and (match.made or match.score < 0.9) and target in {*_person_block(), *PARTS}:
            continue
        words = match.score
        if _own_number(header, target, declared) or (target == "phone" and SOMEBODY_ELSE.search(folded(header))):
            words *= 0.8  # it does where nothing else is there
        if own and match.meaning.record_type is None and target not in own:
            words *= 0.9  # the record type's own word for it goes before the common one
        score = words + 0.45 * values
        if values <= (-0.5 if match.made else -0.7) and not seen.empty:
            score -= 0.5
        if score > 0.35:
            _take(best, _Option(target, score, words, values, match.reason, match.made))
    for target, score, reason in _by_values(header, declared, seen, headers, known):
        if target not in best:
            _take(best, _Option(target, score, 0.0, 1.0, reason))
            if IGNORE.name in best and declared.fields.get(target, None) and declared.fields[target].codes:
                # a room called ห้องเรียน that holds ป.1 and ป.2 is a grade, whatever the word means elsewhere
                best[IGNORE.name] = replace(best[IGNORE.name], score=0.3 * best[IGNORE.name].score)
    return list(best.values())


def sends_everything(declared: RecordType) -> bool:
    """Whether a type is sent as a whole list each time (registers) or line by line as things happen (events)."""
    events = "partner_record_ref" in declared.key or any(declared.fields[name].type == "date" for name in declared.key)
    return not events and not {"activity_ref", "case_ref", "visit_ref"} & set(declared.key)


def _own_number(header: str, target: str, declared: RecordType) -> bool:
    """Whether a bare `id` is more likely the number of the row: where a person may have several."""
    return folded(header) == "id" and target == "partner_person_ref" and not sends_everything(declared)


def _spoken(header: str, headers: set[str]) -> str:
    """A question with its group told apart, as forms export them: `คุณภาพชีวิต/สุขภาพ`, where others begin with the group too."""
    group, _, question = header.partition("/")
    others = sum(other.startswith(f"{group}/") for other in headers) > 1
    return f"{group} / {question}" if others and group.strip() and question.strip() and " / " not in header else header


def _stranger(header: str, declared: RecordType) -> bool:
    """Whether a header speaks of people whom a record of this type is not about."""
    about = {
        "community_trainer": frozenset({"trainer", "staff"}),
        "personnel_training": frozenset({"staff", "trainer", "worker"}),
    }
    return concepts().of_other_people(header, but=about.get(declared.record_type, frozenset()))


def _take(best: dict[str, _Option], option: _Option) -> None:
    if option.target not in best or best[option.target].score < option.score:
        best[option.target] = option


def _values(target: str, declared: RecordType, seen: Profile) -> float | None:
    """How well the values suit a target; None where the record type has no such target."""
    if target == "full_name":
        if "first_name" not in declared.fields:
            return None
        if seen.empty:
            return 0.0
        return 0.8 if seen.full_name > 0.6 else 0.3 if seen.full_name > 0.3 else -0.6
    if target == "address":
        if "house_no" not in declared.fields:
            return None
        return (
            0.0
            if seen.empty
            else 0.8
            if seen.address > 0.5
            else 0.1
            if seen.longest > 15 and seen.number < 0.3
            else -0.6
        )
    if target in MONEY:
        return None if "amount_baht" not in declared.fields else 0.4 if seen.number > 0.5 or seen.empty else -0.9
    if target not in declared.fields:
        return None
    return fits(seen, target, declared.fields[target])


def _by_values(
    header: str, declared: RecordType, seen: Profile, headers: set[str], known: Vocabulary
) -> list[tuple[str, float, str]]:
    """Targets that the values alone point to."""
    found: list[tuple[str, float, str]] = []
    person = "first_name" in declared.fields
    if SOMEBODY_ELSE.search(folded(header)) or _stranger(header, declared):
        return found
    if seen.national_id > 0.8 and "national_id" in declared.fields:
        found.append(("national_id", 0.9, "the values are 13-digit IDs"))
    if person and seen.full_name > 0.8 and seen.with_prefix > 0.5:
        found.append(("full_name", 0.75, "the values are names with prefix and surname"))
    if person and seen.prefix > 0.85:
        found.append(("name_prefix", 0.7, "the values are name prefixes"))
    if seen.phone > 0.85 and "phone" in declared.fields:
        found.append(("phone", 0.55, "the values are telephone numbers"))
    if "sex" in declared.fields and seen.codes.get("sex", 0) > 0.95 and seen.distinct <= 4 and seen.number < 0.5:
        found.append(("sex", 0.6, "the values are male and female"))
    if "tambon_code" in declared.fields and seen.tambon > 0.8 and seen.distinct > 2:
        found.append(("tambon_code", 0.5, "the values are tambons of Lampang"))
    if "amphoe_code" in declared.fields and seen.amphoe > 0.85:
        found.append(("amphoe_code", 0.5 if seen.amphoe > seen.tambon else 0.3, "the values are districts of Lampang"))
    if person and seen.address > 0.8:
        found.append(("address", 0.55, "the values are addresses"))
    if (
        "birth_date" in declared.fields
        and seen.date > 0.8
        and seen.born > 0.95
        and seen.recent < 0.5
        and "เกิด" in header
    ):
        found.append(("birth_date", 0.6, "the values are dates of birth"))
    for name, declared_field in declared.fields.items():
        if (
            declared_field.codes
            and name not in ("sex", "consent_status", "disability_type")
            and declared_field.codes in seen.codes
        ):
            share, distinctive = seen.codes[declared_field.codes], seen.distinct > 1 and seen.number < 0.5
            others = max((s for name_, s in seen.codes.items() if name_ != declared_field.codes), default=0)
            if share > 0.9 and distinctive and others < share:
                found.append((name, 0.45, f"the values are words of the list {declared_field.codes}"))
    del known
    return found


# --- the record type


@cache
def _weights() -> dict[str, float]:
    """How much a field tells of the record type: the rarer among the types, the more."""
    often = Counter(name for declared in record_types().values() for name in declared.fields)
    return {
        name: math.log(1 + len(record_types()) / count) / math.log(1 + len(record_types()))
        for name, count in often.items()
    }


@cache
def _person_block() -> frozenset[str]:
    return (
        frozenset(record_types()["participant"].direct_fields())
        | set(PLACE)
        | {"sex", "birth_date", "moo", "nationality"}
    )


def _worth(
    declared: RecordType, chosen: dict[str, _Option], titled: float, profiles: dict[str, Profile], known: Vocabulary,
    above: str,
) -> float:  # fmt: skip
    def about_person(header: str) -> bool:
        best = next(iter(known.matches(header)), None)
        return best is not None and best.meaning.name in {*_person_block(), *PARTS} and best.score > 0.8

    weights = _weights()
    worth, filled = 2.2 * titled, set()
    for option in chosen.values():
        names = _targets_of(option.target, declared)
        filled.update(names)
        if option.target == IGNORE.name:
            continue
        weight = max((weights.get(name, 0.3) for name in names), default=0.3)
        if set(names) <= _person_block():
            weight *= 0.3  # who the person is says little of what the record tells of it
        worth += weight * (0.4 + min(1.0, max(0.0, option.words)) + 0.5 * option.values)
    needed = {*declared.key, *(name for name, f in declared.fields.items() if f.required)}
    for name in needed - filled:
        derivable = name in (
            "partner_person_ref",
            "partner_record_ref",
            "project_ref",
            "fund_ref",
            "case_ref",
            "list_ref",
        )
        worth -= 0.25 if derivable else 1.1
    unused = [
        h for h, seen in profiles.items() if h not in chosen and h != above and not seen.empty and not seen.running
    ]
    if declared.record_type not in ("population_register", "published_figure") and declared.has_person_block:
        worth -= 0 if filled & {"first_name", "last_name", "national_id"} else 1.0
    # names and births that a type has no place for speak against it; most where it is of nobody at all
    strangers = 0 if declared.has_person_block else sum(about_person(header) for header in unused)
    nobody = not any(f.type == "person_ref" for f in declared.fields.values())
    return worth - 0.12 * len(unused) - (0.3 if nobody else 0.15) * strangers


def _targets_of(target: str, declared: RecordType) -> list[str]:
    if target in PARTS:
        return [name for name in PARTS[target] if name in declared.fields]
    if target in MONEY:
        return ["amount_baht", "kind"] if target == "credit" else ["amount_baht"]
    return [] if target == IGNORE.name else [target]


# --- what is told of each column


def _mapped(
    found: Found, declared: RecordType, chosen: dict[str, _Option], profiles: dict[str, Profile], known: Vocabulary,
    *, type_sure: bool,
) -> list[Mapped]:  # fmt: skip
    columns = []
    weights = _weights()
    for header in found.columns:
        seen = profiles[header]
        option = chosen.get(header)
        if header == ANY_LINE and found.above != ANY_LINE:
            why = "a header of a star alone cannot be named in a spec; give the column a name"
            columns.append(Mapped(header, [], True, why, ignored=True))
        elif header == found.above:
            columns.append(_above(found, declared, chosen, seen, known))
        elif option is None:
            why = (
                "the column is empty" if seen.empty else "no field of this record type is meant, as far as can be told"
            )
            columns.append(Mapped(header, [], False, why, ignored=seen.running))
        elif option.target == IGNORE.name:
            columns.append(Mapped(header, [], option.words >= 0.9, option.reason, ignored=True))
        else:
            fields = _fields(option.target, declared, seen)
            sure = _sure(header, option, declared, seen) and (type_sure or all(weights[name] < 0.55 for name in fields))
            reason = f"{option.reason}; {_said_of(option.values, seen)}" if option.words else option.reason
            part = option.target if option.target in (*PARTS, *MONEY) else None
            columns.append(Mapped(header, fields, sure, reason, part))
    _one_name(columns, profiles)
    _rivals(columns, found, declared, chosen, profiles, known)
    _tick_boxes(columns, declared, profiles, known)
    propose(columns, found, declared, profiles, known, _marks)
    return columns


def _fields(target: str, declared: RecordType, seen: Profile) -> list[str]:
    """The fields that a column feeds: of a name or an address only the pieces that its values have."""
    if target == "full_name":
        names = ["first_name", "last_name"]
        if seen.with_prefix > 0.05:
            names.insert(0, "name_prefix")
        if seen.with_nickname > 0.02:
            names.append("nickname")
        return names
    if target == "address":
        from equity.thai.places import split_addresses

        cut = split_addresses(pa.array(list(seen.examples) or [""], pa.string()))
        pieces = {
            "house_no": "house_no",
            "moo": "moo",
            "tambon": "tambon_code",
            "amphoe": "amphoe_code",
            "province": "province_code",
        }
        return [
            name for piece, name in pieces.items()
            if name in declared.fields and len(cut[piece]) - cut[piece].null_count > 0.1 * len(cut[piece])
        ]  # fmt: skip
    if target in MONEY:
        return ["amount_baht"]
    return [target]


def _sure(header: str, option: _Option, declared: RecordType, seen: Profile) -> bool:
    if SOMEBODY_ELSE.search(folded(header)):
        return False
    if option.target in {*_person_block(), *PARTS} and _stranger(header, declared):
        return False
    if option.words >= 0.9:
        if option.target in declared.fields:
            typed = declared.fields[option.target].type not in (
                "text",
                "ref",
                "person_ref",
                "code",
                "code_set",
                "boolean",
            )
            coded = declared.fields[option.target].codes
            if coded and not seen.empty and seen.codes.get(coded, 0) < 0.3:
                return False  # words of its own: which codes they mean is to be said anyway
            return seen.empty or option.values >= (0.15 if typed else -0.1)
        return option.values >= 0.1
    if option.words >= 0.7 and not option.made:  # like a known word, and the values can hardly be anything else
        return option.values >= 0.8 and option.target in (
            "national_id",
            "phone",
            "name_prefix",
            "full_name",
            "tambon_code",
            "amphoe_code",
            "sex",
        )
    return option.target == "national_id" and seen.national_id > 0.9 and option.score > 0.85


def _said_of(values: float, seen: Profile) -> str:
    if seen.empty:
        return "it holds no values yet"
    if values >= 0.6:
        return "the values agree"
    if values >= 0:
        return "the values do not contradict"
    return "the values look otherwise: please check"


def _above(found: Found, declared: RecordType, chosen: dict[str, _Option], seen: Profile, known: Vocabulary) -> Mapped:
    """What a text that stands over a block of rows feeds."""
    taken = {name for option in chosen.values() for name in _targets_of(option.target, declared)}
    label = "" if found.above == ANY_LINE else found.above
    options = []
    if label:
        options = [o for o in _options(label, known, declared, Profile(0, 0, 0), set()) if o.target in declared.fields]
    options = [o for o in options if o.target not in taken]
    if options:
        best = max(options, key=lambda option: option.score)
        return Mapped(label, [best.target], best.words >= 0.9, f"stands over its rows: {best.reason}", "above")
    if seen.date > 0.8:
        needed = [n for n, f in declared.fields.items() if f.type == "date" and f.required and n not in taken]
        if needed:
            return Mapped(found.above, [needed[0]], "วัน" in label, "a date stands over each block of rows", "above")
    if "tambon_code" in declared.fields and seen.tambon > 0.6 and "tambon_code" not in taken:
        return Mapped(found.above, ["tambon_code"], False, "a tambon stands over each block of rows", "above")
    return Mapped(found.above, [], False, "a text stands over each block of rows", "above", ignored=True)


def _one_name(columns: list[Mapped], profiles: dict[str, Profile]) -> None:
    """Where a first name has a column of its own, a column of whole names speaks of somebody else."""
    fed = {name for column in columns for name in column.fields if column.part is None}
    for column in columns:
        if column.part == "full_name" and profiles[column.source].one_word > 0.6:
            name = "first_name" if "first_name" not in fed else "last_name" if "last_name" not in fed else None
            beside = any(c.fields == ["first_name"] and c.sure for c in columns)
            column.fields, column.part = [name] if name else [], None
            column.sure = name == "last_name" and beside  # ชื่อสกุล beside ชื่อตัว can be nothing else
            column.reason = "single names, not whole ones" if name else "the name stands in other columns already"
    own = [c for c in columns if c.fields == ["first_name"]]
    whole = [c for c in columns if c.part == "full_name"]
    if own and whole:
        loser = whole if any(c.sure for c in own) or not any(c.sure for c in whole) else own
        for column in loser:
            column.fields, column.part, column.sure = [], None, False
            column.reason = "the name stands in another column already"


def _rivals(
    columns: list[Mapped], found: Found, declared: RecordType, chosen: dict[str, _Option],
    profiles: dict[str, Profile], known: Vocabulary,
) -> None:  # fmt: skip
    """Where two columns have an equal claim to one field, which of them is meant is for a person to say."""
    names = set(found.columns)
    for loser in columns:
        if loser.fields or loser.source not in profiles or profiles[loser.source].empty:
            continue
        for option in _options(loser.source, known, declared, profiles[loser.source], names):
            if option.target == IGNORE.name:
                break
            for column in columns:
                taken = chosen.get(column.source)
                if column.sure and taken and taken.target == option.target and option.score > taken.score - CLOSE:
                    column.sure = False
                    column.reason += f"; {loser.source!r} may be meant as well"


def _tick_boxes(columns: list[Mapped], declared: RecordType, profiles: dict[str, Profile], known: Vocabulary) -> None:
    """Columns that hold marks make one field together, when they are named for codes of its list or stand in its group.

    A group is what stands above in a header of two rows, or before the last step of a form's path (`risks/poverty`).
    """
    marks = [
        c for c in columns
        if c.part is None and (_group(c.source) or not (c.ignored and c.sure)) and _marks(profiles[c.source])
        and (len(c.fields) == 0 or declared.fields[c.fields[0]].codes or declared.fields[c.fields[0]].type == "boolean")
    ]  # fmt: skip
    for name, declared_field in declared.fields.items():
        if not declared_field.codes or any(name in c.fields for c in columns if c not in marks):
            continue
        words = code_words(declared_field.codes)
        named = [c for c in marks if fold_word(last_step(c.source)) in words]
        groups = {_group(c.source) for c in marks if _group(c.source)}
        meant = {group for group in groups if _means(group, name, declared, known) or _often(group, named) >= 2}
        boxes = [
            c for c in marks
            if _group(c.source) in meant or (c in named and (not c.fields or not c.sure or c.fields == [name]))
        ]  # fmt: skip
        if len(boxes) < 2:
            continue
        for column in boxes:
            in_words = column in named
            column.fields, column.part, column.target, column.sure = [name], "ticked", name, in_words
            column.ignored = False
            column.reason = (
                f"the column is named for a code of {declared_field.codes} and holds marks" if in_words
                else f"it holds marks and stands under {_group(column.source)!r}; which code it means is a guess"
            )  # fmt: skip


def _means(group: str, name: str, declared: RecordType, known: Vocabulary) -> bool:
    own = (None, declared.record_type)
    return any(
        m.meaning.name == name and m.meaning.record_type in own and m.score >= 0.75 for m in known.matches(group)
    )


def _often(group: str, columns: list[Mapped]) -> int:
    return sum(_group(column.source) == group for column in columns)


def _marks(seen: Profile) -> bool:
    return seen.empty or (seen.distinct <= 3 and seen.longest <= 6)


def _group(header: str) -> str:
    if " / " in header:
        return header.rsplit(" / ", 1)[0]
    found = re.match(r"^([A-Za-z_][\w./]*)[/.]\w+$", header)
    return found[1] if found else ""


def like_sisters(tables: list[Recognised]) -> None:
    """A header that feeds a reference in one table of a sender feeds it in the others too."""
    said = {
        fold(c.source): c.fields[0]
        for table in tables for c in table.columns
        if len(c.fields) == 1 and c.part is None and c.fields[0].endswith("_ref")
    }  # fmt: skip
    for table in tables:
        fed = {name for column in table.columns for name in column.fields}
        for column in table.columns:
            name = said.get(fold(column.source))
            if name and not column.fields and name in table.declared.fields and name not in fed:
                column.fields, column.sure, column.ignored = [name], False, False
                column.reason = "it is read so in another table of the same sender"


def unfilled(recognised: Recognised) -> dict[str, Field]:
    """Required fields that no column feeds, in declared order."""
    declared = recognised.declared
    fed = {name for column in recognised.columns for name in column.fields}
    if any(column.part == "full_name" for column in recognised.columns):
        fed |= {"first_name", "last_name"}
    needed = [n for n, f in declared.fields.items() if n in declared.key or f.required]
    return {name: declared.fields[name] for name in needed if name not in fed}


def same_header(one: str, other: str) -> bool:
    """Whether two headers are the same but for spaces."""
    return fold(one) == fold(other)
