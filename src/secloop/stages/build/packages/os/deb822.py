"""Stanzas of `Field: value` lines, parted by empty lines (deb822(5)), with the line each begins at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

Stanza = dict[str, str]
"""Field (lower case) -> value; the lines of a folded value are joined by spaces."""


def stanzas(text: str, wanted: Container[str]) -> Iterator[tuple[int, Stanza, int]]:
    """Yield (first line, fields of `wanted`, line of the first that is no field or 0) for each stanza of `text`."""
    fields: Stanza = {}
    start = wrong = 0
    last = ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        if not line.strip():
            if start:
                yield start, fields, wrong
            fields, start, wrong, last = {}, 0, 0, ""
            continue
        start = start or number
        if line[0] in " \t":
            if last:
                fields[last] = f"{fields[last]} {line.strip()}" if fields[last] else line.strip()
            continue
        name, colon, value = line.partition(":")
        if not colon or " " in name:
            wrong = wrong or number
        last = name.lower() if colon and name.lower() in wanted else ""
        if last:
            fields[last] = value.strip()
    if start:
        yield start, fields, wrong
