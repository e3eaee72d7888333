"""The alias table of organisations: by what other names the partners of this house are called."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from equity.declarations import DeclarationError, read_yaml
from equity.sources.spec import Partner
from equity.thai import organisations


def names_of(partner: Partner) -> dict[str, str]:
    """Key of every name that a partner has → its Thai name."""
    called = (*partner.aliases, partner.name.en, partner.name.th)
    return {organisations.key(name): partner.name.th for name in called}


@cache
def partner_names(folder: Path) -> dict[str, str]:
    """The same of all partners whose specs are in a folder; what else is in a spec need not be right."""
    known: dict[str, str] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            document = read_yaml(path)
            partner = Partner.model_validate(document["partner"] if isinstance(document, dict) else None)
        except (DeclarationError, ValidationError, KeyError):  # its own source is told of it
            continue
        known = names_of(partner) | known
    return known
