"""Imports by plain search: at a twentieth of the cost of parsing, and nothing that is imported is missed.

Every import of Python holds the word `import`, so the search goes from one to the next and looks at its line. What
stands in a comment is left out; what stands in a string may be found as well.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from secloop.model.facts import Import
from secloop.model.regex import lazy
from secloop.stages.build.reach.files import GO, JAVASCRIPT, PYTHON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST = 2_000
"""Imports of one file; a file with more is data."""

_LONGEST = 200
_MOST_CONTINUED = 100

_STATEMENT = lazy(
    rb"(?:from[ \t]++(?P<module>[\w.]{1,200})[ \t]*+(?:\\\s*+)?import\b|c?import[ \t]++(?P<names>[^#;\n]++))"
)
_STARTS = lazy(rb'[ \t]*+"?')  # a line of a notebook is a string of JSON
_LATER = lazy(rb"[;:][ \t]*+(?=from\b|c?import\b)")
_PLAIN = lazy(rb"[^\W.][\w.]*+").fullmatch
_NAME = lazy(rb"[ \t]*+([\w.]{1,200})")
_CALLED = lazy(rb"(?:import_\w++|importorskip|__import__)[ \t]*+\(\s*+[\"']([\w.]{1,200})")
_CALLING = (b"import_", b"importorskip")
_BUILT_IN = frozenset(name.encode() for name in sys.stdlib_module_names) | {b"__future__"}

# In the order of their literal starts, by which the regular expression engine skips: `from "x"`, `require("x")`,
# `import "x"` and `import("x")`, and those of style sheets.
_SPECIFIERS = (
    re.compile(rb"from\s{0,9}[\"']([^\"'\n]{1,200})[\"']"),
    re.compile(rb"require(?:\.resolve)?\s{0,9}\(\s{0,99}[\"'`]([^\"'`\n]{1,200})[\"'`]"),
    re.compile(rb"import\s{0,9}(?:\(\s{0,99}(?:/\*[^*]{0,200}\*/\s{0,99})?)?[\"'`]([^\"'`\n]{1,200})[\"'`]"),
    re.compile(rb"@(?:use|forward|reference|plugin)\s{1,9}[\"']([^\"'\n]{1,200})[\"']"),
)
_OUTSIDE = lazy(rb"[~@\w]")  # a path starts with a dot or a slash, an alias of a bundler with # or $

_GO_ONE = lazy(rb"import[ \t]++(?:[\w.]++[ \t]++)?[\"`]([^\"`\n]{1,200})")
_GO_MANY = lazy(rb"import[ \t]*+\(")
_GO_LINE = lazy(rb"[ \t]*+(?:[\w.]++[ \t]++)?[\"`]([^\"`\n]{1,200})")


def imports_in(data: bytes, language: str) -> tuple[Import, ...]:
    """Return what a file in `files.PYTHON`, `JAVASCRIPT` or `GO` imports, each module once, by line.

    Left out is what a package of a registry can never be: the standard library of Python, relative imports and paths.
    """
    first: dict[bytes, int] = {}
    for module, at in _FINDERS[language](data):
        if module not in first or at < first[module]:
            first[module] = at
        if len(first) >= MOST:
            break
    line, before = 1, 0
    out: list[Import] = []
    for module, at in sorted(first.items(), key=lambda item: item[1]):
        line += data.count(b"\n", before, at)
        before = at
        out.append(Import(module=module.decode("utf-8", "replace"), line=line))
    return tuple(out)


def _of_python(data: bytes) -> Iterator[tuple[bytes, int]]:
    at = data.find(b"import")
    while at != -1:
        start = data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        end = len(data) if end == -1 else end
        module = _plain(data[start:end].strip()) if data[start - 2 : start - 1] != b"\\" else b""
        if module:
            if module.partition(b".")[0] not in _BUILT_IN:
                yield module, start
        else:
            for module in _python_modules(data, _start_of(data, start), end):
                if module.partition(b".")[0] not in _BUILT_IN and not module.startswith(b"."):
                    yield module, start
        at = data.find(b"import", end)


def _plain(line: bytes) -> bytes:
    """Return the module of `from a.b import c` or `import a.b`, as nearly every line has it; empty for any other."""
    if line.startswith(b"from "):
        module, _, rest = line[5:].partition(b" import ")
        return module if _PLAIN(module) and b";" not in rest else b""
    module = line[7:] if line.startswith(b"import ") else b""
    return module if _PLAIN(module) else b""


def _start_of(data: bytes, start: int) -> int:
    """Return where the logical line starts: `from a` and a backslash may stand on the line before `import b`."""
    if start > 1 and data[start - 2 : start - 1] == b"\\":
        return data.rfind(b"\n", 0, start - 1) + 1
    return start


def _python_modules(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yield what the statements of a line import, and calls that import. Most lines hold one statement and no call."""
    line = data[start:end]
    starts = [first.end()] if (first := _STARTS.match(line)) else []
    if b";" in line or b":" in line:
        starts += [match.end() for match in _LATER.finditer(line)]
    for at in starts:
        if found := _STATEMENT.match(line, at):
            if found["module"]:
                yield found["module"]
            else:
                yield from _names(data, found["names"], end)
    if any(word in line for word in _CALLING):
        for match in _CALLED.finditer(data, start, min(end + _LONGEST, len(data))):
            yield match[1]


def _names(data: bytes, names: bytes, end: int) -> Iterator[bytes]:
    """Yield the modules of `import a, b as c`, whose line may be continued behind `end`."""
    for _ in range(_MOST_CONTINUED):
        if not names.rstrip().endswith(b"\\") or end >= len(data):
            break
        line, end = end + 1, data.find(b"\n", end + 1)
        end = len(data) if end == -1 else end
        names = names.rstrip().rstrip(b"\\") + data[line:end]
    for name in names.split(b","):
        if found := _NAME.match(name):
            yield found[1]


def _of_javascript(data: bytes) -> Iterator[tuple[bytes, int]]:
    for pattern in _SPECIFIERS:
        for match in pattern.finditer(data):
            if _OUTSIDE.match(match[1]):
                yield match[1].lstrip(b"~"), match.start()


def _of_go(data: bytes) -> Iterator[tuple[bytes, int]]:
    at = data.find(b"import")
    while at != -1:
        start = data.rfind(b"\n", 0, at) + 1
        if not data[start:at].strip():
            if match := _GO_ONE.match(data, at):
                yield match[1], at
            elif match := _GO_MANY.match(data, at):
                yield from _go_block(data, match.end())
        at = data.find(b"import", at + 6)


def _go_block(data: bytes, at: int) -> Iterator[tuple[bytes, int]]:
    """Yield the paths of `import ( ... )`, which gofmt writes one a line."""
    for _ in range(MOST):
        end = data.find(b"\n", at)
        end = len(data) if end == -1 else end
        if match := _GO_LINE.match(data, at, end):
            yield match[1], at
        elif data[at:end].lstrip().startswith(b")") or end == len(data):
            return
        at = end + 1


_FINDERS: dict[str, Callable[[bytes], Iterator[tuple[bytes, int]]]] = {
    PYTHON: _of_python,
    JAVASCRIPT: _of_javascript,
    GO: _of_go,
}
