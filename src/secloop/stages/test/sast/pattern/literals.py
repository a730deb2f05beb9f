"""How a pattern's strings and numbers match: `"..."`, `"=~/re/"`, `"$X"`, and interpolated ones part by part."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import re2

from secloop.stages.test.sast.pattern.env import bound
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from secloop.stages.test.sast.pattern.env import Env, Envs

_REGEX = re.compile(r"=~/(.*)/([imsx]*)", re.DOTALL)
_HOLE = re.compile(r"\$([A-Z_][A-Z_0-9]*)")
_ELLIPSIS = "..."


def matches_string(pattern: Node, node: Node, env: Env) -> Envs:
    """Match a string without interpolation, of the pattern, with a literal of the code."""
    want = pattern.value or ""
    if want == _ELLIPSIS:
        return [env]
    if node.value is None:
        return []
    if want == node.value:
        return [env]
    if want.startswith("=~/"):
        found = _REGEX.fullmatch(want)
        return [env] if found is not None and searches(found[1], found[2], node.value) else []
    if "$" in want:
        return _matches_holes(want, node, env)
    return []


def _matches_holes(want: str, node: Node, env: Env) -> Envs:
    """Match `"$X"` and `"pre$X"`: each hole takes what stands there."""
    names = _HOLE.findall(want)
    if not names:
        return []
    pieces = _HOLE.split(want)
    regex = "".join(
        re.escape(piece).replace(r"\.\.\.", ".*") if i % 2 == 0 else "(.*)" for i, piece in enumerate(pieces)
    )
    found = compiled(f"(?s)^(?:{regex})$").search(node.value or "")
    if found is None:
        return []
    envs: Envs = [env]
    for name, value in zip(names, found.groups(), strict=True):
        text = Node("text", node.start, node.end, None, value)
        envs = [more for one in envs for more in bound(one, name, text)]
    return envs


@lru_cache(maxsize=4096)
def compiled(regex: str) -> re2._Regexp[str] | re.Pattern[str]:
    """Return a compiled regex: RE2 where it can, Python's own for what RE2 has not (look-around, back references).

    Raises:
        re.error: neither reads it.
    """
    try:
        return re2.compile(regex, _quiet())
    except re2.error:
        return re.compile(regex)


@lru_cache(maxsize=1)
def _quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False  # it would write to standard error what Python's own engine then reads
    return options


def searches(regex: str, flags: str, text: str) -> bool:
    """Say whether a regex is found in the text."""
    prefix = f"(?{''.join(sorted(set(flags)))})" if flags else ""
    try:
        return compiled(prefix + regex).search(text) is not None
    except re.error:
        return False


def parts_of(node: Node) -> list[Node]:
    """Return a string as its parts: texts and holes."""
    if node.kids:
        return node.kids
    return [Node("text", node.start, node.end, None, node.value)] if node.value else []


_MARKS = re.compile(r"(?P<dots>\.\.\.)|\$\.\.\.(?P<many>[A-Z_][A-Z_0-9]*)|\$(?P<one>[A-Z_][A-Z_0-9]*)")


def text_parts(pattern: Node) -> list[Node]:
    """Return an interpolated pattern's parts; marks in its text (`...`, `$X`, `$...X`) are parts of their own."""
    out: list[Node] = []
    for part in parts_of(pattern):
        if part.kind != "text":
            out.append(part)
            continue
        text, at = part.value or "", 0
        for found in _MARKS.finditer(text):
            if found.start() > at:
                out.append(Node("text", part.start, part.end, None, text[at : found.start()]))
            kind = "dots" if found["dots"] else "mvars" if found["many"] else "mvar"
            out.append(Node(kind, part.start, part.end, None, found["many"] or found["one"]))
            at = found.end()
        if at < len(text):
            out.append(Node("text", part.start, part.end, None, text[at:]))
    return out
