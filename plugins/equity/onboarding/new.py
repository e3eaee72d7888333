"""A new source: samples in; a spec, an anonymised fixture with its expected counts, and a dry run out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from equity.delivery.holds import sentence
from equity.onboarding.draft import MISSING, Draft, draft, left_out
from equity.onboarding.layout import find_tables
from equity.onboarding.recognise import Recognised, like_sisters, recognise
from equity.onboarding.vocabulary import vocabulary
from equity.settings import BANGKOK
from equity.sources.readers import Unreadable
from equity.sources.spec import Source, read_source

if TYPE_CHECKING:
    from equity.delivery.trial import Trial


@dataclass(frozen=True)
class Sample:
    """One sample as given: its name, its bytes, and for an API where it came from."""

    name: str
    data: bytes
    fetch: dict[str, object] | None


@dataclass
class NewSource:
    """A source in the making."""

    source: str
    name_th: str
    name_en: str
    family: str | None
    area: str | None
    samples: list[Sample]
    specs: Path
    record_type: str | None = None
    recognised: list[Recognised] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    supposed: list[str] = field(default_factory=list)  # lines that the trials took for granted

    def recognise(self) -> None:
        """Find and recognise the tables of all samples; what cannot be read is told in `refused` (name, Thai, English)."""
        known = vocabulary(self.specs, but=self.source)
        for sample in self.samples:
            try:
                tables = find_tables(sample.name, sample.data, known)
            except Unreadable as error:
                self.refused.append(
                    (sample.name, sentence(error.code, error.detail), sentence(error.code, error.detail, "en"))
                )
                continue
            found = [recognise(table, known, self.record_type) for table in tables]
            self.recognised += [table for table in found if any(c.fields for c in table.columns)] or found[:1]

        like_sisters(self.recognised)

    def as_json(self) -> dict[str, Any]:
        """What was found, for programs."""
        without = left_out(self.recognised)
        return {
            "files": [
                {
                    "path": table.found.path, "encoding": table.found.encoding, "delimiter": table.found.delimiter,
                    "sheet": table.found.sheet, "header_rows": table.found.header_rows,
                    "record_type": table.record_type, "record_type_sure": table.sure,
                    **({"repeat": table.found.repeat} if table.found.repeat else {}),
                    "columns": [
                        {"source": c.source, "fields": c.fields, "sure": c.sure, "reason": c.reason}
                        for c in table.columns if c.part != "above" or c.fields
                    ],
                }
                for i, table in enumerate(self.recognised) if i not in without
            ],
            "left_out": [
                {"path": self.recognised[i].found.path, "sheet": self.recognised[i].found.sheet, "why": why}
                for i, why in without.items()
            ],
            "refused": [{"path": name, "th": th, "en": en} for name, th, en in self.refused],
        }  # fmt: skip

    def draft(self) -> Draft:
        """The spec's text."""
        fetch = next((sample.fetch for sample in self.samples if sample.fetch), None)
        return draft(
            self.recognised, vocabulary(self.specs, but=self.source), source=self.source, name_th=self.name_th, name_en=self.name_en,
            family=self.family, area=self.area, fetch=fetch, today=datetime.now(BANGKOK).date(),
        )  # fmt: skip

    def write(self, *, force: bool = False) -> list[Path]:
        """Write spec and fixture; returns the paths, the spec's first.

        Raises:
            FileExistsError: when the spec is there already and `force` was not said.

        """
        path = self.specs / f"{self.source}.yml"
        if path.exists() and not force:
            raise FileExistsError(17, "exists", str(path))
        made = self.draft()
        self.doubts = made.doubts
        path.write_text(made.yaml, "utf-8")
        return [path, *self.write_fixture()]

    def write_fixture(self) -> list[Path]:
        """Write the fixture by the spec as it is; returns the paths."""
        from equity.onboarding.fixture import (  # brings Great Expectations, which a dry run does not need
            folder_of,
            write_fixture,
        )

        folder = folder_of(self.specs, self.source)
        return write_fixture(folder, self.spec(), self.recognised, [sample.name for sample in self.samples])

    def spec(self) -> Source:
        """The spec as written; raises DeclarationError where it lacks what nobody could guess."""
        return read_source(self.specs / f"{self.source}.yml")

    def trials(self) -> list[Trial]:
        """A dry run of every sample."""
        from equity.delivery.trial import try_delivery

        spec = self._as_if_answered()
        return [try_delivery(spec, sample.name, sample.data, datetime.now(BANGKOK)) for sample in self.samples]

    def _as_if_answered(self) -> Source:
        """The spec with an example in the place of what the engineer has yet to say: else no row could be shown."""
        path = self.specs / f"{self.source}.yml"
        words = path.read_text("utf-8")
        self.supposed = [line for _, line in MISSING.findall(words)]
        if not self.supposed:
            return self.spec()
        with TemporaryDirectory() as folder:
            answered = Path(folder) / path.name
            answered.write_text(MISSING.sub(r"\1\2", words), "utf-8")
            return read_source(answered)


def slug(name: str, files: list[str]) -> str:
    """An id from an English name or a file's name: small letters, digits and underscores."""
    for words in (name, *(Path(file).stem for file in files)):
        made = re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")
        if re.fullmatch(r"[a-z][a-z0-9_]{2,50}", made):
            return made
    return "new_partner"


def fetched(url: str, token: str) -> Sample:
    """The first page of an API as a sample.

    Raises:
        ValueError: when it cannot be reached or answers with an error.

    """
    import httpx

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.get(url, headers=headers, timeout=30, follow_redirects=False)
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise ValueError(f"{url}: answered {error.response.status_code}") from None
    except httpx.HTTPError as error:
        raise ValueError(f"{url}: {type(error).__name__}") from None
    path = httpx.URL(url).path
    return Sample(path, answer.content, {"by": "rest", "path": path})
