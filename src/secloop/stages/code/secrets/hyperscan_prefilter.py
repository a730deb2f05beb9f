"""Candidate rules by Hyperscan: one pass for the rules that fit every file, one for those that fit its kind."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from secloop.scan.together import Joined
from secloop.stages.code.secrets.compiled import compile_all
from secloop.stages.code.secrets.databases import is_cached, load_database
from secloop.stages.code.secrets.parts import (
    PARTS,
    Part,
    everywhere,
    expression,
    followers,
    is_anchored,
    keyword_expression,
    somewhere,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from secloop.stages.code.secrets.compiled import CompiledRule
    from secloop.stages.code.secrets.context import FileContext


_SHORT = 2048
"""Bytes up to which a call costs more than its text."""

_TOGETHER = 64
"""Short texts that are joined. Hyperscan may start with a pass over all it is given: a match in much text is dear."""


class HyperscanPrefilter:
    """Databases over the rules; see `parts`."""

    name = "hyperscan"

    def __init__(self, rules: Sequence[CompiledRule], folder: Path | None) -> None:
        """Load the rules' databases from `folder`, or compile them and leave them there.

        A database that was cached was made of regexes that RE2 compiled; new ones are checked. Raises: UsageError.
        """
        self._folder = folder
        self._followers = followers(rules)
        self._expressions = [expression(rule) for rule in rules]
        self._anchored = any(map(is_anchored, self._expressions))
        self._rules = rules
        self._searches: dict[tuple[int, ...], _Search] = {}
        self._parts: dict[Part, tuple[_Search, ...]] = {}
        self._everywhere = self._search(everywhere(rules))
        chosen = [somewhere(rules, part) for part in PARTS]
        self._somewhere = dict(zip(PARTS, chosen, strict=True))
        for some in chosen:  # a cached one is loaded when a file asks for it
            if some and not is_cached([self._expressions[i] for i in some], folder):
                self._search(some)

    def candidates(self, data: bytes, context: FileContext) -> list[int]:
        """Return the rules whose regex may match somewhere in `data`."""
        if not data:
            return []
        found: list[int] = []
        for search in self._of(context):
            search.add(data, found)
        if found and self._followers:
            seen = set(found)
            found += [i for i, needed in self._followers if seen.issuperset(needed)]
        return sorted(found)

    def suspects(self, texts: Sequence[bytes], contexts: Sequence[FileContext]) -> dict[int, tuple[int, ...]]:
        """Return the candidates of those texts, by number, that have some; short texts are first looked at together."""
        asked: set[int] = set()
        short: dict[tuple[_Search, ...], list[int]] = {}
        for n, context in enumerate(contexts):
            if self._anchored or len(texts[n]) > _SHORT:
                asked.add(n)
            else:
                short.setdefault(self._of(context), []).append(n)
        for searches, numbers in short.items():
            for first in range(0, len(numbers), _TOGETHER):
                some = numbers[first : first + _TOGETHER]
                joined = Joined([texts[n] for n in some])
                asked.update(some[n] for search in searches for n in search.texts(joined))
        each = ((n, tuple(self.candidates(texts[n], contexts[n]))) for n in sorted(asked))
        return {n: found for n, found in each if found}

    def _of(self, context: FileContext) -> tuple[_Search, ...]:
        part = Part.of(context)
        searches = self._parts.get(part)
        if searches is None:
            some = self._somewhere[part]
            searches = (self._everywhere, self._search(some)) if some else (self._everywhere,)
            self._parts[part] = searches
        return searches

    def _search(self, chosen: list[int]) -> _Search:
        key = tuple(chosen)
        if key not in self._searches:
            self._searches[key] = _Search(self._rules, chosen, [self._expressions[i] for i in chosen], self._folder)
        return self._searches[key]


class _Search:
    """One database, with one scratch per thread; a rule that it refuses is looked for by its keywords."""

    def __init__(
        self, rules: Sequence[CompiledRule], chosen: list[int], expressions: list[bytes], folder: Path | None
    ) -> None:
        import hyperscan

        self._hyperscan = hyperscan
        self._chosen = chosen
        self._db, refused = load_database(expressions, folder, check=lambda: compile_all(rules[i] for i in chosen))
        if refused:
            by_keyword = {i: keyword_expression(rules[chosen[i]]) for i in refused}
            self._db, _ = load_database([by_keyword.get(i, one) for i, one in enumerate(expressions)], folder)
        self._local = threading.local()

    def add(self, data: bytes, found: list[int]) -> None:
        """Add what may match in `data` to `found`."""
        chosen = self._chosen

        def on_match(index: int, *_: object) -> None:
            found.append(chosen[index])

        if self._db is not None:
            self._db.scan(data, match_event_handler=on_match, scratch=self._scratch())

    def texts(self, joined: Joined) -> Iterator[int]:
        """Yield the numbers of the texts in which something may match."""
        if self._db is None:
            return iter(())
        view = memoryview(joined.data)

        def first_match(at: int) -> int:
            ends: list[int] = []

            def on_match(_index: int, _start: int, end: int, *_: object) -> bool:
                ends.append(end)
                return True  # ends the scan

            with suppress(self._hyperscan.ScanTerminated):
                self._db.scan(view[at:], match_event_handler=on_match, scratch=self._scratch())
            return at + ends[0] - 1 if ends else -1

        return joined.those(first_match)

    def _scratch(self) -> Any:
        if not hasattr(self._local, "scratch"):
            self._local.scratch = self._hyperscan.Scratch(self._db)
        return self._local.scratch
