"""TOML for manifests and lock files: whole documents, and lock files block by block.

Lock files are written by machines, one `[[package]]` line per block. Reading each block on its own gives every package
its line, keeps time linear, and loses one block only where one is broken.
"""

from __future__ import annotations

import re
import tomllib
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, table
from secloop.stages.build.packages.base import Problem, UnreadableError
from secloop.stages.build.packages.toml_blocks import pairs

_LINE_IN_MESSAGE = lazy(r"\(at line (\d+)")
# An unclosed quote takes the rest of its line, so that a line is read once whatever it holds.
_QUOTED = lazy(r"\"((?:[^\"\\]++|\\.)*+)\"?|'([^']*+)'?")
_KEY = lazy(r"[ \t]*+(?:\"([^\"]++)\"|'([^']++)'|([A-Za-z0-9_-]++))[ \t]*+[=.]")
_NAME = lazy(r"^name[ \t]*=", re.MULTILINE)
_UNQUOTE = str.maketrans("", "", "\"' \t")


def parse(text: str) -> dict[str, Any]:
    """Return the document. Raises: UnreadableError with the line of the first error."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE_IN_MESSAGE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise UnreadableError(f"not valid TOML: {_LINE_IN_MESSAGE.split(str(error))[0].strip()}", line) from error
    except (
        RecursionError,
        ValueError,
    ) as error:  # ValueError: a number longer than Python converts, an impossible date
        raise UnreadableError("not usable TOML: nested too deep or a value out of range") from error


@dataclass(frozen=True, slots=True)
class Block:
    """One `[[package]]` table and the line of its name."""

    table: dict[str, Any]
    line: int


@dataclass(slots=True)
class Blocks:
    """A lock file in blocks: the top of the file, its packages, and what was broken."""

    head: dict[str, Any]
    packages: list[Block] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def blocks(text: str, array: str = "package") -> Blocks:
    """Return the file as its `[[<array>]]` blocks. Raises: UnreadableError when no block can be read."""
    starts = [found.start() for found in re.finditer(rf"^\[\[{array}\]\][ \t]*(?:#.*)?\r?$", text, re.MULTILINE)]
    out = Blocks(parse(text[: starts[0]] if starts else text))
    out.packages += [Block(table(entry), 1) for entry in items(out.head.get(array))]
    line = text.count("\n", 0, starts[0]) + 1 if starts else 1
    header = f"[[{array}]]\n"
    for start, end in pairwise([*starts, len(text)]):
        try:
            document = _document(text[start:end], header, array)
        except UnreadableError as error:
            out.problems.append(Problem(line=line + max(error.line - 1, 0), reason=error.reason))
        else:
            name = _NAME.search(text, start, end)
            own = line + text.count("\n", start, name.start()) if name else line
            out.packages += [Block(table(entry), own) for entry in items(document.get(array))]
            out.head.update((key, value) for key, value in document.items() if key not in {array, *out.head})
        line += text.count("\n", start, end)
    if out.problems and not out.packages:
        raise UnreadableError(out.problems[0].reason, out.problems[0].line)
    return out


def _document(block: str, header: str, array: str) -> dict[str, Any]:
    """Return one block as a document. Raises: UnreadableError."""
    if block.startswith(header) and (found := pairs(block[len(header) - 1 :])) is not None:
        return {array: [found]}
    return parse(block)


class Positions:
    """Where strings and keys stand in a TOML text, found by one pass over its lines."""

    def __init__(self, text: str) -> None:
        """Read `text`."""
        self._strings: dict[str, deque[int]] = {}
        self._keys: dict[tuple[str, str], int] = {}
        self._sections: dict[str, int] = {}
        section = ""
        for number, line in enumerate(text.split("\n"), 1):
            stripped = line.strip()
            if stripped.startswith("["):
                section = stripped.strip("[").partition("]")[0].translate(_UNQUOTE)
                self._sections.setdefault(section, number)
            elif found := _KEY.match(line):
                self._keys.setdefault((section, found[1] or found[2] or found[3]), number)
            for quoted in _QUOTED.finditer(line):
                self._strings.setdefault(quoted[1] or quoted[2] or "", deque()).append(number)

    def take(self, text: str) -> int:
        """Return the line of the next not yet taken occurrence of a quoted string; the last again; 1 for none."""
        lines = self._strings.get(text)
        if not lines:
            return 1
        return lines.popleft() if len(lines) > 1 else lines[0]

    def key(self, section: str, key: str) -> int:
        """Return the line of `key` in `[section]`, else of the table `[section.key]`, else 1."""
        return self._keys.get((section, key)) or self._sections.get(f"{section}.{key}", 1)
