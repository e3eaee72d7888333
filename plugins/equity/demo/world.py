"""The demo world: seven nights of three partners, a funder and two offices with registers, put into their own places."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path

import orjson

from equity.demo import truth
from equity.demo.club import Club
from equity.demo.funder import ProgrammeOffice
from equity.demo.municipality import Municipality
from equity.demo.people import ABE, REGISTERS, Cast, make_cast
from equity.demo.rajabhat import Rajabhat
from equity.demo.registers import Registers
from equity.demo.rosters import SchoolRosters
from equity.demo.tables import Delivery
from equity.demo.truth import Truth, put

NIGHTS: tuple[date, ...] = tuple(date(2026, 3, 2) + timedelta(days=d) for d in range(7))
_BANGKOK = timezone(timedelta(hours=7))
PLACES = (
    "chae_son/drop",
    "chae_son/outbox",
    "lampang_luang/sftp/outgoing",
    "lampang_luang/sftp/incoming",
    "abe/feedback",
    "api/records",
    "eef/drop",
    "eef/outbox",
    "schools/drop",
    "schools/outbox",
    "registers/files",
    "registers/outbox",
    "truth",
)


class World:
    """A world in a folder; the same seed and scale give the same bytes on every night.

    Args:
        folder: where the partners' places, the API's records and the truth lie.
        seed: of every random stream.
        scale: 1.0 is about 6,200 persons and 53,000 records on the first night.

    """

    def __init__(self, folder: Path, *, seed: int = 52, scale: float = 1.0) -> None:
        self.folder, self.seed, self.scale = Path(folder), seed, scale

    @cached_property
    def _cast(self) -> Cast:
        return make_cast(self.seed, self.scale)

    @cached_property
    def registers(self) -> Registers:
        """What the provincial office knows: the population as it is, and what was planted in published figures."""
        return Registers(self.seed, self.scale, self._cast, self._university)

    @cached_property
    def _university(self) -> Rajabhat:
        return Rajabhat(self.seed, self.scale, self._cast)

    @cached_property
    def _partners(self) -> tuple[Club | Rajabhat | Municipality | ProgrammeOffice | SchoolRosters | Registers, ...]:
        return (
            Club(self.seed, self.scale, self._cast),
            self._university,
            Municipality(self.seed, self.scale, self._cast),
            ProgrammeOffice(self.seed, self.scale),
            SchoolRosters(self.seed, self.scale, self._cast, self._university),
            self.registers,
        )

    def clock(self) -> date | None:
        """Return the night to which the world has been played, None before the first."""
        try:
            return date.fromisoformat(orjson.loads((self.folder / "api" / "clock.json").read_bytes())["night"])
        except FileNotFoundError:
            return None

    def play(self, night: date) -> None:
        """Put into the partners' places all that they have sent up to and including a night.

        What already lies there is neither removed nor rewritten; playing a night again changes nothing.

        Raises:
            ValueError: when the folder holds a world of another seed or scale.

        """
        self._claim()
        before = self.clock()
        if before is None or (before < night and before < NIGHTS[-1]):
            self._place(max(night, before or night), before)
        if before is None or before < night:
            put(self.folder / "api" / "clock.json", orjson.dumps({"night": night.isoformat()}))

    def truth(self) -> Truth:
        """Read what was planted up to the night played."""
        return truth.read(self.folder / "truth")

    def _claim(self) -> None:
        mine = {"seed": self.seed, "scale": self.scale}
        path = self.folder / "world.json"
        if path.exists():
            found = orjson.loads(path.read_bytes())
            if found != mine:
                raise ValueError(f"{self.folder} holds a world of {found}, not of {mine}: choose another folder")
            return
        for place in PLACES:
            (self.folder / place).mkdir(parents=True, exist_ok=True)
        put(path, orjson.dumps(mine))

    def _place(self, upto: date, before: date | None) -> None:
        ledger = truth.Ledger(self._cast.canaries)
        for number, night in enumerate(NIGHTS, 1):
            if night > upto:
                break
            for delivery in self.deliveries(number):
                ledger.add(night, delivery)
                if before is None or night > before:
                    self._put(night, delivery)
        ledger.write(self.folder / "truth", self.registers.published.truth())

    def deliveries(self, number: int) -> list[Delivery]:
        """Return what all partners send for the n-th night (1 to 7)."""
        return [delivery for partner in self._partners for delivery in partner.deliveries(number)]

    def _put(self, night: date, delivery: Delivery) -> None:
        name = delivery.name
        if delivery.source == ABE:
            name = f"{night.isoformat()}.json"
        elif delivery.source == REGISTERS:  # at the same address there is another file from now on
            name = f"{night.isoformat()}/{name}"
        path = self.folder / delivery.place / name
        if not path.exists():
            when = datetime(night.year, night.month, night.day, 0, 30, tzinfo=_BANGKOK).timestamp()
            put(path, delivery.render(), when)
