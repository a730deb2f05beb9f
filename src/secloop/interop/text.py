"""Untrusted text made safe to show, and measured as a terminal does."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from secloop.model.regex import lazy

if TYPE_CHECKING:
    import re

_HOSTILE = lazy(
    "[\x00-\x1f\x7f-\x9f"  # C0 and C1 controls: escape sequences, carriage returns
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # bidirectional and invisible (CVE-2021-42574)
    "\ufffe\uffff"  # not characters; no XML document may hold them
    "\ud800-\udfff]",  # lone surrogates: bytes of a name that were not UTF-8
)
_HOSTILE_UTF8 = lazy(  # as `_HOSTILE`, in UTF-8; what JSON escapes anyway is left out
    rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2(?:\x80[\x8b-\x8f\xa8-\xae]|\x81[\xa0-\xa9])|\xef(?:\xbb\xbf|\xbf[\xbe\xbf])",
)
_SURROGATE = lazy("[\ud800-\udfff]")
_UNPAIRED = lazy("[\ud800-\udc7f\udd00-\udfff]")
_PLAIN = lazy(r"[\x20-\x7e]*")
_UNDECODED = range(0xDC80, 0xDD00)
"""Stand-ins for the bytes of a name that are not UTF-8 (PEP 383)."""
_BYTE = range(0x100)
ELLIPSIS = "…"


def visible(text: str) -> str:
    """Return one line of printable text: control, bidirectional and broken characters become escapes as in Python."""
    return _HOSTILE.sub(_escape, text)


def lines(text: str) -> str:
    """Return `text` with its line ends and tabs kept and every other hostile character escaped."""
    return "\n".join(visible(line.replace("\t", "    ")) for line in text.splitlines())


def escaped(document: bytes) -> bytes:
    """Return a JSON document with its control, bidirectional and invisible characters as escapes: the same values.

    A viewer would let them reorder or hide what stands around them (CVE-2021-42574).
    """
    if document.isascii() and b"\x7f" not in document:
        return document
    return _HOSTILE_UTF8.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), document)


def quoted(text: str, safe: str = "/") -> str:
    """Return `text` percent-encoded (RFC 3986); a name's bytes that are not UTF-8 are encoded as they are."""
    raw = _UNPAIRED.sub(_escape, text).encode("utf-8", "surrogateescape")
    return quote(raw, safe=safe)


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
    return _prefix(text, width - 1).rstrip() + ELLIPSIS if width > 0 else ""


def fit_path(path: str, width: int) -> str:
    """Return `path` cut to `width` columns at its start, where it tells least."""
    if columns(path) <= width:
        return path
    tail = path
    while tail and columns(tail) > width - 1:
        head, slash, rest = tail.partition("/")
        tail = slash + rest if rest and columns(head) else tail[1:]
    return ELLIPSIS + tail


def wrap(text: str, width: int) -> list[str]:
    """Return `text` broken between words into lines of at most `width` columns; a longer word is broken itself."""
    out: list[str] = [""]
    for word in text.split():
        left = word
        while columns(left) > width:
            head = _prefix(left, width) or left[0]
            out.append(head)
            left = left[len(head) :]
        joined = f"{out[-1]} {left}".strip()
        if columns(joined) <= width:
            out[-1] = joined
        else:
            out.append(left)
    return [line for line in out if line]


def pad(text: str, width: int) -> str:
    """Return `text` filled with spaces to `width` columns."""
    return text + " " * max(0, width - columns(text))


def count(number: int, noun: str, plural: str = "") -> str:
    """Return e.g. `1 finding`, `1,204 findings`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _prefix(text: str, width: int) -> str:
    """Return the longest start of `text` that takes at most `width` columns."""
    room = width
    for at, character in enumerate(text):
        room -= _width(character)
        if room < 0:
            return text[:at]
    return text


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code in _UNDECODED:
        code -= 0xDC00
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code in _BYTE else f"\\u{code:04x}")
