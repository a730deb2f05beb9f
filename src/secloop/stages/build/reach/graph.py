"""What needs what in one lock or manifest, walked from several packages at once."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from secloop.model.facts import Component


class Graph:
    """The components of one file and ecosystem, by purl."""

    def __init__(self, components: Iterable[Component]) -> None:
        """Hold components of one file."""
        self.by_purl = {one.purl: one for one in components}
        self.needed_by: dict[str, list[str]] = {purl: [] for purl in self.by_purl}
        for purl, one in self.by_purl.items():
            for need in one.needs:
                if need in self.needed_by and need != purl:
                    self.needed_by[need].append(purl)

    @property
    def has_edges(self) -> bool:
        """Whether the file says what its packages need."""
        return any(one.needs for one in self.by_purl.values())

    def below(self, start: Iterable[str]) -> dict[str, str]:
        """Return what `start` and all that these need are reached from; of a starting one that is empty."""
        return _walk(start, {purl: one.needs for purl, one in self.by_purl.items()})

    def above(self, start: Iterable[str]) -> dict[str, str]:
        """Return the same for what needs `start`."""
        return _walk(start, self.needed_by)

    def path(self, purl: str, reached: Mapping[str, str]) -> list[Component]:
        """Return the components from a starting one to `purl`, as `below` reached it."""
        path = [self.by_purl[purl]]
        while before := reached[path[-1].purl]:
            path.append(self.by_purl[before])
        return path[::-1]


def _walk(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Walk breadth first; the order of `start` decides between equally long ways."""
    reached = dict.fromkeys((purl for purl in start if purl in edges), "")
    queue = deque(reached)
    while queue:
        purl = queue.popleft()
        for other in edges[purl]:
            if other in edges and other not in reached:
                reached[other] = purl
                queue.append(other)
    return reached
