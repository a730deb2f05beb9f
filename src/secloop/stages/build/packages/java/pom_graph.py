"""What the dependencies of a project need in turn, as far as a Maven repository in the tree tells.

1. Breadth first: of several versions of one artifact the nearest wins, then the first (Maven's mediation).
2. A version in brackets (`[1.2]`) holds against nearer ones without: the walk starts again with it.
3. Below a project's own dependencies, its managed versions win, what it excludes is gone, and only what is compiled
   against or needed at run time counts, unless it is optional.

https://maven.apache.org/guides/introduction/introduction-to-dependency-mechanism.html.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from secloop.stages.build.packages.java.coordinates import is_hard, pinned
from secloop.stages.build.packages.java.pom_tree import EffectivePom, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.stages.build.packages.java.pom_model import Dependency
    from secloop.stages.build.packages.java.pom_tree import Key, PomTree

MAX_NODES = 20_000
_MOST_WALKS = 5
_PASSED_ON = frozenset({"", "compile", "runtime"})


@dataclass(slots=True)
class Node:
    """An artifact in the version that is used. `line` is that of the project's dependency that brought it."""

    dependency: Dependency
    line: int
    direct: bool
    needs: list[Key] = field(default_factory=list)


class PomGraph:
    """The artifacts that a project uses, by key."""

    def __init__(self, project: EffectivePom, tree: PomTree, direct: Iterable[Dependency]) -> None:
        """Walk from the completed `direct` dependencies."""
        self._project = project
        self._tree = tree
        self._direct = list(direct)
        self._poms: dict[tuple[str, str, str], EffectivePom | None] = {}
        self._hard: dict[Key, str] = {}
        self.nodes = self._walk()
        for _ in range(_MOST_WALKS):
            if all(pinned(node.dependency.version) == self._hard.get(key, "") for key, node in self._hard_nodes()):
                break
            self.nodes = self._walk()

    def _hard_nodes(self) -> Iterator[tuple[Key, Node]]:
        return ((key, node) for key, node in self.nodes.items() if key in self._hard)

    def _walk(self) -> dict[Key, Node]:
        nodes: dict[Key, Node] = {}
        queue: deque[tuple[Dependency, Key, int]] = deque()
        for one in self._direct:
            self._enter(nodes, queue, one, one.line, direct=True)
        while queue and len(nodes) < MAX_NODES:
            dependency, key, line = queue.popleft()
            for need in self._needs(dependency):
                need_key = key_of(need)
                if need_key not in nodes[key].needs:
                    nodes[key].needs.append(need_key)
                self._enter(nodes, queue, need, line, direct=False)
        return nodes

    def _enter(
        self,
        nodes: dict[Key, Node],
        queue: deque[tuple[Dependency, Key, int]],
        dependency: Dependency,
        line: int,
        *,
        direct: bool,
    ) -> None:
        """Add an artifact that is not there yet; note a version that holds against others."""
        key = key_of(dependency)
        if is_hard(dependency.version):
            self._hard.setdefault(key, pinned(dependency.version))
        if key not in nodes:
            used = replace(dependency, version=self._hard.get(key, dependency.version))
            nodes[key] = Node(used, line, direct)
            queue.append((used, key, line))

    def _needs(self, parent: Dependency) -> Iterator[Dependency]:
        """Yield what an artifact needs at run time, as this project sees it; with the exclusions that led to it."""
        effective = self._pom(parent)
        if effective is None:
            return
        for filled in effective.dependencies():
            managed = self._project.managed.get(key_of(filled))
            version = managed.version if managed and managed.version else filled.version
            exclusions = parent.exclusions + filled.exclusions + (managed.exclusions if managed else ())
            if (
                filled.scope in _PASSED_ON
                and filled.optional.lower() != "true"
                and not _excluded(filled, parent.exclusions)
                and filled.group
                and filled.artifact
            ):
                yield replace(filled, version=version, exclusions=tuple(dict.fromkeys(exclusions)))

    def _pom(self, dependency: Dependency) -> EffectivePom | None:
        own = (dependency.group, dependency.artifact, pinned(dependency.version))
        if own not in self._poms:
            found = self._tree.published(*own)
            self._poms[own] = EffectivePom(found, self._tree) if found else None
        return self._poms[own]


def _excluded(dependency: Dependency, exclusions: tuple[tuple[str, str], ...]) -> bool:
    return any(
        group in {"*", dependency.group} and artifact in {"*", dependency.artifact} for group, artifact in exclusions
    )
