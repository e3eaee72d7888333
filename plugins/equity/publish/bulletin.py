"""The province's bulletin: a page that opens offline on a phone, one of each partner, and the figures as a workbook beside.

A new bulletin is written whole into a folder of its own, `<as of>-<hash of its content>`, and the link `current` is
then switched in one step: who reads meanwhile sees the old one or the new one, never a mixture, and the last good one
stays when anything fails.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from markupsafe import Markup, escape

from equity.publish.catalog import NAME as CATALOG
from equity.publish.export import NAME as WORKBOOK
from equity.publish.export import workbook
from equity.publish.figures import Figures, PublishError, read

__all__ = ["PublishError", "publish", "render"]

PAGE = "index.html"
CURRENT = "current"
KEPT = 14
_HERE = Path(__file__).parent
_FRESH = ".new"
_PARTS = re.compile(r"(?<= )|(?=ตำบล|อำเภอ|จังหวัด)")
_SPAN = re.compile(r"\d[\d,.]*–\d[\d,.]*%?(?: ปี)?")


def publish(database: str, folder: Path, also: Mapping[str, bytes] | None = None) -> Path:
    """Make the bulletin as the role that `database` names, and switch to it.

    Args:
        database: URL of the warehouse, as the role `equity_public`.
        folder: where bulletins are kept, the last 14 of them.
        also: further pages to put beside it, by name.

    Returns:
        The path of the current page. When it says the same already, nothing is written.

    Raises:
        PublishError: there are no figures yet; whatever is current stays.

    """
    figures = read(database)
    return switch(folder, figures.as_of.isoformat(), render(figures, also or {}) | dict(also or {}))


def render(figures: Figures, beside: Collection[str] = ()) -> dict[str, bytes]:
    """The bulletin's files by name, linked to those that will lie beside; the same figures give the same bytes."""
    import jinja2

    from equity.publish.page import page
    from equity.publish.partners import pages

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["whole"] = _whole
    environment.filters["stressed"] = _stressed
    environment.filters["named"] = _named
    style = (_HERE / "templates" / "bulletin.css").read_text("utf-8")
    environment.globals.update(fonts=_fonts(), style=style, workbook=WORKBOOK)
    environment.globals["catalog"] = CATALOG if CATALOG in beside else None
    set_pages = {PAGE: environment.get_template("bulletin.html.j2").render(page=page(figures))}
    of_partner = environment.get_template("partner.html.j2")
    set_pages |= {name: of_partner.render(page=partner) for name, partner in pages(figures).items()}
    return {name: html.encode() for name, html in set_pages.items()} | {WORKBOOK: workbook(figures)}


def switch(folder: Path, as_of: str, files: dict[str, bytes]) -> Path:
    """Write files to a new folder and make it the current one, atomically; keep the last 14."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    name = f"{as_of}-{digest.hexdigest()[:10]}"
    folder.mkdir(parents=True, exist_ok=True)
    current = folder / CURRENT
    with _alone(folder):
        target = folder / name
        if not (current.is_symlink() and os.readlink(current) == name and _complete(target, files)):
            _write(folder, target, files)
            link = folder / f"{_FRESH}-{CURRENT}"
            link.unlink(missing_ok=True)
            link.symlink_to(name, target_is_directory=True)
            os.replace(link, current)
            _prune(folder, name)
    return current / PAGE


def _complete(target: Path, files: dict[str, bytes]) -> bool:
    return all((target / name).is_file() and (target / name).stat().st_size == len(files[name]) for name in files)


def _write(folder: Path, target: Path, files: dict[str, bytes]) -> None:
    if _complete(target, files):  # it was current before
        os.utime(target)
        return
    fresh = folder / f"{_FRESH}-{target.name}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for name, content in files.items():
        (fresh / name).parent.mkdir(exist_ok=True)
        with (fresh / name).open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    if target.exists():  # damaged: its name says what it should hold, and it does not
        shutil.rmtree(target)
    fresh.replace(target)


def _prune(folder: Path, current: str) -> None:
    for left in folder.glob(f"{_FRESH}-*"):
        shutil.rmtree(left, ignore_errors=True)
    kept = [
        place for place in folder.iterdir() if place.is_dir() and not place.is_symlink() and (place / PAGE).is_file()
    ]
    kept.sort(key=lambda place: (place.name == current, place.stat().st_mtime_ns, place.name), reverse=True)
    for old in kept[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One publisher at a time in a folder; the lock goes with its process."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _whole(text: str) -> Markup:
    """Keep a span of numbers, as in `3–18 ปี`, on one line."""
    return Markup(_SPAN.sub(r'<span class="w">\g<0></span>', str(escape(text))))  # noqa: S704  escaped just before


def _stressed(text: str) -> Markup:
    """Set what stands between « and » in bold."""
    return Markup(str(_whole(text)).replace("«", "<strong>").replace("»", "</strong>"))  # noqa: S704  escaped before


def _named(name: str) -> Markup:
    """Break a partner's name between its parts, as before `ตำบลแจ้ซ้อน`: no dictionary that breaks lines knows such names."""
    parts = (f'<span class="part">{escape(part)}</span>' for part in _PARTS.split(name))
    return Markup("".join(parts))  # noqa: S704  escaped just before


def _fonts() -> list[dict[str, str | int]]:
    ranges = {"thai": "U+0E00-0E7F,U+25CC", "latin": "U+0020-00FF,U+2010-2027,U+2212"}
    return [
        {
            "weight": weight,
            "range": characters,
            "data": base64.b64encode((_HERE / "fonts" / f"sarabun-{script}-{weight}.woff2").read_bytes()).decode(),
        }
        for weight in (400, 600)
        for script, characters in ranges.items()
    ]
