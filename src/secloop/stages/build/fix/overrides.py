"""Overrides: what a manifest says to get another version of a package that others bring in, as a text edit.

npm has `overrides`, Yarn `resolutions`, pnpm `pnpm.overrides`; all of them in the `package.json` beside the lock. All
overrides of one plan are one edit, so that the result is valid JSON whatever comes together.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.finding import Edit
from secloop.model.fix import digest
from secloop.model.shapes import table
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS = {
    "package-lock.json": ("overrides",),
    "npm-shrinkwrap.json": ("overrides",),
    "bun.lock": ("overrides",),
    "yarn.lock": ("resolutions",),
    "pnpm-lock.yaml": ("pnpm", "overrides"),
}
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s"{}\[\],:]++')
_INDENT = re.compile(r"^([ \t]+)\"", re.MULTILINE)
_OPEN = frozenset("{[")
_CLOSE = frozenset("}]")


class Place(NamedTuple):
    """Where a package.json takes overrides: the object's span after its brace and at its end, and its depth."""

    start: int
    end: int
    depth: int


def field_of(lock: str) -> tuple[str, ...]:
    """Return the keys of the overrides in the package.json of a lock file, none where its tool has none."""
    return _FIELDS.get(lock.rpartition("/")[2], ())


def override(path: str, data: bytes, field: tuple[str, ...], wanted: Mapping[str, str]) -> Edit | None:
    """Return the one edit that adds overrides to a package.json; None where that cannot be done, or one stands there.

    The edit is proved: the document read again is the old one with these keys added, nothing else.
    """
    try:
        text = data.decode("utf-8")
        before = parse_json(text)
    except (UnicodeDecodeError, UnreadableError):
        return None
    present = before
    for key in field:
        present = table(present.get(key))
    if set(present) & set(wanted):
        return None
    start, new = _insertion(text, field, wanted)
    after = parse_json(text[:start] + new + text[start:])
    expected = json.loads(json.dumps(before))
    below = expected
    for key in field:
        below = below.setdefault(key, {})
        if not isinstance(below, dict):
            return None
    below.update(wanted)
    return Edit(file=path, sha256=digest(data), start=start, end=start, text=new) if after == expected else None


def _insertion(text: str, field: tuple[str, ...], wanted: Mapping[str, str]) -> tuple[int, str]:
    """Return where to insert what."""
    ending = "\r\n" if "\r\n" in text else "\n"
    found = _INDENT.search(text)
    unit = found[1] if found else "  "
    place, missing = _place(text, field)
    entries = [f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(value)}" for key, value in wanted.items()]
    depth = place.depth + len(missing)
    body = f",{ending}{unit * (depth + 1)}".join(entries)
    body = f"{ending}{unit * (depth + 1)}{body}{ending}{unit * depth}"
    for key in reversed(missing):
        depth -= 1
        body = f'{ending}{unit * (depth + 1)}"{key}": {{{body}}}{ending}{unit * depth}'
    inner = text[place.start : place.end]
    if not inner.strip():
        return place.start, body
    at = place.start + len(inner.rstrip())
    return at, f",{body.rstrip()}"


def _place(text: str, field: tuple[str, ...]) -> tuple[Place, tuple[str, ...]]:
    """Return the innermost object of `field` that exists, and the keys that do not."""
    places = _objects(text)
    for n in range(len(field), -1, -1):
        if field[:n] in places:
            return places[field[:n]], field[n:]
    return Place(len(text), len(text), 0), field


def _objects(text: str) -> dict[tuple[str, ...], Place]:
    """Return the spans of objects up to two keys deep, by their keys; the last of equal keys counts, as in JSON."""
    out: dict[tuple[str, ...], Place] = {}
    stack: list[tuple[str, int]] = []  # the key an object or array stands under, and where it starts
    key = previous = ""
    for found in _TOKEN.finditer(text):
        mark = found[0]
        if mark == ":":
            key = previous
        elif mark in _OPEN:
            stack.append((key if mark == "{" else "[", found.end()))
            key = ""
        elif mark in _CLOSE and stack:
            path = tuple(name for name, _ in stack[1:])
            if len(path) <= 2 and "[" not in path and mark == "}":  # noqa: PLR2004 - pnpm.overrides is the deepest
                out[path] = Place(stack[-1][1], found.start(), len(stack) - 1)
            stack.pop()
        elif mark == ",":
            key = ""
        previous = json.loads(mark) if mark.startswith('"') and _is_text(mark) else ""
    return out


def _is_text(mark: str) -> bool:
    try:
        return isinstance(json.loads(mark), str)
    except ValueError:
        return False
