"""Untrusted text made safe to show, and measured as a terminal does."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0 and C1 controls: escape sequences, carriage returns
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # bidirectional and invisible (CVE-2021-42574)
    "\ud800-\udfff]",  # lone surrogates: bytes of a name that were not UTF-8
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile(r"[\x20-\x7e]*")
ELLIPSIS = "…"


def visible(text: str) -> str:
    """Return one line of printable text: control, bidirectional and broken characters become `\\n`, `\\x1b`, `\\u202e`."""
    return _HOSTILE.sub(_escape, text)


def lines(text: str) -> str:
    """Return `text` with its line ends and tabs kept and every other hostile character escaped."""
    return "\n".join(visible(line.replace("\t", "    ")) for line in text.splitlines())


def scrub(value: Any) -> Any:
    """Return plain data (dicts, lists, strings) with lone surrogates escaped, so that it can be written as UTF-8."""
    if isinstance(value, str):
        return _SURROGATE.sub(_escape, value)
    if isinstance(value, dict):
        return {scrub(key): scrub(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub(item) for item in value]
    return value


def columns(text: str) -> int:
    """Return how many terminal columns `text` takes: wide characters two, combining ones none (UAX #11)."""
    if _PLAIN.fullmatch(text):
        return len(text)
    return sum(_width(character) for character in text)


def fit(text: str, width: int) -> str:
    """Return `text` cut to `width` columns, with an ellipsis where something was cut."""
    if columns(text) <= width:
        return text
    room, kept = width - 1, []
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + ELLIPSIS if width > 0 else ""


def fit_path(path: str, width: int) -> str:
    """Return `path` cut to `width` columns at its start, where it tells least."""
    if columns(path) <= width:
        return path
    tail = path
    while tail and columns(tail) > width - 1:
        head, slash, rest = tail.partition("/")
        tail = slash + rest if rest and columns(head) else tail[1:]
    return ELLIPSIS + tail


def pad(text: str, width: int) -> str:
    """Return `text` filled with spaces to `width` columns."""
    return text + " " * max(0, width - columns(text))


def count(number: int, noun: str, plural: str = "") -> str:
    """Return e.g. `1 finding`, `1,204 findings`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # PEP 383: the byte that could not be decoded
        return f"\\x{code - 0xDC00:02x}"
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
