"""Text edits of manifests that are proved by reading the file again.

No format has an editor of its own. Where the text of a version stands is found by its spelling, nearest to the line our
reader names; then the file with that text changed is read, and the edit counts only if the reader sees the wanted
version at the wanted package, and nothing else changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.errors import SecloopError
from secloop.model.finding import Edit
from secloop.model.fix import digest, encoding_of
from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.registry import extractor_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from secloop.stages.build.packages.base import Package

EDITABLE = frozenset({
    "Cargo.toml", "Directory.Packages.props", "Gemfile", "MODULE.bazel", "Package.swift", "Pipfile", "build.gradle",
    "Chart.yaml", "composer.json", "conanfile", "cpanfile", "csproj", "deno.json", "dockerfile", "dotnet-tools.json",
    "environment.yml", "gemspec", "gleam.toml", "global.json", "go.mod", "libs.versions.toml", "mix.exs",
    "package.json", "paket.dependencies", "pom.xml", "pre-commit", "pubspec.yaml", "pyproject.toml",
    "requirements.txt", "setup.cfg", "setup.py", "workflow", "*.nimble", "*.cabal",
})  # fmt: skip
"""Readers whose files people write, and whose versions may be changed in place."""

_MOST_PLACES = 40
_MOST_BYTES = 32 << 20
_LONGEST = 4 << 20
_EDGE_BEFORE = r"(?:(?<![0-9A-Za-z.+_-])v?|(?<=\bgo))"
_EDGE_AFTER = r"(?![0-9A-Za-z_+-]|\.[0-9A-Za-z*])"


class Spot(NamedTuple):
    """A version as a manifest writes it: of which package, by its reader's spelling, pinned or wished, and its line."""

    name: str
    text: str
    line: int


class Found(NamedTuple):
    """Edits that move a package, and the names of other packages whose version hangs on the same text."""

    edits: tuple[Edit, ...]
    shared: tuple[str, ...]


@dataclass
class Budget:
    """How many bytes may still be read again in one plan: a hostile tree must not take for ever."""

    left: int = _MOST_BYTES


class Manifest:
    """A manifest and what its reader sees in it."""

    def __init__(self, path: str, data: bytes, near: Mapping[str, bytes], budget: Budget) -> None:
        """Read a file of the tree. `near` are files its reader may refer to. Raises: UnreadableError."""
        reader = extractor_for(path)
        if reader is None or len(data) > _LONGEST:
            raise UnreadableError("not a file that can be edited")
        self.path, self.data, self.reader, self.budget = path, data, reader, budget
        self.encoding = encoding_of(data)
        self.near = {name: _source(name, content) for name, content in near.items()}
        try:
            self.text = data.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise UnreadableError("not UTF-8 text") from error
        self.packages = self._read(self.text)

    @property
    def is_over_budget(self) -> bool:
        """Whether nothing can be proved any more, because too much was read again."""
        return self.budget.left < 0

    @property
    def is_editable(self) -> bool:
        """Whether people write this file and its versions may be changed in place."""
        return self.reader.name in EDITABLE

    def spots(self, name: str) -> list[Spot]:
        """Return where a package, by its reader's spelling, is pinned or wished for, each text once."""
        found = {value(p): p.line for p in reversed(self.packages) if p.name == name and value(p)}
        return [Spot(name, text, line) for text, line in found.items()]

    def is_hashed(self, name: str) -> bool:
        """Return whether the file holds digests of a package, which only the package itself can renew."""
        return any(p.hashes for p in self.packages if p.name == name)

    def move(self, spot: Spot, raised: Callable[[str], str], carrier: Manifest | None = None) -> Found | None:
        """Return the edits that change a spot to `raised(its text)` and nothing else; None where none is proved.

        Where packages share one text (a property, a variable), those of the same old version move with it. `carrier` is
        another file that the version may stand in: a parent's property, a list of central versions.
        """
        if self.is_hashed(spot.name):
            return None
        written = carrier or self
        places = written.places(spot, 1 if carrier else spot.line)
        for shares in (False, True):
            made: list[tuple[int, int, str]] = []
            seen: frozenset[int] = frozenset()
            for start, end in places:
                new = raised(written.text[start:end])
                trial = [*made, (start, end, new)]
                moved = self._moved(spot, trial, new, written, shares=shares) if new else frozenset()
                if len(moved) <= len(seen):
                    continue
                made, seen = trial, moved
                if self._is_done(spot, seen):
                    names = {self.packages[n].name for n in seen} - {spot.name}
                    return Found(tuple(written.edit(*one) for one in sorted(made)), tuple(sorted(names)))
        return None

    def places(self, spot: Spot, line: int) -> list[tuple[int, int]]:
        """Return where the spot's text stands, the nearest to `line` first, those below it before those above."""
        body = r"[ \t]*".join(re.escape(part) for part in _pieces(spot.text))
        lines = [found.start() for found in re.finditer("\n", self.text)]
        at = lines[min(line, len(lines) + 1) - 2] + 1 if line > 1 and lines else 0
        edge = _EDGE_BEFORE if spot.text[:1].isalnum() else ""  # an operator may follow a name at once
        found = [(m.start(), m.end()) for m in re.finditer(f"{edge}{body}{_EDGE_AFTER}", self.text)]
        ordered = sorted(found, key=lambda place: (abs(place[0] - at) + (place[0] < at) * 200, place))
        return ordered[:_MOST_PLACES]

    def edit(self, start: int, end: int, new: str) -> Edit:
        """Return an edit of this file as it is."""
        return Edit(file=self.path, sha256=digest(self.data), start=start, end=end, text=new)

    def _moved(
        self, spot: Spot, trial: Sequence[tuple[int, int, str]], new: str, written: Manifest, *, shares: bool
    ) -> frozenset[int]:
        """Return which packages (by number) a trial moves as wanted; none where it changes anything else."""
        text = _applied(written.text, trial)
        try:
            if written is self:
                return _compared(self.packages, self._read(text), spot, new, shares=shares)
            _compared(written.packages, written._read(text), spot, new, shares=True)
            return _compared(self.packages, self._read(self.text, written.path, text), spot, new, shares=shares)
        except UnreadableError:
            return frozenset()

    def _is_done(self, spot: Spot, moved: frozenset[int]) -> bool:
        return all(
            number in moved for number, p in enumerate(self.packages) if p.name == spot.name and value(p) == spot.text
        )

    def _read(self, text: str, changed: str = "", content: str = "") -> tuple[Package, ...]:
        """Return what the reader sees in a text, with another file of the tree `changed` to `content`.

        Raises: UnreadableError, also where too much was read before.
        """
        data = text.encode(self.encoding)
        self.budget.left -= len(data) + len(content)
        if self.budget.left < 0:
            raise UnreadableError("too much to read again")
        file = _source(self.path, data)
        near = {**self.near, self.path: file}
        if changed:
            near[changed] = _source(changed, content.encode())
        try:
            return self.reader.extract_beside(file, near).packages
        except UnreadableError:
            raise
        except SecloopError as error:
            raise UnreadableError(error.what) from error


def _compared(
    before: Sequence[Package], after: Sequence[Package], spot: Spot, new: str, *, shares: bool
) -> frozenset[int]:
    """Return the numbers of the packages that moved from the spot to `new`. Raises: UnreadableError if others did."""
    if len(after) != len(before):
        raise UnreadableError("other packages")
    moved = set()
    for number, (old, now) in enumerate(zip(before, after, strict=True)):
        if _same(old) != _same(now):
            raise UnreadableError("another package")
        if value(old) == value(now):
            continue
        own = old.name == spot.name or shares
        if not own or _plain(value(old)) != _plain(spot.text) or _plain(value(now)) != _plain(new):
            raise UnreadableError("another version")
        moved.add(number)
    return frozenset(moved)


def value(package: Package) -> str:
    """Return what a manifest says of a package's version: the pin, else the wish."""
    return package.version or package.constraint


def _same(package: Package) -> Package:
    """Return a package without what a change of its version changes."""
    return replace(package, key="", version="", constraint="", needs=())


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text).removeprefix("v").removeprefix("==")


def _pieces(text: str) -> list[str]:
    """Return a version or wish cut where a file may have blanks: around operators and commas."""
    return [piece for piece in re.split(r"\s+|(,)|(?<=[<>=~^!])(?=[0-9A-Za-z])", text) if piece]


def _applied(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    out, at = [], 0
    for start, end, new in sorted(edits):
        out += [text[at:start], new]
        at = end
    return "".join([*out, text[at:]])


def _source(path: str, data: bytes) -> SourceFile:
    return SourceFile(FileMeta(path=path, size=len(data), head=data[:4096]), data)
