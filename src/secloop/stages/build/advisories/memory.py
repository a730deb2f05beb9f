"""The in-memory index: for the starter set, for tests, and where no cache can be written."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from secloop.stages.build.advisories.base import Exploitation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from secloop.model.run import Feed
    from secloop.stages.build.advisories.base import Advisory


class MemoryIndex:
    """An `AdvisoryIndex` over advisories at hand."""

    def __init__(
        self,
        advisories: Iterable[Advisory],
        exploitation: Mapping[str, Exploitation] | None = None,
        feeds: tuple[Feed, ...] = (),
    ) -> None:
        """Index `advisories`; withdrawn ones are left out."""
        self._by_package: defaultdict[tuple[str, str], list[Advisory]] = defaultdict(list)
        for advisory in advisories:
            if not advisory.withdrawn:
                self._by_package[advisory.ecosystem, advisory.package].append(advisory)
        self._exploitation = exploitation or {}
        self._feeds = feeds

    def advisories(self, ecosystem: str, package: str) -> tuple[Advisory, ...]:
        """Return the advisories on a package."""
        return tuple(self._by_package.get((ecosystem, package), ()))

    def exploitation(self, ids: tuple[str, ...]) -> Exploitation:
        """Return the strongest known exploitation of any of the ids."""
        return strongest(self._exploitation[name] for name in ids if name in self._exploitation)

    def feeds(self) -> tuple[Feed, ...]:
        """Return the feeds given."""
        return self._feeds


def strongest(facts: Iterable[Exploitation]) -> Exploitation:
    """Return the highest EPSS with its percentile, and the earliest KEV day."""
    out = Exploitation()
    for fact in facts:
        if fact.epss > out.epss:
            out = msgspec.structs.replace(out, epss=fact.epss, percentile=fact.percentile)
        if fact.kev and (not out.kev or fact.kev < out.kev):
            out = msgspec.structs.replace(out, kev=fact.kev)
    return out
