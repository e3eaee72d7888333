"""What a header says that nobody wrote so before: it is cut into known words, and the ideas behind them make a field.

`concepts.yml` says which words stand for which idea, and which ideas a field needs. `วันที่เอามาซ่อม` is a day, a bringing
and a repair: the day on which a service was asked for. What is read so is a proposal, never sure: a reading that explains
every letter of a header scores below a known spelling.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from equity.declarations import read_yaml
from equity.records import record_types
from equity.thai import text

DICTIONARY = Path(__file__).parent / "concepts.yml"
NOTHING = "nothing"
BEST, LEAST = 0.88, 0.45  # of a reading that explains all, and of one that explains nothing
HALF = 0.5  # a reading that explains less than this share is none
# ideas that go with a kind of field without changing it
WITH: dict[str, tuple[str, ...]] = {
    "date": ("date", "year", "person"), "number": ("count", "money", "person", "now"), "code": ("kind", "status", "person", "now"),
    "integer": ("count", "people", "now"), "ref": ("number",), "person_ref": ("number", "person"), "boolean": ("have", "person", "now"),
    "text": ("name",), "code_set": ("kind", "person", "now"), "national_id": ("number",), "phone": ("number",),
}  # fmt: skip
_SHORT = re.compile(r"[ก-ฮ]{1,4}")  # consonants alone are an abbreviation: no piece of a longer word
_CHUNK = re.compile(r"[a-z]+|[ก-๎]+|\d+")
_SOUNDS = str.maketrans("ศษณญฎฏฑฒภใ", "สสนยดตทธพไ")
Scope = str | None  # the record type in which something holds; None where it does in all


@dataclass(frozen=True)
class Word:
    """A piece of a header: the ideas it may stand for (none where it is unknown), and its length."""

    ideas: frozenset[str]
    length: int


@dataclass(frozen=True)
class Recipe:
    """One way to say a field: ideas that it needs, and ideas that may stand beside them."""

    needs: tuple[frozenset[str], ...]
    may: frozenset[str]
    of_day: bool = False  # the field is a date


@dataclass(frozen=True)
class Reading:
    """A field that a header may mean, and how much of the header that explains (0 to 1)."""

    field: str
    record_type: Scope
    score: float
    share: float


def loosened(word: str) -> str:
    """A Thai word without tone marks, silenced letters and doublings, and with one letter for each sound: for misspellings."""
    word = re.sub(r"[ก-ฮ][ิุ]?์", "", word)
    word = re.sub(r"[่้๊๋็]", "", word).translate(_SOUNDS)
    return re.sub(r"(.)\1", r"\1", word)


def plain(header: str) -> str:
    """A header in small letters, its camel case cut, its numbering dropped, dots of abbreviations taken out."""
    words = text.arabic_digits_text(text.clean_text(header))
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", words).casefold().replace("ๆ", "").replace("ฯ", " ")
    words = re.sub(r"^\s*(?:ข้อ(?:ที่)?\s*)?\d+(?:\.\d+)*\s*[.)\-:]\s*", "", words)
    words = re.sub(r"(?<![ก-๎])(?:[ก-ฮ]\.){2,}", lambda found: found[0].replace(".", "") + " ", words)  # ว.ด.ป.เกิด
    words = re.sub(r"(?<=[ก-๎])\.(?=[ก-๎])", " ", words)  # ผจก.โครงการ
    return re.sub(r"(?<=[ก-๎])[-/](?=[ก-๎])", "", words)


class Concepts:
    """All words and recipes; made once."""

    def __init__(self) -> None:
        document: Any = read_yaml(DICTIONARY)
        self._thai: dict[str, set[str]] = {}
        self._loose: dict[str, set[str]] = {}
        self._latin: dict[tuple[str, ...], set[str]] = {}
        for idea, spellings in document["words"].items():
            for spelling in spellings:
                self._learn(str(spelling), idea)
        self._longest = max(map(len, self._thai))
        self._recipes: list[tuple[str, Scope, Recipe]] = []  # field, where it holds, how it is said
        ideas = set(document["words"])
        for name, said in document["fields"].items():
            self._recipes += [(name, None, self._recipe(one, _with(name, None), ideas)) for one in said]
        for record_type, fields in document["record_types"].items():
            for name, said in fields.items():
                self._recipes += [
                    (name, record_type, self._recipe(one, _with(name, record_type), ideas)) for one in said
                ]
        for part, said in document["parts"].items():
            self._recipes += [(part, None, self._recipe(one, (), ideas)) for one in said]
        self._nothing_for_us = frozenset(document["ignore"])
        self._telling = frozenset(document["telling"])
        self._alone = frozenset(document["alone"])
        self._other_people = frozenset(document["other_people"])

    def _learn(self, spelling: str, idea: str) -> None:
        whole = re.sub(r"[\s./-]", "", spelling.casefold())
        if re.search("[ก-๎]", whole):
            # of a verb a noun is made by การ or ความ before it
            for one in (whole, f"การ{whole}", f"ความ{whole}") if idea != NOTHING and len(whole) > 2 else (whole,):
                self._thai.setdefault(one, set()).add(idea)
                loose = loosened(one)
                if len(loose) >= 4:
                    self._loose.setdefault(loose, set()).add(idea)
        else:
            self._latin.setdefault(tuple(re.findall(r"[a-z]+|\d+", spelling.casefold())), set()).add(idea)

    @staticmethod
    def _recipe(said: str, beside: Collection[str], ideas: set[str]) -> Recipe:
        needs = tuple(frozenset(word.split("|")) for word in said.split() if word[0] != "?")
        may = {word[1:] for word in said.split() if word[0] == "?"} | set(beside)
        unknown = {idea for need in needs for idea in need} | may
        if not needs or unknown - ideas:
            raise ValueError(f"{DICTIONARY.name}: {said!r}: needs an idea, and all of them declared: {unknown - ideas}")
        return Recipe(needs, frozenset(may), "date" in beside)

    # --- cutting

    @cache  # noqa: B019 # one instance lives as long as the program
    def words(self, header: str) -> tuple[Word, ...]:
        """A header cut into known words and what lies between them."""
        chunks = _CHUNK.findall(plain(header))
        found: list[Word] = []
        i = 0
        while i < len(chunks):
            if re.match("[ก-๎]", chunks[i]):
                found += self._cut_thai(chunks[i])
                i += 1
                continue
            several = next(
                (n for n in (4, 3, 2, 1) if tuple(chunks[i : i + n]) in self._latin and i + n <= len(chunks)), 0
            )
            if several:
                found.append(self._word(self._latin[tuple(chunks[i : i + several])], "".join(chunks[i : i + several])))
                i += several
            else:
                found += [] if chunks[i].isdigit() else self._cut_latin(chunks[i])
                i += 1
        return tuple(found)

    @staticmethod
    def _word(ideas: set[str], spelling: str) -> Word:
        return Word(frozenset(ideas), 0 if ideas == {NOTHING} else len(spelling))

    def _cut_latin(self, chunk: str) -> list[Word]:
        for ending in ("s", "es", "d", "ed"):
            if chunk.endswith(ending) and (chunk[: -len(ending)],) in self._latin:
                return [self._word(self._latin[(chunk[: -len(ending)],)], chunk)]
        for cut in range(len(chunk) - 2, 1, -1):  # `hhcode`, `startdate`
            if (chunk[:cut],) in self._latin and (chunk[cut:],) in self._latin:
                return [self._word(self._latin[(piece,)], piece) for piece in (chunk[:cut], chunk[cut:])]
        return [Word(frozenset(), len(chunk))]

    def _cut_thai(self, chunk: str) -> list[Word]:
        exact = self._cut(chunk, self._thai)
        unknown = sum(word.length for word in exact if not word.ideas)
        if unknown > 0.2 * len(chunk):
            loose = self._cut(loosened(chunk), self._loose | {k: v for k, v in self._thai.items() if v == {NOTHING}})
            if sum(word.length for word in loose if not word.ideas) < 0.5 * unknown:
                return loose
        return exact

    def _cut(self, chunk: str, known: dict[str, set[str]]) -> list[Word]:
        """The cut that leaves the fewest letters unknown, in the fewest words."""
        best: list[tuple[float, int, str]] = [(0.0, 0, "")]  # what is gained up to here, where the last word began
        for end in range(1, len(chunk) + 1):
            gained, begin, word = best[end - 1][0] - 1.0, end - 1, ""
            for start in range(max(0, end - self._longest), end):
                piece = chunk[start:end]
                if piece not in known:
                    continue
                short = _SHORT.fullmatch(piece) and piece not in _WHOLE
                if short and (end < len(chunk) or (start > 0 and not best[start][2])):
                    continue
                worth = best[start][0] + len(piece) - 0.4
                if worth > gained:
                    gained, begin, word = worth, start, piece
            best.append((gained, begin, word))
        found: list[Word] = []
        end = len(chunk)
        while end > 0:
            _, begin, word = best[end]
            found.append(self._word(known[word], word) if word else Word(frozenset(), end - begin))
            end = begin
        return found[::-1]

    # --- reading

    @cache  # noqa: B019 # one instance lives as long as the program
    def readings(self, leaf: str, beside: str = "") -> tuple[Reading, ...]:
        """The fields that a header may mean, best first; `beside` is what stands over it or in its brackets."""
        words = self.words(leaf)
        told = sum(word.length for word in words)
        context = frozenset(idea for word in self.words(beside) for idea in word.ideas) if beside else frozenset()
        if not told or not any(word.ideas for word in words):
            return ()
        best: dict[tuple[str, Scope], Reading] = {}
        for name, scope, recipe in self._recipes:
            share = _share(recipe, words, context, self._alone)
            if share < HALF:
                continue
            score = LEAST + (BEST - LEAST) * share
            if (name, scope) not in best or best[name, scope].score < score:
                best[name, scope] = Reading(name, scope, min(BEST, score), share)
        return tuple(sorted(best.values(), key=lambda found: -found.score))

    def telling(self, beside: str, leaf: str) -> bool:
        """Whether what stands over a header or in its brackets changes what it means: `(เดิม)`, `(ครูประจำชั้น)`."""
        if not beside:
            return False
        ideas = {idea for word in self.words(beside) for idea in word.ideas if NOTHING not in word.ideas}
        return bool((ideas - {idea for word in self.words(leaf) for idea in word.ideas}) & self._telling)

    def of_other_people(self, header: str, *, but: frozenset[str] = frozenset()) -> bool:
        """Whether a header speaks of somebody whom the record is not about (`but`: whom it is about after all)."""
        others = self._other_people - but
        return any(word.ideas & others and not word.ideas & {"person", *but} for word in self.words(header))

    def nothing_for_us(self, leaf: str) -> bool:
        """Whether a header speaks of what is left behind on purpose: photographs, remarks, religion, who keyed it in."""
        words = self.words(leaf)
        told = [word for word in words if word.length]
        return any(word.ideas & self._nothing_for_us for word in told) and all(word.ideas for word in told)

    def explains(self, leaf: str) -> float:
        """The share of a header's letters that are known words."""
        words = self.words(leaf)
        told = sum(word.length for word in words)
        return sum(word.length for word in words if word.ideas) / told if told else 0.0

    @cache  # noqa: B019
    def has_recipe(self, name: str, record_type: str) -> bool:
        """Whether there is a way to say a field of a record type."""
        return any(field == name and scope in (None, record_type) for field, scope, _ in self._recipes)


# consonants alone that are words of their own nevertheless
_WHOLE = frozenset({"อบรม", "คน", "ผล", "งบ", "จบ", "ลง", "ณ", "ขอ", "จด", "ตน", "จน"})


def _with(name: str, record_type: Scope) -> tuple[str, ...]:
    """What may always stand beside a field of its kind."""
    for kind, declared in record_types().items():
        if record_type in (None, kind) and name in declared.fields:
            field = declared.fields[name]
            beside = list(WITH.get(field.type, ()))
            if "partner_person_ref" not in declared.fields and field.type != "person_ref":
                beside = [idea for idea in beside if idea != "person"]
            return tuple(beside)
    return ()


def _share(recipe: Recipe, words: Sequence[Word], context: frozenset[str], alone: frozenset[str]) -> float:
    """How much of a header one way to say a field explains; 0 where an idea that it needs is not there."""
    good = unknown = foreign = silent = 0.0
    about_day = any("date" in word.ideas for word in (words[0], words[-1]))  # วันที่… , … date: what it is at all
    told = set[frozenset[str]]()
    for word in words:
        met = [need for need in recipe.needs if need & word.ideas]
        if met:
            # one word stands for one idea, unless no other does: `คัดกรอง` may be all there is
            told.add(next((need for need in met if need not in told), met[0]))
            good += word.length
        elif word.ideas & recipe.may:
            good += 0.9 * word.length  # what is needed says more than what may be there
        elif not word.ideas:
            unknown += word.length
        elif word.ideas <= alone:
            return 0.0
        elif NOTHING not in word.ideas:
            foreign += word.length
        elif recipe.of_day and word.length:
            foreign += word.length  # อะไร, ใคร, ที่ไหน never ask for a day
        else:
            silent += word.length
    if any(need not in told and not need & context for need in recipe.needs) or not good:
        return 0.0
    if not told:
        good *= 0.9  # all that it needs stands over it
    if about_day and not recipe.of_day:
        good *= 0.5
    elif about_day:
        foreign *= 0.5  # whose day it is, and of what, is told at length
    return good / (good + unknown + 1.4 * foreign) if unknown or foreign else min(1.0, good / (_length(words) - silent))


def _length(words: Iterable[Word]) -> float:
    return float(sum(word.length for word in words)) or 1.0


def pieces(leaf: str, groups: Iterable[str]) -> tuple[str, str]:
    """A header without its brackets, and what stands in them or over it."""
    inner = re.findall(r"[(\[（]([^()\[\]（）]*)[)\]）]", leaf)
    return re.sub(r"[(\[{<（].*?[)\]}>）]", " ", leaf).strip() or leaf, " ".join([*groups, *inner])


@cache
def concepts() -> Concepts:
    """The concepts of the house."""
    return Concepts()
