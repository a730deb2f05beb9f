"""The checks over lines: what Dockerfiles, workflows and pip's files install without a version, or from two indexes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIP = lazy(r"(?<![\w.-])(?:pip3?|uv[ \t]+pip|pipx)[ \t]+install(?=[ \t])")
_END = lazy(r"[;&|]|(?<!\S)#")
_EXTRA = lazy(r"(?:^|\s)(?:--extra-index-url(?=[\s=])|extra-index-url\s*+=)", re.IGNORECASE)
_NAME = lazy(r"([A-Za-z0-9][\w.-]{0,100}+)(?:\[[^\]]{0,200}+\])?([<>~!=].{0,100})?")
_PLAIN = frozenset({"pip", "setuptools", "wheel", "uv", "pipx"})
_TAKES_VALUE = frozenset(
    {
        "-r",
        "--requirement",
        "-c",
        "--constraint",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "-e",
        "--editable",
        "-t",
        "--target",
        "--prefix",
        "--root",
        "--trusted-host",
        "--python",
        "-p",
        "--no-binary",
        "--only-binary",
    }
)
_LONGEST = 4_000


class Found(NamedTuple):
    """A line (from 1) that a check speaks of, and the package it names, empty for none."""

    line: int
    name: str


def unpinned_installs(text: str) -> Iterator[Found]:
    """Yield the packages that `pip install` lines name without a version; the tools themselves may be new."""
    for number, line in joined(text):
        if line.lstrip().startswith("#"):
            continue
        for found in _PIP.finditer(line):
            command = _END.split(line[found.end() :], maxsplit=1)[0]
            yield from (Found(number, name) for name in _unpinned(command.split()))


def _unpinned(words: list[str]) -> Iterator[str]:
    if any(word in {"-c", "--constraint", "--require-hashes"} for word in words):
        return
    skip = False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in _TAKES_VALUE
            continue
        found = _NAME.fullmatch(word.strip("\"'"))
        if found and "==" not in (found[2] or "") and found[1].lower() not in _PLAIN and not _is_file(found[1]):
            yield found[1]


def _is_file(word: str) -> bool:
    return word.endswith((".whl", ".txt", ".zip", ".gz", ".toml")) or set(word) <= {"."}


def extra_indexes(text: str) -> Iterator[Found]:
    """Yield the lines that ask a second index beside the first: pip takes the higher version, wherever it is."""
    for number, line in joined(text):
        if _EXTRA.search(line) and not line.lstrip().startswith(("#", ";")):
            yield Found(number, "")


def joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) with lines that end in a backslash joined to the next; none is longer than `_LONGEST`."""
    start, held = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        held += line
        if line.endswith("\\") and len(held) < _LONGEST:
            held = held[:-1] + " "
            continue
        yield start, held[:_LONGEST]
        start, held = number + 1, ""
    if held:
        yield start, held[:_LONGEST]
