"""The truth of what was planted, written beside the world and read by tests alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from equity.demo.people import ABE, SOURCES, Person, is_valid_id
from equity.demo.tables import PERSON_TYPES, Delivery, Line, Part


@dataclass(frozen=True)
class Truth:
    """What the generator knows: see `World.truth`."""

    planted: list[dict[str, Any]]
    repeated: list[dict[str, Any]]
    counts: dict[str, dict[str, dict[str, dict[str, Any]]]]
    persons: list[dict[str, Any]]
    identifiers: dict[str, list[str]]
    figures: list[dict[str, Any]]


def read(folder: Path) -> Truth:
    """Read the truth of a world."""

    def lines(name: str) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in (folder / name).read_bytes().splitlines()]

    return Truth(
        lines("planted.jsonl"),
        lines("repeated.jsonl"),
        orjson.loads((folder / "counts.json").read_bytes()),
        lines("persons.jsonl"),
        orjson.loads((folder / "identifiers.json").read_bytes()),
        lines("figures.jsonl"),
    )


class Ledger:
    """Collects the truth of the nights played so far."""

    def __init__(self, canaries: Iterable[str]) -> None:
        self.planted: list[dict[str, Any]] = []
        self.repeated: list[dict[str, Any]] = []
        self.counts: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
        self.people: dict[str, Person] = {}
        self.seen: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.spoken: dict[str, set[str]] = {
            k: set() for k in ("national_ids", "first_names", "last_names", "full_names", "phones", "house_nos")
        }
        self.canaries = list(canaries)

    def add(self, night: date, delivery: Delivery) -> None:
        """Note one delivery of one night."""
        where = {"night": night.isoformat(), "source": delivery.source, "delivery": delivery.name}
        for part in delivery.parts:
            count = {
                "rows": len(part.lines),
                "wrong": sum(line.critical for line in part.lines),
                "warned": sum(bool(line.faults) and not line.critical for line in part.lines),
                "repeated": sum(line.repeat for line in part.lines),
            }
            note: dict[str, Any] = dict(count)
            if part.deletions:
                note["deletions"] = part.deletions
            if delivery.held:
                note["held"] = delivery.held
            if delivery.same_as:
                note["same_as"] = delivery.same_as
            nights = self.counts.setdefault(where["night"], {}).setdefault(delivery.source, {})
            nights.setdefault(delivery.name, {})[part.record_type] = note
            if not delivery.held and not delivery.same_as:
                self._add_rows(where, part)
            if part.record_type in PERSON_TYPES:
                self._add_people(where, part, loaded=not delivery.held)

    def _add_rows(self, where: dict[str, str], part: Part) -> None:
        for number, line in zip(part.numbers, part.lines, strict=True):
            at = {**where, "record_type": part.record_type, "row": number}
            if line.repeat:
                self.repeated.append(at)
            for fault in line.faults:
                self.planted.append({**at, "field": fault.field, "code": fault.code, "severity": fault.severity})

    def _add_people(self, where: dict[str, str], part: Part, *, loaded: bool) -> None:
        source, night = where["source"], where["night"]
        role = "trainer" if part.record_type == "community_trainer" else source
        for line in part.lines:
            person: Person = line.row["_person"]
            self.people[person.key] = person
            seen = self.seen.setdefault(
                (person.key, source, person.refs[role]), {"loaded_from": None, "valid_from": None, "g_code": False}
            )
            nid = self._id_of(source, line)
            if nid.startswith("G"):
                seen["g_code"] = True
            self._speak(person, source, nid)
            for fault in line.faults:  # a mistyped ID is an ID all the same
                if fault.field == "national_id":
                    self.spoken["national_ids"].update(x for x in fault.cells.values() if len(x) > 9 and x.isdigit())
            if not loaded or line.critical:
                continue
            seen["loaded_from"] = seen["loaded_from"] or night
            if is_valid_id(nid) and not any(fault.field == "national_id" for fault in line.faults):
                seen["valid_from"] = seen["valid_from"] or night

    @staticmethod
    def _id_of(source: str, line: Line) -> str:
        person: Person = line.row["_person"]
        if source != ABE:
            return person.ids[source]
        given = line.row.get("learner.citizen_id", line.row.get("person.citizen_id"))
        return given if isinstance(given, str) else ""

    def _speak(self, person: Person, source: str, nid: str) -> None:
        first, last = person.name(source)
        for kind, text in (
            ("national_ids", nid),
            ("first_names", first),
            ("last_names", last),
            ("full_names", f"{first} {last}"),
            ("phones", person.phone),
            ("house_nos", person.house),
        ):
            if text:
                self.spoken[kind].add(text)

    def write(self, folder: Path, figures: list[dict[str, Any]]) -> None:
        """Write the six files, each at once; `figures` is what was planted in the published figures."""
        folder.mkdir(parents=True, exist_ok=True)
        order = {source: at for at, source in enumerate(SOURCES)}
        partners: dict[str, list[dict[str, Any]]] = {}
        for (key, source, ref), seen in sorted(self.seen.items(), key=lambda item: (order[item[0][1]], item[0][2])):
            partners.setdefault(key, []).append(
                {
                    "source": source,
                    "ref": ref,
                    "national_id_valid": seen["valid_from"] is not None,
                    "national_id_valid_from": seen["valid_from"],
                    "loaded_from": seen["loaded_from"],
                    "g_code": seen["g_code"],
                }
            )
        persons = [
            {"person": key, "partners": known, "linkable": sum(k["national_id_valid"] for k in known) > 1}
            for key, known in sorted(partners.items())
        ]
        identifiers = {kind: sorted(texts) for kind, texts in self.spoken.items()}
        put(folder / "planted.jsonl", _lines(self.planted))
        put(folder / "repeated.jsonl", _lines(self.repeated))
        put(folder / "figures.jsonl", _lines(figures))
        put(folder / "counts.json", orjson.dumps(self.counts, option=orjson.OPT_INDENT_2))
        put(folder / "persons.jsonl", _lines(persons))
        put(
            folder / "identifiers.json",
            orjson.dumps({**identifiers, "canaries": self.canaries}, option=orjson.OPT_INDENT_2),
        )


def _lines(items: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(item) + b"\n" for item in items)


def put(path: Path, content: bytes, when: float | None = None) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    if when is not None:
        os.utime(part, (when, when))
    os.replace(part, path)
