"""PyPI versions: PEP 440, and the order of old setuptools for what PEP 440 does not know (always before it)."""

from __future__ import annotations

import re
from typing import Any

from secloop.model.regex import lazy

_PEP440 = lazy(
    r"""\s*v?
    (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?P<pre>[-_.]?(?P<pre_l>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?P<pre_n>[0-9]+)?)?
    (?P<post>(?:-(?P<post_n1>[0-9]+))|(?:[-_.]?(?:post|rev|r)[-_.]?(?P<post_n2>[0-9]+)?))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_n>[0-9]+)?)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
    \s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_LETTERS = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_LEGACY_PART = lazy(r"(\d+|[a-z]+|\.|-)")
_LEGACY_WORDS = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}
_LEGACY_EPOCH = -1
_LONGEST = 4000  # digits; Python refuses to convert longer ones

# The order within one release (PEP 440, "Summary of permitted suffixes and relative ordering"):
# .devN of the release itself, then aN/bN/rcN, then the release, then .postN.
_FIRST = (-1, 0)
_FINAL = (3, 0)
_NO_POST = -1
_NO_DEV = (1, 0)


def key(version: str) -> tuple[Any, ...]:
    """Return a sort key; total over all strings."""
    found = _PEP440.fullmatch(version)
    if found is None or len(version) > _LONGEST:
        return (_LEGACY_EPOCH, _legacy(version))
    release = [int(part) for part in found["release"].split(".")]
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    post = int(found["post_n1"] or found["post_n2"] or 0) if found["post"] else _NO_POST
    dev = (0, int(found["dev_n"] or 0)) if found["dev"] else _NO_DEV
    return (int(found["epoch"] or 0), tuple(release), _pre(found), post, dev, _local(found["local"]))


def _pre(found: re.Match[str]) -> tuple[int, int]:
    if found["pre"]:
        return _LETTERS[found["pre_l"].lower()], int(found["pre_n"] or 0)
    return _FIRST if found["dev"] and not found["post"] else _FINAL


def _local(text: str | None) -> tuple[tuple[int, str], ...]:
    """Return the local version: words before numbers, numbers by value (PEP 440, "Local version identifiers")."""
    if text is None:
        return ()
    parts = re.split(r"[-_.]", text.lower())
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)


def _legacy(version: str) -> tuple[str, ...]:
    """Return the key of setuptools before version 8 (`pkg_resources.LegacyVersion`)."""
    parts: list[str] = []
    for part in (*_LEGACY_PART.split(version.lower()), "final"):
        word = _LEGACY_WORDS.get(part, part)
        if not word or word == ".":
            continue
        if word[0] in "0123456789":
            parts.append(word.zfill(8))
            continue
        _trim(parts, word)
        parts.append(f"*{word}")
    return tuple(parts)


def _trim(parts: list[str], word: str) -> None:
    """Drop what a pre-release word makes meaningless before it: `-` tags, and trailing zeros."""
    if word < "final":
        while parts and parts[-1] == "*final-":
            parts.pop()
    while parts and parts[-1] == "00000000":
        parts.pop()
