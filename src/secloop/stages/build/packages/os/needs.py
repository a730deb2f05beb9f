"""Dependencies between installed packages: a wish names a package or what one provides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_WISHES = 1000
"""Wishes of one package that are followed."""


class Providers:
    """Which package (by key) a name stands for: a package's own name first, then what packages provide."""

    def __init__(self) -> None:
        """Start without packages."""
        self._own: dict[str, str] = {}
        self._provided: dict[str, str] = {}

    def add(self, name: str, key: str, provides: Iterable[str] = ()) -> None:
        """Know the package `key` under its `name`, and as what it `provides`; the first wins."""
        self._own.setdefault(name, key)
        for one in provides:
            self._provided.setdefault(one, key)

    def resolve(self, key: str, wishes: Iterable[Sequence[str]]) -> tuple[str, ...]:
        """Return the keys that satisfy `wishes` (each a list of alternatives) of the package `key`, without itself."""
        found: dict[str, None] = {}
        for _, alternatives in zip(range(MAX_WISHES), wishes, strict=False):
            for name in alternatives:
                other = self._own.get(name) or self._provided.get(name)
                if other:
                    found[other] = None
                    break
        found.pop(key, None)
        return tuple(found)
