"""Maven's `pom.xml`: the dependencies that a project declares, and the plugins that build it.

Versions come from the POM, its parents and the BOMs it imports, where these are in the tree. What only a remote parent
or BOM knows stays without a version. A POM names no transitive packages, so there are no edges.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import BUILD, Extracted, Extractor, Package, Problem, bounded
from secloop.stages.build.packages.java.coordinates import maven_scope, name_of, pinned
from secloop.stages.build.packages.java.pom_model import parse_pom
from secloop.stages.build.packages.java.pom_tree import EffectivePom, PomTree, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.java.pom_model import Dependency

_LEVELS = 6
"""Folders upwards in which a parent is looked for without being named."""

_RELATIVE = re.compile(rb"<relativePath>\s*+([^<\s]{1,200}+)\s*+</relativePath>")
_IMPORT = re.compile(
    rb"<artifactId>\s*+([\w.-]{1,100}+)\s*+</artifactId>(?:(?!</?dependency>).){0,400}?<scope>\s*+import", re.DOTALL
)
_SIBLING = ("${project.version}", "${project.parent.version}", "${pom.version}", "${revision}")
_ODD = re.compile(r"[${}\s:]")


class PomXml(Extractor):
    """`pom.xml` of a project; those inside a built archive describe what is in it, not what it asks for."""

    name = "pom.xml"
    ecosystem = "Maven"

    def wants(self, path: str) -> bool:
        """Return whether this is the POM of a project."""
        return path.rpartition("/")[2] == "pom.xml" and "META-INF/maven/" not in path

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return where a parent stands by default: the `pom.xml` of each folder above."""
        folder = posixpath.dirname(path)
        found: list[str] = []
        while folder and len(found) < _LEVELS:
            folder = posixpath.dirname(folder)
            found.append(posixpath.join(folder, "pom.xml"))
        return tuple(found)

    def referred(self, path: str, head: bytes) -> tuple[str, ...]:
        """Return also the parent that the first bytes name, and where the BOMs that they import would stand.

        A module's folder has the name of its artifact, or its last words (`acme-bom` in `bom`).
        """
        found = [*self.neighbours(path)]
        folders = [posixpath.dirname(path), *map(posixpath.dirname, found)]
        for relative in _RELATIVE.findall(head):
            target = posixpath.normpath(posixpath.join(folders[0], relative.decode("utf-8", "replace")))
            found += [target, posixpath.join(target, "pom.xml")]
        for artifact in _IMPORT.findall(head):
            words = artifact.decode("utf-8", "replace").split("-")
            names = ["-".join(words[n:]) for n in range(len(words))]
            found += [posixpath.join(folder, name, "pom.xml") for folder in folders for name in names]
        return tuple(found)

    def extract(self, file: SourceFile) -> Extracted:
        """Return what the POM alone tells. Raises: UnreadableError."""
        return self.extract_beside(file, {})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the declared dependencies, given the POMs near this one. Raises: UnreadableError."""
        pom = parse_pom(file.path, file.data)
        tree = PomTree(near)
        tree.add(pom)
        return _Reading(EffectivePom(pom, tree), tree).read()


class _Reading:
    def __init__(self, effective: EffectivePom, tree: PomTree) -> None:
        self.effective = effective
        self.tree = tree
        self.problems: list[Problem] = []

    def read(self) -> Extracted:
        packages = [*self._dependencies(), *self._inherited(), *self._plugins()]
        kept, problems = bounded(packages, self.problems)
        return Extracted(packages=kept, problems=problems)

    def _dependencies(self) -> Iterator[Package]:
        for raw in self.effective.pom.dependencies:
            filled = self.effective.complete(raw)
            scope = maven_scope(filled.scope, optional=filled.optional.lower() == "true")
            if package := self._package(filled, filled.version, scope, raw):
                yield package

    def _inherited(self) -> Iterator[Package]:
        """Yield what a parent declares and this POM decides the version of; else the parent is the place."""
        parent = self.effective.pom.parent
        own = {key_of(self.effective.filled(raw)) for raw in self.effective.pom.dependencies}
        for above in self.effective.lineage[1:]:
            theirs = EffectivePom(above, self.tree)
            for raw in above.dependencies:
                filled = self.effective.complete(raw)
                if parent is None or key_of(filled) in own or filled.version == theirs.complete(raw).version:
                    continue
                scope = maven_scope(filled.scope, optional=filled.optional.lower() == "true")
                if package := self._package(filled, filled.version, scope, replace(raw, line=parent.line)):
                    yield package

    def _plugins(self) -> Iterator[Package]:
        for raw in self.effective.pom.plugins:
            filled = self.effective.filled(raw)
            managed = self.effective.managed_plugins.get(key_of(filled))
            wish = filled.version or (managed.version if managed else "")
            if wish and (package := self._package(filled, wish, BUILD, raw)):
                yield package

    def _package(self, filled: Dependency, wish: str, scope: str, raw: Dependency) -> Package | None:
        if not (filled.group and filled.artifact) or _ODD.search(filled.group + filled.artifact):
            self.problems.append(Problem(line=raw.line, reason="a dependency without a known groupId and artifactId"))
            return None
        version = pinned(wish)
        return Package(
            key=f"{filled.group}:{filled.artifact}:{raw.line}:{scope}",
            name=name_of(filled.group, filled.artifact),
            version=version,
            line=raw.line,
            direct=True,
            scope=scope,
            own=self._own(filled, raw),
            constraint="" if version else wish,
        )

    def _own(self, filled: Dependency, raw: Dependency) -> bool:
        """Return whether a dependency is another module of the project: a POM at hand, or of its group and version."""
        if (filled.group, filled.artifact) in self.tree.by_name:
            return True
        return filled.group == self.effective.fill(self.effective.pom.group) and raw.version.startswith(_SIBLING)
