"""The dependencies sensor: reads manifests and lock files folder by folder, and matches the packages with advisories.

`scan` only reads files, so what it returns is cached by their content; `finish` matches in the parent, so that new
advisories cost no file. Opening advisories is left to the first `feeds` or `finish`, so workers never do it.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.enums import Kind, Stage
from secloop.model.errors import UsageError
from secloop.model.facts import Component, Imports
from secloop.scan.base import Budget, FileGroup, Flag, SensorInfo, Settings, Unit
from secloop.stages.build.packages.folder import neighbours, read_folder, shelved
from secloop.stages.build.packages.registry import FAMILIES, extractor_for, extractor_for_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.model.fix import Fixer
    from secloop.model.rule import Matcher, Rule
    from secloop.model.run import Feed
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileMeta, GroupUnit, SourceFile
    from secloop.stages.build.advisories.base import AdvisoryIndex

VERSION = "5"
"""Goes into the cache key: raised when a reader changes what it returns."""


class DependenciesSensor:
    """Finds packages with known vulnerabilities. Facts: `component/2`."""

    info = SensorInfo(
        name="dependencies",
        version=VERSION,
        stage=Stage.BUILD,
        kinds=(Kind.VULNERABILITY,),
        unit=Unit.GROUP,
        provides=("component/2",),
        requires=("import/1",),
        budget=Budget(max_binary=64 << 20),
    )

    def __init__(self) -> None:
        """Start with the starter set and no rules."""
        self._settings = Settings()
        self._rules: dict[str, tuple[Rule, Matcher]] = {}

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        """Take settings and rules; return the digest of the readers. Raises: UsageError for a missing source."""
        from secloop.stages.build.dependencies.engine import matchers_by_ecosystem

        self._settings = settings
        self._rules = matchers_by_ecosystem(rules)
        self.__dict__.pop("_index", None)
        for path in self._sources:
            if not path.exists():
                raise UsageError(f"Advisory source {path} does not exist", "Check [build] advisories or --advisories")
        return f"sha256:{hashlib.sha256(repr((VERSION, FAMILIES)).encode()).hexdigest()}"

    def feeds(self) -> tuple[Feed, ...]:
        """Return the advisory feeds in use: date, digest, limits. Raises: UsageError for an unreadable source."""
        return self._index.feeds()

    def wants(self, file: FileMeta) -> bool:
        """Return whether a file is a manifest, lock file or program of the project, or of an installed system."""
        if Flag.VENDORED in file.flags and not self._settings.installed:
            return False
        reader = extractor_for(file.path)
        if reader is None and Flag.BINARY in file.flags:
            return extractor_for_head(file.head, file.size) is not None
        return reader is not None and reader.likely(file.head)

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:
        """Return one group per folder: a lock and its manifest are read together, with what they refer to elsewhere.

        A binary file (a packed library, a program) stands alone, so that a folder of them is never too large.
        """
        every = {file.path: file.head for file in files}
        heads = {file.path: file.head for file in files if Flag.BINARY not in file.flags}
        folders: dict[str, set[str]] = {}
        for path in heads:
            folders.setdefault(path.rpartition("/")[0] or ".", set()).add(path)
        shelf = shelved(heads)
        for members in folders.values():
            members.update(neighbours(members, heads, shelf))
        alone = {path: {path} | neighbours({path}, every, shelf) for path in every if path not in heads}
        units = {**folders, **alone}
        return [FileGroup(name=name, members=tuple(sorted(units[name]))) for name in sorted(units)]

    def scan(self, unit: SourceFile | GroupUnit) -> Iterator[Observation]:
        """Yield the components of a folder, and a gap for each file or line that cannot be read."""
        group = getattr(unit, "group", None)
        if group is None:
            yield from read_folder({unit.path: unit})  # type: ignore[union-attr, dict-item]
        else:
            yield from read_folder(unit.files, group.name)  # type: ignore[union-attr]

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterator[Observation]:  # noqa: ARG002 - the protocol's
        """Yield the findings of all components of the tree, and what no advisory could speak of."""
        components = [fact for fact in facts if isinstance(fact, Component)] if self._rules else []
        if not components:
            return
        from secloop.stages.build.dependencies.match import findings
        from secloop.stages.build.dependencies.priority import prioritised
        from secloop.stages.build.dependencies.unjudged import gaps
        from secloop.stages.build.reach.evidence import with_reach

        project = self._settings.config.project
        found = findings(components, self._index, self._rules)
        imports = [fact for fact in facts if isinstance(fact, Imports)]
        reached = with_reach(found, components, imports, self._index, self._settings.root)
        yield from (prioritised(one, project) for one in reached)
        yield from gaps(components, self._index, self._rules, starter=not self._sources)

    def fixer(self) -> Fixer:
        """Return what proposes upgrades for the findings, by the same advisories."""
        from secloop.stages.build.fix.fixer import DependencyFixer

        return DependencyFixer(lambda: self._index)

    @property
    def _sources(self) -> tuple[Path, ...]:
        return tuple(Path(path) for path in self._settings.advisories if path)

    @cached_property
    def _index(self) -> AdvisoryIndex:
        if self._sources:
            from secloop.stages.build.advisories.feeds.folder import open_sources

            return open_sources(self._sources, root=self._settings.root)
        from secloop.stages.build.advisories.starter import starter_index

        return starter_index()
