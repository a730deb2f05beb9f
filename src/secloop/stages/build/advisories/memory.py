"""The in-memory index: for the starter set, for tests, and where no cache can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.advisories.groups import by_package

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from secloop.model.run import Feed
    from secloop.stages.build.advisories.base import Advisory, Exploitation, Group


class MemoryIndex:
    """An `AdvisoryIndex` over advisories at hand."""

    def __init__(
        self,
        advisories: Iterable[Advisory],
        exploitation: Mapping[str, Exploitation] | None = None,
        feeds: tuple[Feed, ...] = (),
    ) -> None:
        """Index `advisories` with what is known of exploitation, by CVE id."""
        self._groups = by_package(advisories, exploitation or {})
        self._feeds = feeds

    def groups(self, ecosystem: str, package: str) -> tuple[Group, ...]:
        """Return the alias groups of a package."""
        return self._groups.get((ecosystem, package), ())

    def feeds(self) -> tuple[Feed, ...]:
        """Return the feeds given."""
        return self._feeds
