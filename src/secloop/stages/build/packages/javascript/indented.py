"""Locks that a program wrote as indented `key: value` lines (pnpm, Yarn), read line by line.

Only the subset of YAML that these programs write: no anchors, no block text, one line per scalar. It is some twenty
times faster than a YAML parser, keeps the line of every key, and one bad line costs itself only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import Problem, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAX_DEPTH = 40
_MAX_PROBLEMS = 1000
_DOUBLE = lazy(r"\"((?:[^\"\\]++|\\.)*+)\"")
_SINGLE = lazy(r"'((?:[^']++|'')*+)'")
_ESCAPE = lazy(r"\\(.)")
_FLOW = lazy(r"[{,]\s*+(\"[^\"]*+\"|'[^']*+'|[\w@./-]++)\s*+:\s++(\"(?:[^\"\\]++|\\.)*+\"|'(?:[^']++|'')*+'|[^,{}]++)")


class Block(dict[str, Any]):
    """A key's indented lines: scalars as written, or blocks; `lines` holds the line (from 1) of each key."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.lines: dict[str, int] = {}

    def block(self, key: str) -> Block:
        """Return the block below `key`, an empty one where there is none."""
        found = self.get(key)
        return found if isinstance(found, Block) else Block()

    def text(self, key: str) -> str:
        """Return the scalar of `key` without quotes, empty where there is none."""
        found = self.get(key)
        return scalar(found) if isinstance(found, str) else ""


def scalar(value: str) -> str:
    """Return a scalar without its quotes."""
    if value[:1] == '"' and (found := _DOUBLE.fullmatch(value)):
        return _ESCAPE.sub(r"\1", found[1])
    if value[:1] == "'" and (found := _SINGLE.fullmatch(value)):
        return found[1].replace("''", "'")
    return value


def flow(value: Any) -> dict[str, str]:
    """Return the scalars of a one-line `{key: value}`; of a block, its own."""
    if isinstance(value, Block):
        return {key: value.text(key) for key in value if isinstance(value[key], str)}
    if not isinstance(value, str) or not value.startswith("{"):
        return {}
    return {scalar(found[1]): scalar(found[2].strip()) for found in _FLOW.finditer(value)}


def yaml_pair(body: str) -> tuple[str, str] | None:
    """Return (key, value as written) of a line `key: value` or `key:`; None for anything else."""
    if body[0] in "\"'":
        found = (_DOUBLE if body[0] == '"' else _SINGLE).match(body)
        if found is None or body[found.end() : found.end() + 1] != ":":
            return None
        return scalar(found[0]), body[found.end() + 1 :].strip()
    key, colon, value = body.partition(": ")
    if colon:
        return key, value.strip()
    return (body[:-1], "") if body.endswith(":") else None


def yarn_pair(body: str) -> tuple[str, str] | None:
    """Return (key, value) of a line of Yarn 1: `key value`, or `pattern, pattern:` with its quotes left in."""
    if body.endswith(":"):
        return body[:-1], ""
    if body[0] == '"':
        found = _DOUBLE.match(body)
        return (found[1], body[found.end() :].strip()) if found else None
    key, space, value = body.partition(" ")
    return (key, value.strip()) if space else None


def read_indented(text: str, pair: Callable[[str], tuple[str, str] | None]) -> tuple[Block, list[Problem]]:
    """Return the document and what could not be read of it. Raises: UnreadableError when that is everything."""
    root = Block()
    problems: list[Problem] = []
    stack: list[tuple[int, Block]] = [(-1, root)]
    skip: int | None = None  # the indent whose deeper lines continue a scalar or a list item
    for number, indent, body in _lines(text):
        if skip is not None and indent > skip:
            continue
        skip = indent
        if body == "-" or body.startswith(("- ", "---")):
            continue
        found = pair(body)
        if found is None or len(stack) > _MAX_DEPTH:
            problems.append(Problem(line=number, reason="not a line of this format"))
            if len(problems) > _MAX_PROBLEMS:
                break
            continue
        while stack[-1][0] >= indent:
            stack.pop()
        parent = stack[-1][1]
        key, value = found
        parent.lines[key] = number
        if value:
            parent[key] = value
        else:
            parent[key] = below = Block()
            stack.append((indent, below))
            skip = None
    if problems and not root:
        raise UnreadableError(problems[0].reason, problems[0].line)
    return root, problems


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (line, indent, content) of what is neither empty nor a comment.

    A key of over 1,024 characters stands on a line of its own: `? key`, and below it `:` with what belongs to it.
    """
    long_key = ""
    for number, raw in enumerate(text.split("\n"), 1):
        body = raw.strip()
        if not body or body[0] == "#":
            continue
        indent = len(raw) - len(raw.lstrip(" "))
        if body.startswith("? "):
            long_key = body[2:].strip()
        elif long_key and body[0] == ":":
            yield number, indent, f"{long_key}:"
            long_key, rest = "", body[1:].lstrip()
            if rest:
                yield number, indent + len(body) - len(rest), rest
        else:
            yield number, indent, body
