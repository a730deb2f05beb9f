"""Who makes software and documents: a name, behind it an e-mail address or URL as SPDX has it (`Name (address)`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from secloop.model.shapes import items, string, table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

_WITH_ADDRESS = re.compile(r"(.*\S)?\s*[(<]([^\s()<>]+)[)>]")


def joined(name: str, address: str) -> str:
    """Return one text for a name and an address, either of which may be empty."""
    return f"{name} ({address})" if name and address else name or address


def split(party: str) -> tuple[str, str]:
    """Return (name, address); what stands in brackets is an address where it is an e-mail address or URL."""
    found = _WITH_ADDRESS.fullmatch(party) if len(party) < 1000 else None  # noqa: PLR2004 - no name is as long
    if found and is_address(found[2]):
        return found[1] or "", found[2]
    return ("", party) if is_address(party) else (party, "")


def is_address(text: str) -> bool:
    """Return whether a text is an e-mail address or a URL."""
    return " " not in text and ("://" in text or "@" in text.strip("@"))


def of_cyclonedx(value: Any) -> str:
    """Return an organisation or a person of a CycloneDX document, empty for none."""
    party = table(value)
    return joined(string(party.get("name")), next(_addresses(party), ""))


def _addresses(party: dict[str, Any]) -> Iterator[str]:
    yield from (url for url in items(party.get("url")) if isinstance(url, str) and is_address(url))
    for one in (party, *tables(party.get("contact"))):
        if is_address(string(one.get("email"))):
            yield string(one.get("email"))


def organisation(party: str) -> dict[str, Any]:
    """Return a party as CycloneDX's organisation."""
    name, address = split(party)
    out: dict[str, Any] = {"name": name} if name else {}
    if "://" in address:
        return out | {"url": [address]}
    return out | {"contact": [{"email": address}]} if address else out


def person(party: str) -> dict[str, Any]:
    """Return a party as CycloneDX's author: a person has an e-mail address, and no URL."""
    name, address = split(party)
    if address and "://" not in address:
        return {"name": name, "email": address} if name else {"email": address}
    return {"name": party}
