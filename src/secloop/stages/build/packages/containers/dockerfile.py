"""Dockerfiles: base images, images that are copied from, and packages that are installed at a pinned version."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import BUILD, RUNTIME, Extracted, Extractor, Package, bounded, text_of
from secloop.stages.build.packages.containers.images import ECOSYSTEM, image_package
from secloop.stages.build.packages.containers.installs import installs
from secloop.stages.build.packages.containers.instructions import directives, expand, instructions

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.containers.instructions import Instruction

_NAMES = lazy(r"(?:docker|container)file(?:[._-].*)?|.*\.(?:docker|container)file", re.IGNORECASE)
_NOT = (".dockerignore", ".md", ".txt", ".sh", ".py", ".go", ".js", ".ts", ".rb")
_FROM = lazy(r"(?:--\S+\s+)*+(\S+)(?:\s+as\s+(\S+))?.*", re.IGNORECASE)
_COPIED = lazy(r"--from=(\S+)")
_MOUNTED = lazy(r"--mount=\S*?\bfrom=([^\s,]+)")
_PAIR = lazy(r"([A-Za-z_]\w*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?")


class Dockerfile(Extractor):
    """`Dockerfile`, `Containerfile`, and the usual variants of both names."""

    name = "dockerfile"
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether a file is named like a Dockerfile, `Dockerfile.dev` and `api.dockerfile` included."""
        name = path.rpartition("/")[2]
        return _NAMES.fullmatch(name) is not None and not name.lower().endswith(_NOT)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the images of every stage, and pinned packages. Only the last stage's image is there at run time."""
        text = text_of(file)
        reading = _Reading()
        for number, name, value in directives(text):
            if name == "syntax":
                reading.add(value, number)
        for one in instructions(text):
            reading.take(one)
        kept, problems = bounded(reading.packages(), [])
        return Extracted(packages=kept, problems=problems)


@dataclass(slots=True)
class _Stage:
    """One stage: the image at the bottom of it, the stage that it goes on from (None: an image), what it installs."""

    base: str
    parent: int | None
    packages: list[Package] = field(default_factory=list)


class _Reading:
    """What is known so far. `names` maps a stage's name in lower case, and its number, to its place in `stages`."""

    def __init__(self) -> None:
        self.stages: list[_Stage] = []
        self.names: dict[str, int] = {}
        self.helpers: list[Package] = []  # images that are used while building only
        self.before: dict[str, str] = {}  # arguments before the first FROM
        self.values: dict[str, str] = {}

    def take(self, one: Instruction) -> None:
        """Read one instruction."""
        if one.name == "FROM":
            self._from(one)
        elif one.name in {"ARG", "ENV"}:
            self._set(one)
        elif one.name in {"COPY", "RUN"}:
            for found in (_COPIED if one.name == "COPY" else _MOUNTED).finditer(one.text):
                self.add(found[1], one.line)
            if one.name == "RUN" and self.stages:
                rows = [(line, expand(text, self.values)) for line, text in one.rows]
                self.stages[-1].packages += installs(rows, self.stages[-1].base)

    def add(self, reference: str, line: int) -> None:
        """Add an image that is used while building, unless it is a stage."""
        reference = expand(reference, self.values)
        if reference.lower() not in self.names and not reference.isdigit():
            found = image_package(reference, line, BUILD)
            self.helpers += [found] if found else []

    def packages(self) -> list[Package]:
        """Return everything; what the last stage does not go on from is there at build time only."""
        shipped: set[int] = set()
        at = len(self.stages) - 1 if self.stages else None
        while at is not None:
            shipped.add(at)
            at = self.stages[at].parent
        return self.helpers + [
            replace(package, scope=RUNTIME if number in shipped else BUILD)
            for number, stage in enumerate(self.stages)
            for package in stage.packages
        ]

    def _from(self, one: Instruction) -> None:
        found = _FROM.fullmatch(one.text)
        if found is None:
            return
        reference = expand(found[1], self.before)
        parent = self.names.get(reference.lower())
        stage = _Stage(base=reference if parent is None else self.stages[parent].base, parent=parent)
        if parent is None and (package := image_package(reference, one.line)):
            stage.packages.append(package)
        self.names[str(len(self.stages))] = len(self.stages)
        if found[2]:
            self.names[found[2].lower()] = len(self.stages)
        self.stages.append(stage)
        self.values = dict(self.before)

    def _set(self, one: Instruction) -> None:
        into = self.values if self.stages else self.before
        for found in _PAIR.finditer(one.text):
            value = expand((found[2] or "").strip("\"'"), into)
            if value or found[1] not in into:
                into[found[1]] = value
