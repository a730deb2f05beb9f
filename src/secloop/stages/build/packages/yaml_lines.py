"""The `key: value` lines of a hand-written YAML file, each with the keys above it, its line and its comment.

For files that are templates (Helm), hold several documents, or matter for their comments (`uses: x@<commit> # v1.2.3`).
Block text is passed over; what cannot be told line by line (aliases, `{}` over several lines) is not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEM = "-"
"""What stands in a path for an entry of a list."""

_MAX_DEPTH = 64
_KEY = lazy(r"(?:\"([^\"]*+)\"|'([^']*+)'|([^\s#'\"{\[&*!|>%@`-][^:#]*+))[ \t]*+:(?:[ \t]++(.*+)|$)")
_VALUE = lazy(
    r"(?:[&!][^\s]*+\s++)*+(?:\"((?:[^\"\\]++|\\.)*+)\"|'((?:[^']++|'')*+)'|((?:[^#\s]++|\s++(?!#)|(?<!\s)#)*+))"
)
_BLOCK = lazy(r"(?:[&!][^\s]*+\s++)*+[|>][-+0-9]*+\s*+(?:#.*+)?")
_COMMENT = lazy(r"(?:^|\s)#\s*+(.*+)")
_FLOW = lazy(r"[{,]\s*+([\w.-]++)\s*+:\s++(\"[^\"]*+\"|'[^']*+'|[^,{}\[\]]++)")


class Entry(NamedTuple):
    """One line: its number (from 1), the keys from the top to its own, its scalar without quotes, its comment."""

    line: int
    path: tuple[str, ...]
    value: str
    comment: str


def entries(text: str) -> Iterator[Entry]:
    """Yield every `key: value` line, and every scalar entry of a list with `ITEM` as its last key."""
    stack: list[tuple[int, str]] = []
    skip = -1  # the indent of a key whose value is block text, below which lines are text
    for number, raw in enumerate(text.split("\n"), 1):
        body = raw.strip()
        if not body or body[0] == "#":
            continue
        indent = len(raw) - len(raw.lstrip(" "))
        if skip >= 0 and indent > skip:
            continue
        skip = -1
        if body.startswith("---"):
            stack.clear()
            continue
        indent, body = _items(stack, indent, body)
        if len(stack) > _MAX_DEPTH:
            continue
        found = _KEY.match(body)
        if found is None:
            yield from _bare(number, stack, body)
            continue
        while stack and stack[-1][0] >= indent:
            stack.pop()
        stack.append((indent, (found[1] or found[2] or found[3] or "").strip()))
        value = found[4] or ""
        if _BLOCK.fullmatch(value):
            skip = indent
            value = ""
        path = tuple(key for _, key in stack)
        yield Entry(number, path, *_scalar(value))
        yield from _flow(number, path, value)


def _items(stack: list[tuple[int, str]], indent: int, body: str) -> tuple[int, str]:
    """Push the list entries that a line opens (`- - key: value`); return the indent and text of what follows."""
    while body == ITEM or body.startswith("- "):
        while stack and (stack[-1][0] > indent or stack[-1] == (indent, ITEM)):
            stack.pop()
        stack.append((indent, ITEM))
        rest = body[1:].lstrip()
        indent += len(body) - len(rest)
        body = rest
        if not body or len(stack) > _MAX_DEPTH:
            break
    return indent, body


def _bare(number: int, stack: list[tuple[int, str]], body: str) -> Iterator[Entry]:
    """Yield a list's scalar, or the pairs of its one-line mapping."""
    if not body or not stack or stack[-1][1] != ITEM:
        return
    path = tuple(key for _, key in stack)
    if body[0] == "{":
        yield from _flow(number, path, body)
    else:
        yield Entry(number, path, *_scalar(body))


def _flow(number: int, path: tuple[str, ...], value: str) -> Iterator[Entry]:
    if value[:1] == "{":
        for found in _FLOW.finditer(value):
            yield Entry(number, (*path, found[1]), found[2].strip().strip("\"'"), "")


def _scalar(text: str) -> tuple[str, str]:
    """Return (scalar without quotes, comment)."""
    found = _VALUE.match(text)
    if found is None:
        return "", ""
    comment = _COMMENT.search(text, max(found.end() - 1, 0))
    value = found[1] or (found[2] or "").replace("''", "'") or found[3] or ""
    return value.strip(), comment[1].strip() if comment else ""
