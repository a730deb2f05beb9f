"""The effective model of a POM, as far as the tree alone gives it: inheritance, properties, managed versions, BOMs.

1. The lineage is the POM, its parent by `<relativePath>` or, where none is there, from a Maven repository in the tree,
   and so on, while the parents found are those that are named.
2. Properties of the nearest win; `${project.version}` is that of the POM itself, wherever it is written.
3. Managed versions of the nearest win over those of its parents, and all of them over imported BOMs, in their order.

https://maven.apache.org/guides/introduction/introduction-to-the-pom.html and introduction-to-dependency-mechanism.html.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.java.pom_model import parse_pom

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.java.pom_model import Dependency, Parent, Pom

MAX_PARENTS = 20
MAX_IMPORTS = 8
"""BOMs that import BOMs that import BOMs."""

_MOST_STEPS = 30
"""Properties of properties."""

_LONGEST = 4096
_SHORTEST = 4  # of a path in a repository: group, artifact, version and file
_PROPERTY = lazy(r"\$\{([^${}\s]++)\}")


class Key(NamedTuple):
    """What a managed version is found by."""

    group: str
    artifact: str
    kind: str
    classifier: str


class PomTree:
    """The POMs at hand, by path and by name; each is read once, and only when it is asked for.

    Those of projects are called `pom.xml`; those of a Maven repository `ARTIFACT/VERSION/ARTIFACT-VERSION.pom`.
    """

    def __init__(self, files: Mapping[str, SourceFile]) -> None:
        """Hold the files that are POMs by name."""
        self._files = {path: file for path, file in files.items() if path.endswith(("/pom.xml", ".pom"))}
        self._files.update({"pom.xml": files["pom.xml"]} if "pom.xml" in files else {})
        self._shelf: dict[tuple[str, str], list[str]] = {}
        for path in sorted(self._files):
            if place := repository_place(path):
                self._shelf.setdefault(place, []).append(path)
        self._read: dict[str, Pom | None] = {}

    def add(self, pom: Pom) -> None:
        """Hold a POM that is read already."""
        self._read[pom.path] = pom

    def at(self, path: str) -> Pom | None:
        """Return the POM at this path, None if there is none that can be read."""
        if path not in self._read:
            self._read[path] = None
            if file := self._files.get(path):
                try:
                    self._read[path] = parse_pom(path, file.data)
                except UnreadableError:
                    self._read[path] = None  # it is a gap of its own where it is read for itself
        return self._read[path]

    @cached_property
    def by_name(self) -> dict[tuple[str, str], Pom]:
        """The POMs of projects by group and artifact, after interpolation."""
        found: dict[tuple[str, str], Pom] = {}
        for path in sorted({*self._files, *self._read}):
            if not path.endswith(".pom") and (pom := self.at(path)):
                effective = EffectivePom(pom, self)
                found.setdefault((effective.fill(pom.group), effective.fill(pom.artifact)), pom)
        return found

    def parent(self, pom: Pom) -> Pom | None:
        """Return a POM's parent if the file that it points at is the one that it names."""
        named = pom.parent
        if named is None:
            return None
        found = self._above(pom, named) if named.path else None
        return found or self.published(named.group, named.artifact, named.version)

    def published(self, group: str, artifact: str, version: str) -> Pom | None:
        """Return a POM of the repositories in the tree, None where they do not hold it."""
        found = (self.at(path) for path in self._shelf.get((artifact, version), ()))
        return next((pom for pom in found if pom and (pom.group, pom.artifact) == (group, artifact)), None)

    def _above(self, pom: Pom, named: Parent) -> Pom | None:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(pom.path), named.path))
        found = self.at(path) or self.at(posixpath.join(path, "pom.xml"))
        return found if found and found.artifact == named.artifact and found.path != pom.path else None


class EffectivePom:
    """A POM with what it inherits."""

    def __init__(self, pom: Pom, tree: PomTree, depth: int = 0) -> None:
        """Find the parents of `pom`; `depth` counts the imports that led here."""
        self.pom = pom
        self._tree = tree
        self._depth = depth
        self._known: dict[str, str] = {}
        self.lineage = [pom]
        seen = {pom.path}
        while (parent := tree.parent(self.lineage[-1])) and parent.path not in seen and len(seen) < MAX_PARENTS:
            seen.add(parent.path)
            self.lineage.append(parent)

    @cached_property
    def properties(self) -> dict[str, str]:
        """The properties by name, those of the nearest POM on top, and the project's own fields."""
        found: dict[str, str] = {
            "groupId": self.pom.group,
            "artifactId": self.pom.artifact,
            "version": self.pom.version,
        }
        for pom in reversed(self.lineage):
            found.update(pom.properties)
        own = {"groupId": self.pom.group, "artifactId": self.pom.artifact, "version": self.pom.version}
        parent = self.pom.parent
        above = {"groupId": parent.group, "artifactId": parent.artifact, "version": parent.version} if parent else {}
        for prefix in ("project.", "pom."):
            found.update((prefix + name, value) for name, value in own.items() if value)
            found.update((f"{prefix}parent.{name}", value) for name, value in above.items() if value)
        return found

    def fill(self, text: str) -> str:
        """Return `text` with its properties filled in; unknown ones, and those that contain themselves, stay."""
        return self._fill(text, ())

    def _fill(self, text: str, trail: tuple[str, ...]) -> str:
        return _PROPERTY.sub(lambda found: self._value(found[1], trail), text) if "${" in text else text

    def _value(self, name: str, trail: tuple[str, ...]) -> str:
        """Return what a property comes to; `trail` are the properties that led to it."""
        if name not in self._known:
            written = self.properties.get(name)
            if written is None or name in trail or len(trail) > _MOST_STEPS:
                return f"${{{name}}}"
            value = self._fill(written, (*trail, name))
            self._known[name] = value if len(value) <= _LONGEST else f"${{{name}}}"
        return self._known[name]

    def filled(self, dependency: Dependency) -> Dependency:
        """Return a dependency with its properties filled in."""
        return replace(
            dependency,
            group=self.fill(dependency.group),
            artifact=self.fill(dependency.artifact),
            version=self.fill(dependency.version),
            scope=self.fill(dependency.scope),
            kind=self.fill(dependency.kind),
            classifier=self.fill(dependency.classifier),
            optional=self.fill(dependency.optional),
        )

    def complete(self, dependency: Dependency) -> Dependency:
        """Return a dependency filled in, with what it leaves open from the managed one."""
        filled = self.filled(dependency)
        managed = self.managed.get(key_of(filled))
        if managed is None:
            return filled
        return replace(
            filled,
            version=filled.version or managed.version,
            scope=filled.scope or managed.scope,
            optional=filled.optional or managed.optional,
            exclusions=filled.exclusions + managed.exclusions,
        )

    def dependencies(self) -> Iterator[Dependency]:
        """Yield the dependencies of the POM and its parents, completed; of those with one key the nearest."""
        seen: set[Key] = set()
        for pom in self.lineage:
            for raw in pom.dependencies:
                filled = self.complete(raw)
                if key_of(filled) not in seen:
                    seen.add(key_of(filled))
                    yield filled

    @cached_property
    def managed(self) -> dict[Key, Dependency]:
        """The managed dependencies, filled in."""
        found: dict[Key, Dependency] = {}
        imports: list[Dependency] = []
        for pom in self.lineage:
            for dependency in map(self.filled, pom.managed):
                if dependency.scope == "import":
                    imports.append(dependency)
                else:
                    found.setdefault(key_of(dependency), dependency)
        for dependency in self._imported(imports):
            found.setdefault(key_of(dependency), dependency)
        return found

    @cached_property
    def managed_plugins(self) -> dict[Key, Dependency]:
        """The plugins whose version is managed."""
        found: dict[Key, Dependency] = {}
        for pom in self.lineage:
            for plugin in map(self.filled, pom.managed_plugins):
                found.setdefault(key_of(plugin), plugin)
        return found

    def _imported(self, imports: list[Dependency]) -> Iterator[Dependency]:
        """Yield what the BOMs that are in the tree manage; each is filled in with its own properties."""
        for one in imports if self._depth < MAX_IMPORTS else ():
            bom = self._tree.published(one.group, one.artifact, one.version) or self._tree.by_name.get(
                (one.group, one.artifact)
            )
            if bom and bom.path not in {pom.path for pom in self.lineage}:
                effective = EffectivePom(bom, self._tree, self._depth + 1)
                if effective.fill(bom.version) == one.version:
                    yield from effective.managed.values()


def repository_place(path: str) -> tuple[str, str] | None:
    """Return (artifact, version) of a POM in a Maven repository, by its path; None for any other file.

    https://maven.apache.org/repository/layout.html; the file of a snapshot may have its time in place of `SNAPSHOT`.
    """
    parts = path.split("/")
    if len(parts) < _SHORTEST or not path.endswith(".pom"):
        return None
    _, artifact, version, name = parts[-_SHORTEST:]
    return (artifact, version) if name.startswith(f"{artifact}-{version.removesuffix('SNAPSHOT')}") else None


def key_of(dependency: Dependency) -> Key:
    """Return what the managed version of `dependency` is found by."""
    return Key(dependency.group, dependency.artifact, dependency.kind, dependency.classifier)
