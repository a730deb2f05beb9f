"""RPM versions, `[epoch:]version[-release]` (rpm-version(7)): Red Hat and everything that packages with RPM."""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import number

_EPOCH = lazy(r"\s*+(?:([0-9]++):)?")
_SEGMENT = lazy(r"([0-9]++)|([A-Za-z]++)|([~^])")
# What may follow equal segments, in order: `~`, nothing, `^`, letters, digits. All are below the letters they end.
_TILDE, _END, _CARET, _LETTERS, _DIGITS = "\x01", "\x02", "\x03", "\x04", "\x05"


def key(version: str) -> str:
    """Return a sort key; total over all strings. Without a release a version is before all its releases."""
    found = _EPOCH.match(version)
    epoch, rest = (found[1] or "", version[found.end() :]) if found else ("", version)
    own, dash, release = rest.partition("-")
    return number(epoch) + _part(own) + (_part(release) if dash else "")


def _part(text: str) -> str:
    out: list[str] = []
    for digits, letters, mark in _SEGMENT.findall(text):
        if digits:
            out.append(_DIGITS + number(digits))
        elif letters:
            out.append(_LETTERS + letters)
        else:
            out.append(_TILDE if mark == "~" else _CARET)
    return "".join(out) + _END
