"""As much of Starlark as names packages: strings and lists of them, put together with `+` and variables.

Starlark (https://bazel.build/rules/language) is syntactically a part of Python, so Python's own parser reads it, and
nothing is run. Values that need more than that are unknown, and are left out.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TEXT = 1 << 20
MAX_DEPTH = 100
"""Brackets inside one another; Python's parser has no bound of its own that is safe to meet."""

_MOST_ITEMS = 100_000
"""Items of all lists of a file together, so that lists that double each other end."""

_LONGEST = 1_000
_LONGEST_SUM = 200
_BRACKET = lazy(r"[\[\](){}]")

Text = tuple[str, int]
"""A string and the line on which it ends up in a list."""


def parse(text: str) -> ast.Module:
    """Return the syntax tree. Raises: UnreadableError with the line."""
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth += 1 if bracket[0] in "[({" else -1
        if depth > MAX_DEPTH:
            raise UnreadableError("not usable Starlark: nested too deep", text.count("\n", 0, bracket.start()) + 1)
    if len(text) > MAX_TEXT:
        raise UnreadableError(f"not usable Starlark: larger than {MAX_TEXT >> 20} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings
            return ast.parse(text)
    except SyntaxError as error:
        raise UnreadableError(f"not valid Starlark: {error.msg}", error.lineno or 0) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableError("not usable Starlark: nested too deep or a NUL in it") from error


class Values:
    """The variables of a file, as far as they are known, in the order of its statements."""

    def __init__(self) -> None:
        """Know nothing."""
        self._texts: dict[str, str] = {}
        self._lists: dict[str, list[Text]] = {}
        self._room = _MOST_ITEMS

    def assign(self, statement: ast.Assign) -> None:
        """Remember what a top-level statement gives to a name."""
        for target in statement.targets:
            if isinstance(target, ast.Name):
                self._texts.pop(target.id, None)
                self._lists.pop(target.id, None)
                if (text := self.text(statement.value)) is not None:
                    self._texts[target.id] = text
                elif found := self.texts(statement.value):
                    self._lists[target.id] = found

    def text(self, node: ast.expr | None) -> str | None:
        """Return the string that an expression is, None where it is none or not known."""
        parts: list[str] = []
        for part in _summands(node):
            known = part.value if isinstance(part, ast.Constant) else None
            known = self._texts.get(part.id) if isinstance(part, ast.Name) else known
            if not isinstance(known, str):
                return None
            parts.append(known)
        whole = "".join(parts)
        return whole if parts and len(whole) <= _LONGEST else None

    def texts(self, node: ast.expr | None) -> list[Text]:
        """Return the strings of a list, with their lines; those that are not known are left out."""
        found: list[Text] = []
        for part in _summands(node) if self._room > 0 else ():
            if isinstance(part, ast.List | ast.Tuple):
                known = ((self.text(item), item.lineno) for item in part.elts)
                found += [(text, line) for text, line in known if text is not None]
            elif isinstance(part, ast.Name):
                found += self._lists.get(part.id, [])
            if len(found) > self._room:
                break
        self._room -= len(found)
        return found


def _summands(node: ast.expr | None) -> Iterator[ast.expr]:
    """Yield what a chain of `+` adds up, from the left; of one that is too long, nothing."""
    stack: list[ast.expr] = [] if node is None else [node]
    parts: list[ast.expr] = []
    while stack and len(parts) < _LONGEST_SUM:
        one = stack.pop()
        if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add):
            stack += [one.right, one.left]
        else:
            parts.append(one)
    yield from () if stack else parts
