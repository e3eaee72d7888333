"""What headers mean: the declared labels, the dictionary of `headers.yml`, and what every spec of the house says.

A header is looked up whole, without its brackets, without words that change nothing, and by its last part; what is
spelled nearly alike or contains a known header is found too, with less weight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from equity.declarations import read_yaml
from equity.onboarding.concepts import Reading, concepts, pieces
from equity.records import record_types
from equity.sources.spec import Source, readable_sources
from equity.thai import text

NOT_SURE, NOT_USED = "NOT SURE", "not used"  # how a draft's comments begin where it only guesses
_GUESS = re.compile(rf"^(?P<line>[^#\n]*)#.*\b(?:{NOT_SURE}|{NOT_USED})\b", re.M)
DICTIONARY = Path(__file__).parent / "headers.yml"
PARTS = ("full_name", "address")
MONEY = ("credit", "debit")
EXACT, CLEAN, LAST = 1.0, 0.97, 0.94
TOLD_ELSE = 0.85  # of a known word over or beside which stands what changes its meaning: ราคา (เดิม)
EXPLAINED, AGAINST = 0.7, 0.8  # from this share on the words of a header are understood; then a mere likeness counts so
NEAR = 84  # of 100: below this spelling distance says nothing
SOMEBODY_ELSE = re.compile(
    r"ผู้ปกครอง|บิดา|มารดา|พ่อ(?!ครู|อุ๊ย|ค้า)|แม่(?!ครู|อุ๊ย|บ้าน|ค้า|พริก|ทะ|เมาะ|ถอด|ปะ|มอก|วะ|สุก|สัน|กัวะ|ตีบ)|ญาติ|คู่สมรส|ครูประจำ|ผู้ดูแล|ผปค|ผู้รับผลประโยชน์|คนใกล้ชิด|ทายาท|ครูที่ปรึกษา|ผู้บันทึก|ผู้สำรวจ|ผู้กรอก|ผู้ติดต่อ|ผู้แนะนำ|ผู้ประสาน|ผู้รับรอง"
    r"|guardian|caregiver|carer|relative|nextofkin|heir|parent|father|mother|spouse|emergency|contactperson|interviewer|enumerator|recorder|submittedby|createdby|updatedby"
)

FORM_TOOL = re.compile(r"^(_|meta/|formhub/|__)")
_NOUNS = r"(?:ผู้(?!เสียภาษี|ปกครอง|จัด|สอน|ให้|ปฏิบัติ)[ก-๙]+|นักเรียน|นักศึกษา|นศ|นร|เด็ก|เยาวชน|สมาชิก|บุคคล)"
PERSON_NUMBER = re.compile(
    rf"^(?:รหัส|เลข|หมายเลข|เลขที่|ทะเบียน|เลขทะเบียน)(?:ประจำตัว)?{_NOUNS}$"
    r"|^(?:child|kid|learner|student|stu|std|stud|pupil|member|participant|person|trainee|beneficiary|client|patient|inmate|resident)"
    r"(?:id|code|no|number|ref|reference|key)$"
)


@dataclass(frozen=True)
class Meaning:
    """What a header may mean: a field, a part that makes several, `credit`/`debit`, or nothing (`ignore`)."""

    name: str
    record_type: str | None  # None where the meaning is the same in all that have such a field


@dataclass(frozen=True)
class Match:
    """One meaning found for a header, with how sure the wording alone makes it (0 to 1) and why."""

    meaning: Meaning
    score: float
    reason: str
    made: bool = False  # made out of the header's words: a proposal


IGNORE = Meaning("ignore", None)


def folded(header: str) -> str:
    """A header without spaces, dots, underscores, quotes, case and Thai digits; numbering in front is dropped."""
    words = text.arabic_digits_text(text.clean_text(header))
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", words).casefold()
    words = re.sub(r"^\s*(?:ข้อ(?:ที่)?\s*)?\d+(?:\.\d+)*\s*[.)\-:]\s*", "", words)
    return re.sub(r"[\s._\-–—:;,*?'\"“”‘’/\\|()\[\]{}<>ๆฯ#]+", "", words)


def without_brackets(header: str) -> str:
    """A header without what stands in brackets: units, eras, explanations."""
    return re.sub(r"[(\[{<（].*?[)\]}>）]", " ", header)


def segments(header: str) -> list[str]:
    """The parts of a header of several rows or of a path: `top / bottom`, `person/first_name`, `learner.dob`."""
    if re.search(r"\s/\s", header):
        return [part for part in re.split(r"\s/\s", header) if part.strip()]
    if re.fullmatch(r"[\w.\[\]-]+(?:[./][\w\[\]-]+)+", header) and not re.fullmatch(r"[ก-๙./\s]+", header):
        return [part for part in re.split(r"[./]", header) if part]
    return [header]


class Vocabulary:
    """All known spellings; made once."""

    def __init__(self, specs: Iterable[tuple[Source, str]] = ()) -> None:
        """Read labels, the dictionary, and specs, each with its text: what a comment calls a guess teaches nothing."""
        self._index: dict[
            str, dict[Meaning, float]
        ] = {}  # with a handicap: of two columns for a field the plainer wins
        self.titles: dict[str, list[str]] = {}
        self._before: list[str] = []
        self._after: list[str] = []
        self._read_labels()
        self._read_dictionary()
        for spec, words in specs:
            self._read_spec(spec, "\n".join(match["line"] for match in _GUESS.finditer(words)))
        self._keys = list(self._index)

    def _add(self, spelling: str, name: str, record_type: str | None, handicap: float = 0.0) -> None:
        key, meaning = folded(spelling), Meaning(name, record_type)
        if key:
            known = self._index.setdefault(key, {})
            known[meaning] = min(handicap, known.get(meaning, 1.0))

    def _read_labels(self) -> None:
        for record_type, declared in record_types().items():
            for name, field in declared.fields.items():
                shared = name in self.shared
                for spelling in (field.label.th, field.label.en):
                    self._add(spelling, name, None if shared else record_type)
                self._add(name, name, None)

    @cached_property
    def shared(self) -> frozenset[str]:
        """Fields that mean the same in every record type that has them: those of blocks, and references."""
        labels: dict[str, set[str]] = {}
        for declared in record_types().values():
            for name, field in declared.fields.items():
                labels.setdefault(name, set()).add(field.label.th)
        return frozenset(name for name, said in labels.items() if len(said) == 1)

    def _read_dictionary(self) -> None:
        document: Any = read_yaml(DICTIONARY)
        for group in ("fields", "parts"):
            for name, spellings in document.get(group, {}).items():
                for i, spelling in enumerate(spellings or ()):
                    self._add(str(spelling), name, None, min(0.02, 0.0004 * i))
        for record_type, fields in document.get("record_types", {}).items():
            for name, spellings in (fields or {}).items():
                for i, spelling in enumerate(spellings or ()):
                    self._add(str(spelling), name, record_type, 0.025 + min(0.02, 0.0004 * i))
        for spelling in document.get("ignore", ()):
            self._add(str(spelling), IGNORE.name, None)
        self.titles = {
            name: [folded(str(word)) for word in words] for name, words in document.get("titles", {}).items()
        }
        for name, declared in record_types().items():
            self.titles.setdefault(name, []).extend(folded(w) for w in (declared.label.th, name, declared.label.en))
        affixes = document.get("affixes", {})
        self._before = sorted({folded(str(word)) for word in affixes.get("before", ())} - {""}, key=len, reverse=True)
        self._after = sorted({folded(str(word)) for word in affixes.get("after", ())} - {""}, key=len, reverse=True)

    def _read_spec(self, spec: Source, guesses: str) -> None:
        def guessed(header: str) -> bool:
            return re.search(rf"(?<![\w\u0e00-\u0e7f]){re.escape(header)}(?![\w\u0e00-\u0e7f])", guesses) is not None

        for version in spec.versions:
            for table in version.tables:
                for name, column in table.fields.items():
                    for header in column.header:
                        if guessed(header):
                            continue
                        # what one partner calls it holds for its record type; a plain word may mean more elsewhere
                        self._add(segments(header)[-1], name, table.record_type)
                        self._add(header, name, table.record_type)
                for part, headers in table.part_headers().items():
                    for role, header in headers.items():
                        if guessed(header):
                            continue
                        self._add(segments(header)[-1], f"{role}_code" if part == "place" else part, table.record_type)
                for header in table.ignore:
                    if not guessed(header):
                        self._add(header, IGNORE.name, table.record_type)

    def matches(self, header: str) -> list[Match]:
        """All meanings that the wording allows, best first; a meaning comes once."""
        return list(self._matches(header))

    @cache  # noqa: B019 # one vocabulary lives as long as the program
    def _matches(self, header: str, *, thorough: bool = True) -> tuple[Match, ...]:
        best: dict[Meaning, Match] = {}

        def take(key: str, score: float, reason: str) -> bool:
            found = self._index.get(key, {})
            for meaning, handicap in found.items():
                if meaning not in best or best[meaning].score < score - handicap:
                    best[meaning] = Match(meaning, score - handicap, reason)
            return bool(found)

        header = re.sub(r" \(\d+\)$", "", header)
        parts = segments(header)
        if FORM_TOOL.match(header) or FORM_TOOL.match(parts[-1]):
            return (Match(IGNORE, EXACT, f"{header!r} is the form tool's own"),)
        foreign = bool(SOMEBODY_ELSE.search(folded(header)))
        bare_leaf, bracketed = pieces(parts[-1], ())
        told_else = concepts().telling(bracketed, bare_leaf)
        told_above = concepts().telling(" ".join(parts[:-1]), bare_leaf)
        last = TOLD_ELSE if told_above else LAST
        for weight, whole in ((1.0, header), (1.0, "".join(parts[-2:])), (last, parts[-1])):
            if weight < 1 and foreign:
                continue
            key, bare = folded(whole), folded(without_brackets(whole))
            take(key, EXACT * weight, f"the header {whole!r} is known")
            less = min(weight, TOLD_ELSE) if told_else else weight
            take(bare, CLEAN * less, f"the header {whole!r} is known without its brackets")
            if not foreign:
                for stripped in self._stripped(bare):
                    take(stripped, 0.92 * less, f"the header {whole!r} is known without a word beside it")
        inner = re.findall(r"[(\[]([^()\[\]]{3,})[)\]]", parts[-1])
        for said in inner if not foreign and not any(match.score >= 0.9 for match in best.values()) else ():
            take(
                folded(said), 0.88, f"what stands in its brackets, {said!r}, is known"
            )  # a unit says less than its noun
        person_ref = Meaning("partner_person_ref", None)
        if person_ref not in best and not foreign and PERSON_NUMBER.search(folded(without_brackets(parts[-1]))):
            best[person_ref] = Match(person_ref, 0.93, f"{header!r} is the number of a person")
        if not thorough or foreign:
            return tuple(best.values())
        if not any(match.score > 0.9 for match in best.values()) and not (told_else or told_above):
            self._contained(folded(without_brackets(header)) or folded(header), take)
            self._near(folded(without_brackets(parts[-1])), take)
        self._composed(parts, best)
        return tuple(sorted(best.values(), key=lambda match: -match.score))

    def _composed(self, parts: list[str], best: dict[Meaning, Match]) -> None:
        """What the words of a header make together; a likeness that its words speak against counts for less."""
        if any(meaning == IGNORE and match.score >= LAST for meaning, match in best.items()):
            return  # known to carry nothing
        leaf, beside = pieces(parts[-1], parts[:-1])
        made = concepts()
        read = {Meaning(found.field, found.record_type): found for found in made.readings(leaf, beside)}
        if made.explains(leaf) >= EXPLAINED:
            for meaning, match in list(best.items()):
                said = any(found.name == meaning.name for found in read)
                spoken = meaning.record_type is None or made.has_recipe(meaning.name, meaning.record_type)
                if not said and spoken and match.score < 0.88:
                    best[meaning] = Match(meaning, match.score * AGAINST, match.reason)
        if made.nothing_for_us(leaf) and not any(found.score > 0.85 for found in read.values()):
            read[IGNORE] = Reading(IGNORE.name, None, 0.8, 1.0)
        for meaning, found in read.items():
            if meaning not in best or best[meaning].score < found.score:
                best[meaning] = Match(meaning, found.score, f"its words together say so: {leaf!r}", made=True)

    def _stripped(self, key: str) -> set[str]:
        found = {key}
        for _ in range(2):
            for word in list(found):
                found |= {word[len(a) :] for a in self._before if word.startswith(a) and len(word) > len(a)}
                found |= {word[: -len(a)] for a in self._after if word.endswith(a) and len(word) > len(a)}
        return found - {key}

    def _contained(self, key: str, take: Any) -> None:
        """Known headers of some length that stand within a longer one: the longest says most."""
        inside = [known for known in self._keys if len(known) >= 4 and known in key]
        inside = [known for known in inside if not any(known != other and known in other for other in inside)]
        for known in inside:
            take(known, 0.6 + 0.28 * len(known) / len(key), f"it contains {known!r}")

    def _near(self, key: str, take: Any) -> None:
        if len(key) >= 4:
            for known, likeness, _ in process.extract(key, self._keys, scorer=fuzz.ratio, limit=4, score_cutoff=NEAR):
                if abs(len(known) - len(key)) <= max(2, len(key) // 4):
                    take(known, 0.9 * likeness / 100, f"it is spelled nearly like {known!r}")

    def likeness(self, header: str, name: str, record_type: str) -> float:
        """How much a header resembles any spelling of one field: 0 not at all, 1 the same."""
        key = folded(without_brackets(segments(header)[-1])) or folded(header)
        best = 0.0
        for spelling in self.spellings(name, record_type):
            best = max(best, fuzz.ratio(key, spelling) / 100)
            if 4 <= len(spelling) <= len(key):
                covered = min(1.0, len(spelling) / (0.6 * len(key)))
                best = max(best, 0.9 * covered * fuzz.partial_ratio(spelling, key) / 100)
        return best

    @cache  # noqa: B019
    def spellings(self, name: str, record_type: str) -> tuple[str, ...]:
        """Folded headers that are known to mean a field of a record type."""
        wanted = {Meaning(name, None), Meaning(name, record_type)}
        return tuple(key for key, meanings in self._index.items() if wanted & meanings.keys())

    def knows(self, header: str) -> bool:
        """Whether the wording is a known header (not only like one)."""
        return any(match.score >= 0.9 for match in self._matches(header, thorough=False))

    def titled(self, words: str) -> dict[str, float]:
        """Record types that a title, a sheet's or a file's name speaks of: the longer the word, the more it says."""
        key = folded(words)
        found: dict[str, float] = {}
        for name, spellings in self.titles.items():
            longest = max(
                (len(spelling) for spelling in spellings if len(spelling) >= 3 and spelling in key), default=0
            )
            if longest:
                found[name] = min(1.0, longest / 12)
        return found


@cache
def vocabulary(folder: Path | None = None, *, but: str | None = None) -> Vocabulary:
    """The vocabulary of the house, with what the specs of a folder say; `but` is the source that is to be made anew."""
    specs = readable_sources(folder)[0] if folder and folder.is_dir() else {}
    told = [
        (spec, (folder / f"{name}.yml").read_text("utf-8")) for name, spec in specs.items() if folder and name != but
    ]
    return Vocabulary(told) if told or folder is None else vocabulary(None)
