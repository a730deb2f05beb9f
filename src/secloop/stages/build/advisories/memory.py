"""The in-memory index: for the starter set, for tests, and where no cache can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.advisories.groups import by_package

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from secloop.model.run import Feed
    from secloop.stages.build.advisories.base import Advisory, Exploitation, Group
    from secloop.stages.build.advisories.endoflife import Cycle


class MemoryIndex:
    """An `AdvisoryIndex` over advisories at hand."""

    def __init__(
        self,
        advisories: Iterable[Advisory],
        exploitation: Mapping[str, Exploitation] | None = None,
        feeds: tuple[Feed, ...] = (),
        cycles: Mapping[str, tuple[Cycle, ...]] | None = None,
    ) -> None:
        """Index `advisories` with what is known of exploitation, by CVE id, and lines of releases, by product."""
        self._groups = by_package(advisories, exploitation or {})
        self._feeds = feeds
        self._cycles = cycles or {}

    def groups(self, ecosystem: str, package: str) -> tuple[Group, ...]:
        """Return the alias groups of a package."""
        return self._groups.get((ecosystem, package), ())

    def feeds(self) -> tuple[Feed, ...]:
        """Return the feeds given."""
        return self._feeds

    def ecosystems(self) -> frozenset[str]:
        """Return the ecosystems of its advisories."""
        return frozenset(ecosystem for ecosystem, _ in self._groups)

    def cycles(self, product: str) -> tuple[Cycle, ...]:
        """Return the lines of releases of a product, by its name on endoflife.date."""
        return self._cycles.get(product, ())
