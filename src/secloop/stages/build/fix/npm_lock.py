"""Entries taken out of a `package-lock.json`, so that npm resolves them anew.

npm keeps a locked version although a new override asks for another one. An entry that is not there is resolved with
the overrides in force; until then `npm ci` refuses the lock. Nothing is written that only npm can know.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.finding import Edit
from secloop.model.fix import digest
from secloop.model.regex import lazy
from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_MODULES = "node_modules/"
_TOKEN = lazy(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]]')
_PACKAGES = ("packages",)


class _Entry(NamedTuple):
    """An entry of `packages`: its path, and where its text starts and ends."""

    path: str
    start: int
    end: int


def without(path: str, data: bytes, names: Collection[tuple[str, str]]) -> tuple[Edit, ...]:
    """Return the edits that take the entries of (name, version) out of a lock; none where that cannot be proved."""
    try:
        text = data.decode("utf-8")
        before = parse_json(text)
        packages = table(before.get("packages"))
        gone = {place for place, entry in packages.items() if _key(place, entry) in names}
        spans = list(_runs(list(_entries(text)), gone)) if gone else []
        kept = {**before, "packages": {place: entry for place, entry in packages.items() if place not in gone}}
        if not spans or parse_json(_cut(text, spans)) != kept:
            return ()
    except (RecursionError, UnicodeDecodeError, UnreadableError):
        return ()
    return tuple(Edit(file=path, sha256=digest(data), start=start, end=end, text="") for start, end in spans)


def _key(place: str, entry: Any) -> tuple[str, str]:
    told = table(entry)
    return string(told.get("name")) or place.rpartition(_MODULES)[2], string(told.get("version"))


def _entries(text: str) -> Iterator[_Entry]:
    """Yield the entries of the top-level `packages`, in the order of the text."""
    stack: list[tuple[str, int]] = []
    last: tuple[str, int] = ("", 0)
    for found in _TOKEN.finditer(text):
        mark = found[0]
        if mark[0] == '"':
            last = (mark, found.start())
        elif mark in "{[":
            stack.append(last)
        elif stack:
            key, start = stack.pop()
            keys = tuple(json.loads(name) for name, _ in stack[1:] if name)
            if mark == "}" and keys == _PACKAGES and len(stack) == 2:  # noqa: PLR2004 - the document and `packages`
                yield _Entry(json.loads(key), start, found.end())


def _runs(entries: list[_Entry], gone: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield the spans of neighbouring entries that go, each with the comma that goes with it."""
    at = 0
    while at < len(entries):
        first = at
        while at < len(entries) and entries[at].path in gone:
            at += 1
        if at > first and at < len(entries):
            yield entries[first].start, entries[at].start
        elif at > first > 0:
            yield entries[first - 1].end, entries[-1].end
        at = max(at, first + 1)


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text
