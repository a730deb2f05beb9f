"""Debian and Ubuntu versions, `[epoch:]upstream[-revision]` (deb-version(7)); opam orders versions alike."""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import number

_RUNS = lazy(r"([^0-9]*+)([0-9]*+)")
_EPOCH = lazy(r"\s*+(?:([0-9]++):)?")
_TILDE, _END = "\x01", "\x02"

# "~" is before the end of a part, letters are after it, and everything else is after letters.
_ORDER = {code: 0x2000 + code for code in range(128) if not chr(code).isalpha()} | {ord("~"): ord(_TILDE)}


def key(version: str) -> str:
    """Return a sort key; total over all strings."""
    found = _EPOCH.match(version)
    epoch, rest = (found[1] or "", version[found.end() :].rstrip()) if found else ("", version)
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return number(epoch) + _part(upstream) + _part(revision)


def _part(text: str) -> str:
    """Return non-digits and numbers in turn, ended as the shortest continuation would be."""
    runs = [run for run in _RUNS.findall(text) if run != ("", "")] or [("", "")]
    return "".join(f"{other.translate(_ORDER)}{_END}{number(digits)}" for other, digits in runs) + _END
