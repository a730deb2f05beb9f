"""Alpine's versions, `1.2.3a_rc4_p5~hash-r6` (apk-package(5)); Wolfi and others that package with apk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.versions.coding import number

if TYPE_CHECKING:
    import re

_TOKEN = lazy(
    r"(?P<digit>\.[0-9]++)|(?P<letter>(?<=[0-9])[a-z])"
    r"|_(?P<suffix>alpha|beta|pre|rc|cvs|svn|git|hg|p)(?P<number>[0-9]*+)"
    r"|(?P<hash>~[0-9a-f]++)|-r(?P<revision>[0-9]*+)"
)
_FIRST = lazy(r"\s*+([0-9]++)")
# What may follow equal tokens, in order: junk, suffixes of what is before the release, nothing, and what is after it.
_INVALID, _END, _REVISION, _HASH, _LETTER, _DIGIT = "\x01", "\x10", "\x11", "\x12", "\x30", "\x31"
_BEFORE = {"alpha": "\x02", "beta": "\x03", "pre": "\x04", "rc": "\x05"}
_AFTER = {"cvs": "\x20", "svn": "\x21", "git": "\x22", "hg": "\x23", "p": "\x24"}
_SUFFIXES = _BEFORE | _AFTER


def key(version: str) -> str:
    """Return a sort key; total over all strings. What is no version is before what it starts like."""
    text = version.strip()
    found = _FIRST.match(text)
    if not found:
        return _INVALID + text
    out, at = [number(found[1])], found.end()
    while at < len(text) and (token := _TOKEN.match(text, at)):
        out.append(_token(token))
        at = token.end()
    return "".join(out) + (_END if at == len(text) else _INVALID + text[at:])


def _token(token: re.Match[str]) -> str:
    if token["digit"]:
        return _DIGIT + _component(token["digit"][1:])
    if token["letter"]:
        return _LETTER + token["letter"]
    if token["suffix"]:
        return _SUFFIXES[token["suffix"]] + number(token["number"])
    return _HASH if token["hash"] else _REVISION + number(token["revision"])


def _component(digits: str) -> str:
    """Return a number after the first: one with a leading zero is a fraction, before all that have none."""
    return f"\x00{digits}\x00" if digits[0] == "0" else number(digits)
