"""The files of the tree as the fixer needs them: read once, and which manifests belong to which lock file."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from secloop.stages.build.fix.asked import asked
from secloop.stages.build.fix.commands import TOOLS, tool_of
from secloop.stages.build.fix.manifest import Budget, Manifest
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.registry import extractor_for

if TYPE_CHECKING:
    from secloop.model.facts import Component
    from secloop.model.fix import FixRequest
    from secloop.stages.build.fix.asked import Asked
    from secloop.stages.build.fix.commands import Tool

_MOST_MANIFESTS = 500
_HEAD = 500
_VENDORED = frozenset({"node_modules", "vendor", "bower_components"})


class Tree:
    """The tree of one plan."""

    def __init__(self, request: FixRequest) -> None:
        """Index files and components; nothing is read yet."""
        self.request = request
        self.files = frozenset(request.files)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_folder: dict[str, list[str]] = defaultdict(list)
        for path in request.files:
            folder, _, name = path.rpartition("/")
            self._by_name[name].append(path)
            self._by_folder[folder].append(path)
        self._versions: dict[tuple[str, str], set[str]] = defaultdict(set)
        for one in request.components:
            self._versions[one.file, one.name].add(one.version)
        self._components = {(c.file, c.purl): c for c in request.components}
        self._parents: dict[tuple[str, str], list[Component]] = defaultdict(list)
        for one in request.components:
            for need in one.needs:
                self._parents[one.file, need].append(one)
        self._manifests: dict[str, Manifest | None] = {}
        self._of_lock: dict[str, list[str]] = {}
        self._tools: dict[str, Tool | None] = {}
        self._asked: dict[str, Asked] = {}
        self._budget = Budget()

    def component(self, file: str, purl: str) -> Component | None:
        """Return what the scan saw of a package in a file."""
        return self._components.get((file, purl))

    def parents(self, component: Component) -> list[Component]:
        """Return the packages of the same file that need one."""
        return self._parents.get((component.file, component.purl), [])

    def has_other(self, component: Component) -> bool:
        """Return whether a file names other versions of a package, too."""
        return len(self._versions[component.file, component.name]) > 1

    def manifest(self, path: str) -> Manifest | None:
        """Return a file as an editable manifest, None where it is none or cannot be read."""
        if path not in self._manifests:
            self._manifests[path] = self._open(path)
        return self._manifests[path]

    def _open(self, path: str) -> Manifest | None:
        reader, data = extractor_for(path), self.request.read(path)
        if reader is None or data is None:
            return None
        beside = self._by_folder[posixpath.dirname(path)] if reader.name in _LOOKS_AROUND else ()
        near = {*reader.referred(path, data[:4096]), *(one for one in beside if extractor_for(one))}
        contents = {
            one: content for one in sorted(near & self.files) if (content := self.request.read(one)) is not None
        }
        try:
            found = Manifest(path, data, contents, self._budget)
        except UnreadableError:
            return None
        return found if found.is_editable else None

    def manifests_of(self, lock: str) -> list[str]:
        """Return the manifests that a lock file resolves: at or below its folder, with no nearer lock of its kind."""
        if lock not in self._of_lock:
            self._of_lock[lock] = self._find_manifests(lock)
        return self._of_lock[lock]

    def _find_manifests(self, lock: str) -> list[str]:
        tool, name = tool_of(lock), lock.rpartition("/")[2]
        if tool is None:
            return []
        own = posixpath.dirname(lock)
        globs = [pattern for pattern in tool.manifests if "*" in pattern]
        names = [n for n in self._by_name if n in tool.manifests or any(fnmatchcase(n, glob) for glob in globs)]
        found = [path for n in names for path in self._by_name[n] if self._nearest(path, name) == own]
        return sorted(found, key=lambda path: (path.count("/"), path))[:_MOST_MANIFESTS]

    def _nearest(self, path: str, lock: str) -> str | None:
        """Return the folder of the nearest lock file of this name at or above a file; None for an installed copy."""
        if _VENDORED.intersection(path.split("/")):
            return None
        folder = posixpath.dirname(path)
        while True:
            if (f"{folder}/{lock}" if folder else lock) in self.files:
                return folder
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def tool(self, lock: str) -> Tool | None:
        """Return the tool that writes a lock file, None where none is known."""
        if lock not in self._tools:
            yarn = lock.endswith("yarn.lock")
            self._tools[lock] = tool_of(lock, (self.request.read(lock) or b"")[:_HEAD] if yarn else b"")
        return self._tools[lock]

    def locks_beside(self, manifest: str) -> list[str]:
        """Return the lock files, of tools that are known, that resolve a manifest."""
        return [
            lock
            for name in TOOLS
            for lock in self._by_name.get(name, ())
            if lock != manifest and manifest in self.manifests_of(lock)
        ]

    def asked(self, component: Component) -> list[tuple[Component, str | None]]:
        """Return the parents of a package, each with the range it asks for, None where the lock does not say."""
        if component.file not in self._asked:
            data = self.request.read(component.file)
            self._asked[component.file] = asked(component.file, data.decode("utf-8", "replace")) if data else {}
        known = self._asked[component.file]
        return [(one, known.get((one.name, one.version), {}).get(component.name)) for one in self.parents(component)]


_LOOKS_AROUND = frozenset({"csproj", "build.gradle", "pom.xml", "gemspec"})
"""Readers that look at the other files of their folder."""
