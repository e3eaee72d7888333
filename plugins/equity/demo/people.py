"""Synthetic people of Lampang: who they are and which partners know them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from equity.demo.names import CANARY_FIRST, CANARY_LAST, FEMALE, LAST, MALE, NICK

CLUB, ABE, TOWN = "chae_son_club", "lampang_rajabhat_abe", "lampang_luang_municipality"
FUNDER, ROSTERS, REGISTERS = "eef_programme_office", "lampang_school_rosters", "lampang_reference_registers"
SOURCES = (CLUB, ABE, TOWN, FUNDER, ROSTERS, REGISTERS)
TODAY = date(2026, 3, 1)


@dataclass(frozen=True, slots=True)
class Area:
    """One tambon of Lampang."""

    code: str
    tambon: str
    amphoe: str


@lru_cache
def areas() -> tuple[Area, ...]:
    """Return the 100 tambon of Lampang as the platform's own table has them."""
    table = Path(str(files("equity").joinpath("thai", "data", "lampang_areas.csv")))
    with table.open(encoding="utf-8-sig") as lines:
        return tuple(Area(r["tambon_code"], r["tambon_th"], r["amphoe_th"]) for r in csv.DictReader(lines))


def pick(rng: np.random.Generator, items: Sequence[Any], n: int, p: Sequence[float] | None = None) -> list[Any]:
    """Some of the items at random, by weight where there are weights."""
    weights = None if p is None else np.array(p) / sum(p)
    return [items[i] for i in rng.choice(len(items), n, p=weights).tolist()]


def stream(seed: int, label: str) -> np.random.Generator:
    """Return the random stream of one purpose, independent of every other one."""
    return np.random.default_rng([seed, crc32(label.encode())])


def check_digit(twelve: Sequence[int]) -> int:
    """Return d13 of a Thai national ID: (11 − Σ dᵢ·(14 − i) mod 11) mod 10."""
    return (11 - sum(d * (13 - i) for i, d in enumerate(twelve)) % 11) % 10


def is_valid_id(nid: str) -> bool:
    """Whether 13 digits carry the right check digit."""
    return len(nid) == 13 and nid.isdigit() and check_digit([int(c) for c in nid[:12]]) == int(nid[12])


@dataclass(slots=True)
class Person:
    """One synthetic person; `ids` is the national ID that each source holds ('' where it has none)."""

    key: str
    sex: str
    first: str
    last: str
    nick: str
    birth: date
    nid: str
    phone: str
    house: str
    moo: str
    area: Area
    married: bool
    special: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    shared: bool = False

    def age(self, on: date = TODAY) -> int:
        """Return the age in full years on a day."""
        return on.year - self.birth.year - ((on.month, on.day) < (self.birth.month, self.birth.day))

    def name(self, source: str) -> tuple[str, str]:
        """Return first and last name as that source spells them."""
        return self.names.get(source, (self.first, self.last))

    def prefix(self, short: bool) -> str:
        """Return the right title of the person today."""
        male = self.sex == "male"
        if self.age() < 15:
            return ("ด.ช." if short else "เด็กชาย") if male else ("ด.ญ." if short else "เด็กหญิง")
        if self.special and self.age() > 20:
            return self.special
        if male:
            return "นาย"
        return "นาง" if self.married and self.age() > 20 else ("น.ส." if short else "นางสาว")


def make_people(
    seed: int, label: str, n: int, ages: tuple[int, int], homes: Sequence[tuple[Area, float]]
) -> list[Person]:
    """Make n people of an age range (years, both inclusive) who live in the given tambon by weight."""
    rng = stream(seed, "people " + label)
    male = rng.random(n) < 0.49
    first_m, first_f = rng.integers(len(MALE), size=n).tolist(), rng.integers(len(FEMALE), size=n).tolist()
    last, nick = rng.integers(len(LAST), size=n).tolist(), rng.integers(len(NICK), size=n).tolist()
    days = rng.integers(int(ages[0] * 365.25) + 30, int(ages[1] * 365.25) + 330, size=n).tolist()
    nids = _national_ids(rng, days)
    phones = rng.integers(10_000_000, 99_999_999, size=n).tolist()
    heads = rng.choice(["08", "09", "06"], n, p=[0.55, 0.3, 0.15]).tolist()
    house, sub = rng.integers(1, 400, size=n).tolist(), rng.integers(1, 30, size=n).tolist()
    moo = rng.integers(1, 13, size=n).tolist()
    weights = np.array([weight for _, weight in homes])
    where = rng.choice(len(homes), n, p=weights / weights.sum()).tolist()
    draw = rng.random((n, 4)).tolist()
    people = []
    for i in range(n):
        birth = TODAY - timedelta(days=days[i])
        if date(2011, 2, 15) <= birth <= date(2011, 3, 25):  # nobody turns 15 during the seven nights
            birth -= timedelta(days=60)
        special = ("พระ", "จ.ส.อ.")[i % 2] if male[i] and draw[i][3] < 0.012 else ""
        people.append(
            Person(
                key=f"{label}-{i + 1:05}",
                sex="male" if male[i] else "female",
                first=MALE[first_m[i]] if male[i] else FEMALE[first_f[i]],
                last=LAST[last[i]],
                nick=NICK[nick[i]],
                birth=birth,
                nid=nids[i],
                phone=f"{heads[i]}{phones[i]}" if draw[i][0] < 0.8 else "",
                house=f"{house[i]}/{sub[i]}" if draw[i][1] < 0.4 else str(house[i]),
                moo=str(moo[i]),
                area=homes[where[i]][0],
                married=draw[i][2] < 0.55,
                special=special,
            )
        )
    return people


def _national_ids(rng: np.random.Generator, days: Sequence[int]) -> list[str]:
    """Draw valid IDs: first digit 3 for the old, 1 for the young, a few 0, 2, 4, 5, 6, 7 and 8."""
    n = len(days)
    digits = rng.integers(0, 10, size=(n, 13))
    u = rng.random(n)
    usual = np.where(np.array(days) > 41 * 365, 3, 1)
    rest = rng.choice([2, 5, 4], n)
    odd = rng.choice([0, 6, 7, 8], n)
    digits[:, 0] = np.where(u < 0.82, usual, np.where(u < 0.965, rest, odd))
    digits[:, 12] = (11 - digits[:, :12] @ np.arange(13, 1, -1) % 11) % 10
    return ["".join(map(str, row)) for row in digits.tolist()]


def give_ids(rng: np.random.Generator, people: Sequence[Person], source: str, share: float) -> None:
    """Let a source hold the national ID of a share of its people."""
    for person, u in zip(people, rng.random(len(people)).tolist(), strict=True):
        person.ids.setdefault(source, person.nid if u < share else "")


def g_code(rng: np.random.Generator) -> str:
    """Return a G-code: G, B.E. year, province, serial."""
    return f"G{rng.integers(60, 69)}52{rng.integers(0, 10_000_000):08}"


@dataclass
class Cast:
    """Who plays: the people of the first night by role."""

    club: list[Person]
    fund_only: list[Person]
    learners: list[Person]
    youths: list[Person]
    town: list[Person]
    trainers: list[Person]
    canaries: list[str]


def _tell_apart(people: Sequence[Person]) -> None:
    """Give another ID to who has drawn one that somebody has."""
    owner: dict[str, Person] = {}
    for person in people:
        while owner.setdefault(person.nid, person) is not person:
            twelve = person.nid[0] + f"{(int(person.nid[1:12]) + 1) % 10**11:011}"
            person.nid = twelve + str(check_digit([int(c) for c in twelve]))


def _misspelt(name: str) -> str:
    for right, wrong in (("์", ""), ("ณ", "น"), ("ศ", "ส"), ("ญ", "ย")):
        if right in name[1:]:
            return name[0] + name[1:].replace(right, wrong, 1)
    return name


def make_cast(seed: int, scale: float) -> Cast:
    """Make the people of the world; about one in 24 is known to two or three partners."""

    def n(base: float) -> int:
        return max(1, round(base * scale))

    by_amphoe: dict[str, list[tuple[Area, float]]] = {}
    for area in areas():
        by_amphoe.setdefault(area.amphoe, []).append((area, 6.0 if area.tambon in ("แจ้ซ้อน", "ลำปางหลวง") else 1.0))
    club_home = by_amphoe["เมืองปาน"] + [(a, 0.25) for a, _ in by_amphoe["แจ้ห่ม"]]
    town_home = by_amphoe["เกาะคา"]
    anywhere = [(area, 1.0) for area in areas()]

    club_abe = make_people(seed, "club+abe", n(55), (15, 19), club_home)
    three = make_people(seed, "club+abe+town", n(25), (15, 19), town_home)
    club_town = make_people(seed, "club+town", n(60), (18, 70), club_home)
    abe_town = make_people(seed, "abe+town", n(110), (5, 16), town_home)
    club = make_people(seed, "club", n(1020), (16, 76), club_home) + club_abe + three + club_town
    fund_only = make_people(seed, "fund", n(100), (20, 80), club_home)
    youths_new = make_people(seed, "youth", n(370), (12, 19), anywhere) + club_abe + three
    learners_only = make_people(seed, "learner", n(2490), (4, 17), anywhere)
    learners = learners_only + abe_town
    dropped = [p for p in learners_only if p.age() >= 12][: n(150)]
    town = make_people(seed, "town", n(1305), (4, 82), town_home) + three + club_town + abe_town
    trainers = make_people(seed, "trainer", n(45), (28, 72), town_home)
    taught = [p for p in town if p.age() >= 28 and p.key.startswith("town")][: n(15)]

    everybody = club + fund_only + youths_new + learners + town + trainers
    _tell_apart(everybody)
    rng = stream(seed, "ids")
    for group, sources in (
        (club_abe, (CLUB, ABE)),
        (three, (CLUB, ABE, TOWN)),
        (club_town, (CLUB, TOWN)),
        (abe_town, (ABE, TOWN)),
    ):
        for at, person in enumerate(group):
            person.shared = True
            u = rng.random()
            for source in sources:
                person.ids[source] = person.nid
            if ABE in sources and at % 14 == 3:  # first a G-code at the university, 13 digits some nights later
                person.ids[ABE] = g_code(rng)
            elif u > 0.8:  # only one of them knows the ID: nothing deterministic links these
                for source in sources[1:]:
                    person.ids[source] = ""
                if u > 0.9:
                    person.names[sources[-1]] = (_misspelt(person.first), _misspelt(person.last))
    for person in taught:
        person.shared, person.ids[TOWN] = True, person.nid
    give_ids(rng, club + fund_only, CLUB, 0.78)
    give_ids(rng, learners + youths_new, ABE, 0.85)
    give_ids(rng, town + trainers, TOWN, 0.72)
    for person in learners_only:
        if not person.ids[ABE] and rng.random() < 0.1:
            person.ids[ABE] = g_code(rng)
    for roll, source, form in (
        (club + fund_only, CLUB, "CS-{:04}"),
        (learners + youths_new, ABE, "L{:07}"),
        (town, TOWN, "LL69{:05}"),
    ):
        for at, person in enumerate(roll):
            person.refs.setdefault(source, form.format(at + 1))
    for at, person in enumerate(taught + trainers):
        person.refs["trainer"] = f"VT-{at + 1:03}"

    marked = club[:6] + learners[:5] + youths_new[:3] + town[:4] + trainers[:2]
    for person, (first, last) in zip(marked, _canary_names(marked), strict=True):
        person.first, person.last, person.special = first, last, ""
    canaries = [name for person in marked for name in (person.first, person.last)]
    return Cast(club, fund_only, learners, dropped + youths_new, town, taught + trainers, canaries)


def _canary_names(people: Sequence[Person]) -> list[tuple[str, str]]:
    male, female = iter(CANARY_FIRST[:10] * 2), iter(CANARY_FIRST[10:] * 2)
    last = iter(CANARY_LAST)
    return [(next(male if p.sex == "male" else female), next(last)) for p in people]


Row = dict[str, Any]
