"""Words of a partner's whose meaning nobody but the engineer can say: codes, answers, what stands where a number should."""

from __future__ import annotations

import re
from collections import Counter

import pyarrow.compute as pc
from rapidfuzz import fuzz, process

from equity.onboarding.evidence import said_cells
from equity.onboarding.mapped import Mapped
from equity.onboarding.recognise import Recognised
from equity.onboarding.vocabulary import MONEY
from equity.onboarding.yaml_words import flow, quoted
from equity.records import Field, code_words, fold_word
from equity.sources.spec import last_step
from equity.thai import numbers

NEGATION = re.compile(r"(ยัง)?(ไม่|มิ|เลิก|ขาด)|no[tn ]|un")
# a word with a name or a number of somebody in it is no word of a code list, and must not get into a spec
OF_SOMEBODY = re.compile(
    r"(?:นาย|นาง|นางสาว|น\.\s?ส\.|ด\.\s?ช\.|ด\.\s?ญ\.|เด็กชาย|เด็กหญิง)\s*[ก-๙]{2,}|[\d๐-๙][\d๐-๙ -]{7,}"
)
WORDS, LONGEST = 6, 30  # of one column that are asked about, and letters of one
OFTEN = 2  # cells that say it: once is a slip of the pen


def codes(table: Recognised, doubts: list[str]) -> list[str]:
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
                words = [part.strip() for word in table.profiles[column.source].examples for part in cut(word, field)]
            new = (word for word in words if word and fold_word(word) not in known and not OF_SOMEBODY.search(word))
            unknown += [word for word in new if word not in unknown]
        if name == "kind" and any(c.part in MONEY for c in table.columns) and not says_kind(table):
            pairs = {c.part: last_step(c.source) for c in table.columns if c.part in ("credit", "debit")}
            meant = {"credit": "saving_in", "debit": "saving_out"}
            said = {word: meant[part] for part, word in pairs.items() if part and fold_word(word) not in known}
            if said:
                lines.append(f"kind: {flow(said)}")
            continue
        if not unknown or len(unknown) > 40:
            continue
        lines.append(f"{name}:  # words that are not known yet; take the # away and say the code:")
        for word in unknown[:25]:
            guess = nearest_code(word, field.codes)
            lines.append(f"  # {quoted(word)}: {guess or '?'}")
            doubts.append(f"{table.found.place}: {name}: which code is {word!r}?")
    return lines


def unread(table: Recognised, column: Mapped, field: Field) -> str:
    """What to say of a yes/no or a number column in which words stand that mean neither; "" where none does."""
    if field.type not in ("boolean", "number", "integer") or column.part is not None:
        return ""
    cells = said_cells(table.found.columns[column.source])
    yes_or_no = field.type == "boolean"
    read = numbers.parse_booleans(cells) if yes_or_no else numbers.parse_numbers(cells, field.unit)
    words = [
        word for word, cells_ in Counter(cells.filter(pc.is_null(read.values)).to_pylist()).most_common(WORDS)
        if cells_ >= OFTEN and re.fullmatch(r"[ก-๙A-Za-z][ก-๙A-Za-z .()/]*", word) and len(word) <= LONGEST
        and not OF_SOMEBODY.search(word)
    ]  # fmt: skip
    if not words:
        return ""
    meant: dict[str, object] = dict.fromkeys(words, True if yes_or_no else "zero")
    line = flow({"header": column.source, **meant}).replace(": true", ": yes")
    return f"words that are not read: write {line}, or {'no' if yes_or_no else 'unknown'} where that is meant"


def says_kind(table: Recognised) -> bool:
    """Whether a ledger has a column that says what each line is, beside one for what came in and one for what went out."""
    return any(column.part not in MONEY for column in table.feeding("kind"))


def cut(word: str, field: Field) -> list[str]:
    """The words of one cell."""
    return re.split(r"[,;/|\n+]|และ", word) if field.type == "code_set" else [word]


def nearest_code(word: str, code_list: str) -> str | None:
    """The code whose words are spelled nearly so; never one of the opposite: `ไม่พบตัว` is not `พบตัว`."""
    known, said = code_words(code_list), fold_word(word)
    alike = [other for other in known if bool(NEGATION.match(other)) == bool(NEGATION.match(said))]
    best = process.extractOne(said, alike, scorer=fuzz.ratio, score_cutoff=75)
    return known[best[0]] if best else None
