"""Which rules can match in a file at all: one pass over its bytes, before any span is looked for.

Hyperscan answers from the rules' regexes; where its wheel is missing, Aho-Corasick answers from their keywords. Both
return a superset of the rules that match, and every answer is checked again by RE2, so the findings are equal.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.stages.code.secrets.compiled import CompiledRule
    from secloop.stages.code.secrets.context import FileContext


class Prefilter(Protocol):
    """Finds candidate rules by their index in the compiled list."""

    name: str

    def candidates(self, data: bytes, context: FileContext) -> list[int]:
        """Return the sorted indices of the rules that may match in `data`; at least those that fit `context`."""
        ...

    def suspects(self, texts: Sequence[bytes], contexts: Sequence[FileContext]) -> dict[int, tuple[int, ...]]:
        """Return the candidates of those texts, by number, that have some."""
        ...


class JoinedPrefilter:
    """Two prefilters as one, over the rules of the first followed by those of the second.

    Each keeps its own database: that of the built-in rules stays the same whatever a project adds.
    """

    def __init__(self, first: Prefilter, count: int, second: Prefilter) -> None:
        """Join two prefilters, of which the first knows `count` rules."""
        self.name = first.name
        self._first, self._count, self._second = first, count, second

    def candidates(self, data: bytes, context: FileContext) -> list[int]:
        """Return the candidates of both."""
        second = (self._count + i for i in self._second.candidates(data, context))
        return [*self._first.candidates(data, context), *second]

    def suspects(self, texts: Sequence[bytes], contexts: Sequence[FileContext]) -> dict[int, tuple[int, ...]]:
        """Return the candidates of both."""
        found = self._first.suspects(texts, contexts)
        for n, second in self._second.suspects(texts, contexts).items():
            found[n] = (*found.get(n, ()), *(self._count + i for i in second))
        return found


def best_prefilter(rules: Sequence[CompiledRule], cache: Path | None) -> Prefilter:
    """Return Hyperscan's prefilter where its wheel is installed, else the keyword one. `cache` holds databases."""
    try:
        import hyperscan  # noqa: F401 - only asks whether the wheel is there
    except ImportError:
        from secloop.stages.code.secrets.keyword_prefilter import KeywordPrefilter

        return KeywordPrefilter(rules)
    from secloop.stages.code.secrets.hyperscan_prefilter import HyperscanPrefilter

    return HyperscanPrefilter(rules, cache)


def cache_folder(root: str) -> Path | None:
    """Return the folder for databases, or None where it would lie inside the scanned tree or is not absolute.

    Source: XDG Base Directory Specification 0.8 (a relative XDG_CACHE_HOME is ignored).
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(base) if os.path.isabs(base) else Path.home() / ".cache"  # noqa: PTH117 - base may be empty
    if folder.resolve().is_relative_to(Path(root).resolve()):
        return None
    return folder / "secloop"
