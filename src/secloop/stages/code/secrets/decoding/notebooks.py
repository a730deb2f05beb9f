"""Jupyter notebooks: the text of their cells and outputs, as it was typed, with the way back to the JSON.

A cell's source is a list of JSON strings, one a line. Source: the notebook format, version 4.5.
"""

from __future__ import annotations

import json
import re

from secloop.model.regex import lazy
from secloop.stages.code.secrets.decoding.encodings import Segment
from secloop.stages.code.secrets.decoding.views import View

_STRING = lazy(rb'"([^"\\]*(?:\\.[^"\\]*)*)(?:"(\s{0,50}:)?)?', re.DOTALL)
"""A string, and a colon behind a key. One that is never closed matches too: a second try would be quadratic."""

_SIMPLE = {b"\\n": b"\n", b"\\t": b"\t", b"\\r": b"\r", b"\\b": b"\b", b"\\f": b"\f"}
_ESCAPE = lazy(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[0-9A-Fa-f]{4}|\\.")
_TEXTS = frozenset({b"source", b"text", b"text/plain", b"text/html", b"application/json", b"traceback", b"evalue"})
_MAX_STRINGS = 100_000
_MAX_ESCAPES = 300_000


def notebook(data: bytes) -> tuple[View, bool]:
    """Return the texts of a notebook one after the other, and whether there are more than are looked at.

    Nothing of other JSON; of broken JSON what can be read.
    """
    view, key, strings, escapes = View(), b"", _MAX_STRINGS, _MAX_ESCAPES
    for match in _STRING.finditer(data):
        if match[2]:
            if key in _TEXTS and view.text and not view.text.endswith(b"\n"):
                view.text += b"\n"
            key = match[1]
        elif key in _TEXTS:
            strings -= 1
            escapes -= data.count(b"\\", *match.span(1))
            if strings < 0 or escapes < 0:
                return view, True
            view.join(_segment(data, match.start(1), match.end(1)))
    return view, False


def _segment(data: bytes, start: int, end: int) -> Segment:
    """Return a JSON string's inside."""
    if data.find(b"\\", start, end) == -1:
        return Segment("notebook", start, end, data[start:end])
    out, at = bytearray(), start
    cuts: list[int] = []
    for match in _ESCAPE.finditer(data, start, end):
        out += data[at : match.start()]
        cuts += range(at, match.start())
        character = _unescaped(match[0])
        out += character
        cuts += [match.start()] * len(character)
        at = match.end()
    out += data[at:end]
    cuts += range(at, end + 1)
    return Segment("notebook", start, end, bytes(out), cuts=lambda: cuts)


def _unescaped(escape: bytes) -> bytes:
    if not escape.startswith(b"\\u"):
        return _SIMPLE.get(escape, escape[1:])
    try:
        text: str = json.loads(b'"%s"' % escape)
    except ValueError:
        return escape[1:]
    return text.encode("utf-8", "replace")
