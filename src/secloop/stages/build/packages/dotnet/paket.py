"""Paket: `paket.lock` (https://fsprojects.github.io/Paket/lock-file.html) and `paket.dependencies`.

Both are indented text. A lock has sections by kind of source, then `remote:`, then packages, then what these need.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    BUILD,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.dotnet.versions import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_SECTIONS = frozenset({"NUGET", "GITHUB", "GIT", "GIST", "HTTP"})
_OPTION = lazy(r"[A-Z-]+:")
_LOCKED = lazy(r"(\S+) \(([^()\s]+)\)(?:\s.*)?")
_NEEDED = lazy(r"(\S+)(?:\s.*)?")
_COMMENT = lazy(r"\s*(?://|#).*")
_WISH = lazy(r"(?i:nuget|clitool)\s++([\w.-]++)\s*+(.*)")
_PINNED = lazy(r"(?:==?\s*+)?(\d[^\s,:]*+)(?:\s+[a-z_]+:.*)?")
_LOWEST = lazy(r">=\s*+(\d[^\s,:]*+)\s+(?:[^:]*:\s*\w+,\s*)*+lowest_matching:\s*true\b.*")
_REPOSITORY = lazy(r"(?i:github)\s++([\w.-]++/[\w.-]++)(?::([\w./-]++))?(?:\s.*)?")
_NUGET_ORG = ("https://api.nuget.org", "https://www.nuget.org", "https://nuget.org", "http://www.nuget.org")
_PACKAGE, _NEED = 4, 6
"""Columns at which packages and their needs start."""


class PaketLock(Extractor):
    """`paket.lock`: what each group resolves to; files of GitHub count as their repository."""

    name = "paket.lock"
    ecosystem = "NuGet"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is Paket's lock."""
        return path.rpartition("/")[2].lower() == "paket.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages and edges; the direct ones stand in `paket.dependencies`. Raises: UnreadableError."""
        reading = _Lock()
        for number, raw in enumerate(text_of(file).splitlines(), 1):
            if raw.strip():
                reading.line(number, raw.rstrip())
        if not reading.sections and reading.problems:
            raise UnreadableError("not a lock of Paket: it has no section", reading.problems[0].line)
        packages, problems = bounded(reading.packages(), reading.problems)
        return Extracted(packages=packages, problems=problems)


class _Lock:
    """A lock, line by line."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sections = 0
        self._group = ""
        self._section = ""
        self._remote = ""
        self._found: dict[str, Package] = {}
        self._needs: dict[str, list[str]] = {}
        self._last = ""

    def line(self, number: int, text: str) -> None:
        """Take one line that is not blank."""
        column, word = len(text) - len(text.lstrip()), text.strip()
        if column == 0:
            self._head(number, word)
        elif word.startswith(("remote:", "specs:")):
            self._remote = word.removeprefix("remote:").strip() if word.startswith("remote:") else self._remote
        elif column <= _PACKAGE and (found := _LOCKED.fullmatch(word)):
            self._package(number, found[1], found[2])
        elif column >= _NEED and self._last and (needed := _NEEDED.fullmatch(word)):
            self._needs[self._last].append(f"{self._group}/{needed[1].lower()}")
        elif column <= _PACKAGE and self._section in {"NUGET", "GITHUB"}:
            self.problems.append(Problem(line=number, reason="not a package as Paket writes it"))

    def packages(self) -> list[Package]:
        """Return the packages with their edges."""
        return [
            Package(
                key=key,
                name=one.name,
                version=one.version,
                line=one.line,
                needs=tuple(dict.fromkeys(self._needs[key])),
                scope=one.scope,
                ecosystem=one.ecosystem,
                origin=one.origin,
            )
            for key, one in self._found.items()
        ]

    def _head(self, number: int, word: str) -> None:
        self._last = ""
        if word.startswith("GROUP "):
            self._group, self._section = word.removeprefix("GROUP ").strip(), ""
        elif word in _SECTIONS:
            self._section = word
            self.sections += 1
        elif not _OPTION.match(word):
            self.problems.append(Problem(line=number, reason=f"{word[:80]!r} is no section"))

    def _package(self, number: int, name: str, version: str) -> None:
        self._last = ""
        if self._section == "NUGET":
            self._last = f"{self._group}/{name.lower()}"
            ecosystem, origin = "", "" if self._remote.startswith(_NUGET_ORG) else self._remote
        elif self._section == "GITHUB":
            self._last, name = f"{self._group}/{self._remote}@{version}", self._remote
            ecosystem, origin = "git", f"https://github.com/{self._remote}"
        else:
            return
        self._needs.setdefault(self._last, [])
        scope = _scope(self._group)
        self._found.setdefault(
            self._last,
            Package(
                key=self._last,
                name=name,
                version=version,
                line=number,
                scope=scope,
                ecosystem=ecosystem,
                origin=origin,
            ),
        )


class PaketDependencies(Extractor):
    """`paket.dependencies`: wishes; Paket takes the highest version that one allows, so only exact ones have one.

    `lowest_matching: true` turns that round, as NuGet has it.
    """

    name = "paket.dependencies"
    ecosystem = "NuGet"

    def wants(self, path: str) -> bool:
        """Return whether this is Paket's manifest."""
        return path.rpartition("/")[2].lower() == "paket.dependencies"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes of all groups."""
        packages, problems = bounded(list(_wishes(text_of(file))), [])
        return Extracted(packages=packages, problems=problems)


def _wishes(text: str) -> Iterator[Package]:
    group = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = _without_comment(raw)
        if line.lower().startswith("group "):
            group = line[len("group ") :].strip()
        elif wish := _WISH.fullmatch(line):
            pinned = _PINNED.fullmatch(wish[2].strip()) or _LOWEST.fullmatch(wish[2].strip())
            version = resolved(pinned[1]) if pinned else ""
            scope = BUILD if line.lower().startswith("clitool") else _scope(group)
            constraint = "" if version else wish[2].strip()
            key = f"{wish[1]}:{number}"
            yield Package(
                key=key, name=wish[1], version=version, line=number, direct=True, scope=scope, constraint=constraint
            )
        elif repository := _REPOSITORY.fullmatch(line):
            yield Package(
                key=f"{repository[1]}:{number}",
                name=repository[1],
                version=repository[2] or "",
                line=number,
                direct=True,
                scope=_scope(group),
                ecosystem="git",
                origin=f"https://github.com/{repository[1]}",
            )


def _without_comment(raw: str) -> str:
    """Return a line without its comment; the `//` of an address is none."""
    line = raw.strip()
    if line.startswith(("#", "//")):
        return ""
    cut = _COMMENT.search(re.sub(r"://", ":  ", line))
    return line[: cut.start()].strip() if cut else line


def _scope(group: str) -> str:
    """Return the scope of a group; a group is named for what it is used for, `Main` is the unnamed one."""
    if group.lower() in {"", "main"}:
        return RUNTIME
    return BUILD if "build" in group.lower() else group_scope(group) or RUNTIME
