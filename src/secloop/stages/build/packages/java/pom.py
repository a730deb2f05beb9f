"""Maven's `pom.xml`: the dependencies that a project declares, and the plugins that build it.

Versions come from the POM, its parents and the BOMs it imports, where these are in the tree: as projects, or in a Maven
repository there (`.m2/repository` of a build's cache, a folder of `file:` artifacts), which also tells what the
dependencies need in turn. What only a remote parent or BOM knows stays without a version.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import BUILD, Extracted, Extractor, Package, Problem, bounded
from secloop.stages.build.packages.java.coordinates import maven_scope, name_of, pinned
from secloop.stages.build.packages.java.pom_graph import PomGraph
from secloop.stages.build.packages.java.pom_model import parse_pom
from secloop.stages.build.packages.java.pom_tree import EffectivePom, PomTree, key_of, repository_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.java.pom_model import Dependency
    from secloop.stages.build.packages.java.pom_tree import Key

_LEVELS = 6
"""Folders upwards in which a parent is looked for without being named."""

_RELATIVE = lazy(rb"<relativePath>\s*+([^<\s]{1,200}+)\s*+</relativePath>")
_IMPORT = lazy(
    rb"<artifactId>\s*+([\w.-]{1,100}+)\s*+</artifactId>(?:(?!</?dependency>).){0,400}?<scope>\s*+import", re.DOTALL
)
_ARTIFACT = lazy(rb"<artifactId>\s*+([\w.-]{1,200}+)\s*+</artifactId>")
_ODD = lazy(r"[${}\s:]")


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

    def looks_up(self, path: str, head: bytes) -> tuple[str, ...]:  # noqa: ARG002 - the first bytes are enough
        """Return the artifacts that the POM names: a repository in the tree may hold their POMs."""
        return _artifacts(head)

    def extract(self, file: SourceFile) -> Extracted:
        """Return what the POM alone tells. Raises: UnreadableError."""
        return self.extract_beside(file, {})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the declared dependencies, given the POMs near this one. Raises: UnreadableError."""
        pom = parse_pom(file.path, file.data)
        tree = PomTree(near)
        tree.add(pom)
        return _Reading(EffectivePom(pom, tree), tree).read()


class RepositoryPom(Extractor):
    """`ARTIFACT/VERSION/ARTIFACT-VERSION.pom` of a Maven repository: at hand for projects, no package by itself."""

    name = "repository.pom"
    ecosystem = "Maven"

    def wants(self, path: str) -> bool:
        """Return whether the path is one of a repository."""
        return repository_place(path) is not None

    def shelf(self, path: str) -> str:
        """Return the artifact's name."""
        place = repository_place(path)
        return place[0] if place else ""

    def looks_up(self, path: str, head: bytes) -> tuple[str, ...]:  # noqa: ARG002 - the first bytes are enough
        """Return the artifacts that the POM names: parents, BOMs and what it needs."""
        return _artifacts(head)

    def extract(self, file: SourceFile) -> Extracted:  # noqa: ARG002 - nothing of it is used by the project itself
        """Return nothing."""
        return Extracted()


def _artifacts(head: bytes) -> tuple[str, ...]:
    return tuple({found.decode("utf-8", "replace") for found in _ARTIFACT.findall(head)})


class _Reading:
    def __init__(self, effective: EffectivePom, tree: PomTree) -> None:
        self.effective = effective
        self.tree = tree
        self.problems: list[Problem] = []

    def read(self) -> Extracted:
        direct = [*self._dependencies(), *self._inherited()]
        packages = [*self._used(direct), *self._plugins()]
        kept, problems = bounded(packages, self.problems)
        return Extracted(packages=kept, problems=problems, roots={p.key: p.scope for p in kept if p.direct})

    def _dependencies(self) -> Iterator[Dependency]:
        return (self.effective.complete(raw) for raw in self.effective.pom.dependencies)

    def _inherited(self) -> Iterator[Dependency]:
        """Yield what a parent declares and this POM alone tells: the parent is no project here, or this one decides."""
        parent = self.effective.pom.parent
        own = {key_of(self.effective.filled(raw)) for raw in self.effective.pom.dependencies}
        for above in self.effective.lineage[1:]:
            theirs = None if above.path.endswith(".pom") else EffectivePom(above, self.tree)
            for raw in above.dependencies:
                filled = self.effective.complete(raw)
                known = theirs is not None and filled.version == theirs.complete(raw).version
                if parent is not None and key_of(filled) not in own and not known:
                    own.add(key_of(filled))
                    yield replace(filled, line=parent.line)

    def _used(self, direct: list[Dependency]) -> Iterator[Package]:
        """Yield the direct dependencies, and what they bring where a repository in the tree tells."""
        own = [one for one in direct if self._is_named(one)]
        graph = PomGraph(self.effective, self.tree, [one for one in own if not self._own(one)])
        keys = {key: f"{key.group}:{key.artifact}:{key.kind}:{key.classifier}" for key in graph.nodes}
        seen: set[Key] = set()
        for one in own:
            key = key_of(one)
            node = graph.nodes.get(key)
            first = node is not None and key not in seen
            seen.add(key)
            scope = maven_scope(one.scope, optional=one.optional.lower() == "true")
            place = keys[key] if first else f"{one.group}:{one.artifact}:{one.line}:{scope}"
            used = replace(one, version=node.dependency.version) if first and node else one
            needs = tuple(keys[need] for need in node.needs if need in keys) if first and node else ()
            yield replace(self._package(used, scope), key=place, needs=needs)
        for key, node in graph.nodes.items():
            if not node.direct:
                needs = tuple(keys[need] for need in node.needs if need in keys)
                found = self._package(replace(node.dependency, line=node.line, is_sibling=False), "")
                yield replace(found, key=keys[key], needs=needs, direct=False)

    def _plugins(self) -> Iterator[Package]:
        for raw in self.effective.pom.plugins:
            filled = self.effective.filled(raw)
            managed = self.effective.managed_plugins.get(key_of(filled))
            wish = filled.version or (managed.version if managed else "")
            if wish and self._is_named(filled):
                yield self._package(replace(filled, version=wish), BUILD)

    def _is_named(self, filled: Dependency) -> bool:
        """Return whether group and artifact are known; note where they are not."""
        named = bool(filled.group and filled.artifact) and not _ODD.search(filled.group + filled.artifact)
        if not named:
            self.problems.append(
                Problem(line=filled.line, reason="a dependency without a known groupId and artifactId")
            )
        return named

    def _package(self, filled: Dependency, scope: str) -> Package:
        version = pinned(filled.version)
        return Package(
            key=f"{filled.group}:{filled.artifact}:{filled.line}:{scope}",
            name=name_of(filled.group, filled.artifact),
            version=version,
            line=filled.line,
            direct=True,
            scope=scope,
            own=self._own(filled),
            constraint="" if version else filled.version,
        )

    def _own(self, filled: Dependency) -> bool:
        """Return whether a dependency is another module of the project: a POM at hand, or of its group and version."""
        if (filled.group, filled.artifact) in self.tree.by_name:
            return True
        return filled.group == self.effective.fill(self.effective.pom.group) and filled.is_sibling
