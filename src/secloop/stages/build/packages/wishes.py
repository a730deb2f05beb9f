"""A manifest's wishes on their way to `Extracted`, and where values stand in a text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import RUNTIME, Extracted, Package, Problem, bounded

if TYPE_CHECKING:
    from collections.abc import Iterable


class Wishes:
    """What a manifest asks for: every wish is a direct dependency."""

    def __init__(self) -> None:
        """Start empty."""
        self._packages: list[Package] = []
        self._problems: list[Problem] = []

    def add(  # noqa: PLR0913 - the fields of a package, all by name
        self,
        name: str,
        line: int,
        *,
        version: str = "",
        constraint: str = "",
        scope: str = RUNTIME,
        origin: str = "",
        own: bool = False,
        ecosystem: str = "",
    ) -> None:
        """Add one wish; a pin and `*` leave no constraint."""
        self._packages.append(
            Package(
                key=f"{name}:{len(self._packages)}",
                name=name,
                version=version,
                line=line,
                direct=True,
                scope=scope,
                own=own,
                ecosystem=ecosystem,
                constraint="" if version or constraint.strip() == "*" else constraint.strip(),
                origin=origin,
            ),
        )

    def bad(self, line: int, reason: str) -> None:
        """Note a part that cannot be read."""
        self._problems.append(Problem(line=line, reason=reason))

    def extracted(self) -> Extracted:
        """Return what was added."""
        return extracted(self._packages, self._problems)


def extracted(packages: list[Package], problems: Iterable[Problem] = ()) -> Extracted:
    """Return packages and problems within the bounds."""
    kept, problems_out = bounded(packages, list(problems))
    return Extracted(packages=kept, problems=problems_out)


class LineIndex:
    """The lines of a text by offset, found by bisection."""

    def __init__(self, text: str) -> None:
        """Find the line ends of `text` once."""
        self._ends = [found.start() for found in re.finditer("\n", text)]

    def at(self, offset: int) -> int:
        """Return the line (from 1) of the character at `offset`."""
        return bisect_left(self._ends, offset) + 1


class ValueLines:
    """The lines of a text at which a pattern's first group stands, by the value of that group, in order."""

    def __init__(self, text: str, pattern: str) -> None:
        """Find all matches of `pattern` in one pass."""
        self._lines: dict[str, deque[int]] = {}
        line, at = 1, 0
        for found in re.finditer(pattern, text, re.MULTILINE):
            line += text.count("\n", at, found.start(1))
            at = found.start(1)
            self._lines.setdefault(found[1], deque()).append(line)

    def take(self, value: str) -> int:
        """Return the line of the next not yet taken place of `value`; the last one again; 1 if there is none."""
        lines = self._lines.get(value)
        if not lines:
            return 1
        return lines.popleft() if len(lines) > 1 else lines[0]


def json_values(text: str, key: str) -> ValueLines:
    """Return the lines of the string values of `key` in a JSON text."""
    return ValueLines(text, rf'"{key}"\s*+:\s*+"([^"\\\n]*+)"')
