"""Overrides: what a manifest says to get another version of a package that others bring in, as a text edit.

npm has `overrides`, Yarn `resolutions`, pnpm `pnpm.overrides`; all of them in the `package.json` beside the lock. All
overrides of one plan are one edit, so that the result is valid JSON whatever comes together.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.finding import Edit
from secloop.model.fix import digest
from secloop.model.regex import lazy
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
_TOKEN = lazy(r'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s"{}\[\],:]++')
_INDENT = lazy(r"^([ \t]+)\"", re.MULTILINE)
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


def standing(data: bytes, field: tuple[str, ...], name: str) -> dict[str, str]:
    """Return the overrides of a package in a package.json, by key: for all of it, or for one range (`name@range`)."""
    try:
        below: object = parse_json(data.decode("utf-8"))
    except (UnicodeDecodeError, UnreadableError):
        return {}
    for key in field:
        below = table(below).get(key)
    entries = table(below).items()
    return {
        key: value
        for key, value in entries
        if isinstance(value, str) and (key in {name, f"**/{name}"} or key.startswith(f"{name}@"))
    }


def override(path: str, data: bytes, field: tuple[str, ...], wanted: Mapping[str, str]) -> tuple[Edit, ...]:
    """Return the edits that set overrides in a package.json; none where that cannot be done.

    They are proved: the document read again is the old one with these keys set, nothing else.
    """
    try:
        text = data.decode("utf-8")
        before = parse_json(text)
    except (UnicodeDecodeError, UnreadableError):
        return ()
    places = _values(text)
    spans = [(*places[(*field, key)], json.dumps(value)) for key, value in wanted.items() if (*field, key) in places]
    new = {key: value for key, value in wanted.items() if (*field, key) not in places}
    if new:
        at, body = _insertion(text, field, new)
        spans.append((at, at, body))
    after = text
    for start, end, body in sorted(spans, reverse=True):
        after = after[:start] + body + after[end:]
    if not _is_set(before, after, field, wanted):
        return ()
    return tuple(Edit(file=path, sha256=digest(data), start=s, end=e, text=body) for s, e, body in sorted(spans))


def _is_set(before: dict[str, Any], after: str, field: tuple[str, ...], wanted: Mapping[str, str]) -> bool:
    """Return whether a text is a document with the keys set, and nothing else changed."""
    expected = dict(before)
    below = expected
    for key in field:
        inner = below.get(key, {})
        if not isinstance(inner, dict):
            return False
        below[key] = below = dict(inner)
    if any(not isinstance(below.get(key, ""), str) for key in wanted):
        return False
    below.update(wanted)
    try:
        return bool(parse_json(after) == expected)
    except (RecursionError, UnreadableError):
        return False


def _values(text: str) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return where the string values of objects up to two keys deep stand, by their keys."""
    out: dict[tuple[str, ...], tuple[int, int]] = {}
    stack: list[str] = []
    key = previous = ""
    for found in _TOKEN.finditer(text):
        mark = found[0]
        if mark == ":":
            key = previous
        elif mark in _OPEN:
            stack.append(key if mark == "{" else "[")
            key = ""
        elif mark in _CLOSE and stack:
            stack.pop()
            key = ""
        elif mark == ",":
            key = ""
        elif key and mark.startswith('"') and "[" not in stack:
            out[(*stack[1:], key)] = found.span()
        previous = json.loads(mark) if mark.startswith('"') and _is_text(mark) else ""
    return out


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
