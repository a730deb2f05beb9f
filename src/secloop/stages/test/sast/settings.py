"""Configuration files as values: which key is given what, where, so that code that reads a key is judged by its value.

Read are `.properties`, `.ini`, `.cfg`, `.conf`, `.env` and, of YAML and JSON, the files that by their name configure.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from secloop.interop.yamltree import YamlList, YamlTable, parse_yaml
from secloop.model.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_VALUE = 200
MOST_ENTRIES = 5_000
LARGEST = 1 << 20
"""Bytes of a file; a larger one is data, no configuration."""

_TREE_NAMES = re.compile(r"(?i)^(?:application|bootstrap|config(?:uration)?|(?:app)?settings|default|production)\b")
_PLACE = re.compile(r"^[$#]\{(.*)\}$", re.DOTALL)


class Entry(NamedTuple):
    """One key with its value, and the line of it."""

    key: str
    value: str
    line: int


class Asked(NamedTuple):
    """What code asks a configuration for, and what it takes where there is nothing."""

    key: str
    default: str | None


def asked(key: str, section: str = "", default: str | None = None) -> Asked:
    """Return what a reader asks for; `${key:default}` is a key with its default."""
    found = _PLACE.match(key)
    if found is not None:
        key, colon, after = found[1].partition(":")
        default = after if colon else default
    return Asked(folded(f"{section}.{key}" if section else key), default)


def folded(key: str) -> str:
    """Return a key as it is compared: `HASH_NAME`, `hash-name` and `hashName` are one."""
    return key.strip().lower().replace("_", "").replace("-", "")


def is_settings(path: str) -> bool:
    """Say whether a file is one of those that are read, by its name."""
    return _reader(path) is not None


def entries(path: str, data: bytes) -> Iterator[Entry]:
    """Yield what a configuration file says, the first `MOST_ENTRIES`; nothing of one that cannot be read."""
    read = _reader(path)
    if read is None or len(data) > LARGEST:
        return
    count = 0
    try:
        for entry in read(data.decode("utf-8", "replace")):
            if entry.key and len(entry.value) <= LONGEST_VALUE:
                count += 1
                yield entry
            if count >= MOST_ENTRIES:
                return
    except UnreadableError:
        return


def _reader(path: str) -> Callable[[str], Iterator[Entry]] | None:
    name = path.rpartition("/")[2].lower()
    end = name.rpartition(".")[2]
    if name == ".env" or name.startswith(".env.") or end == "env":
        return partial(_lines, comments="#", signs="=")
    if end == "properties":
        return partial(_lines, comments="#!", signs="=:")
    if end in {"ini", "cfg", "conf"}:
        return partial(_lines, comments="#;", signs="=:")
    return _tree if end in {"yml", "yaml", "json"} and _TREE_NAMES.match(name) else None


def _lines(text: str, comments: str, signs: str) -> Iterator[Entry]:
    """Read lines of `key = value`, under `[section]` where there is one; a backslash at the end goes on."""
    section, before, start = "", "", 0
    for number, written in enumerate(text.split("\n"), 1):
        line = before + written.strip()
        start = start if before else number
        before = ""
        if line.endswith("\\") and len(line) <= LONGEST_VALUE:
            before = line[:-1]
        elif line[:1] == "[" and line[-1:] == "]":
            section = f"{line[1:-1].strip()}."
        elif line and line[0] not in comments:
            at = min((i for sign in signs if (i := line.find(sign)) > 0), default=-1)
            if at > 0:
                key = line[:at].removeprefix("export ").strip()
                yield Entry(f"{section}{key}", _unquoted(line[at + 1 :].strip()), start)


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _tree(text: str) -> Iterator[Entry]:
    """Read nested tables: the keys on the way to a value, joined by points."""
    stack: list[tuple[str, object, int]] = [("", parse_yaml(text), 1)]
    while stack:
        path, value, line = stack.pop()
        if isinstance(value, YamlTable):
            stack.extend(
                (f"{path}.{key}" if path else key, kid, value.line(key)) for key, kid in reversed(value.items())
            )
        elif not isinstance(value, YamlList):
            yield Entry(path, str(value), line)
