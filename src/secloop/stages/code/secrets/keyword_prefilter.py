"""Candidate rules by their keywords, with Aho-Corasick: the fallback where Hyperscan has no wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.code.secrets.compiled import compile_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.stages.code.secrets.compiled import CompiledRule
    from secloop.stages.code.secrets.context import FileContext


class KeywordPrefilter:
    """One automaton over all keywords; a rule without keywords is always a candidate."""

    name = "keywords"

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        """Build the automaton of the rules' keywords and compile their regexes. Raises: UsageError."""
        compile_all(rules)
        from ahocorasick_rs import BytesAhoCorasick

        self._always = [i for i, rule in enumerate(rules) if not rule.keywords]
        self._owners: dict[bytes, list[int]] = {}
        for i, rule in enumerate(rules):
            for keyword in rule.keywords:
                self._owners.setdefault(keyword, []).append(i)
        self._words = sorted(self._owners)
        self._automaton = BytesAhoCorasick(self._words) if self._words else None

    def candidates(self, data: bytes, context: FileContext) -> list[int]:
        """Return the rules of which a keyword is in `data`, in any case."""
        del context
        found = set(self._always)
        if self._automaton is not None:
            for word in {hit[0] for hit in self._automaton.find_matches_as_indexes(data.lower(), overlapping=True)}:
                found.update(self._owners[self._words[word]])
        return sorted(found)

    def suspects(self, texts: Sequence[bytes], contexts: Sequence[FileContext]) -> dict[int, tuple[int, ...]]:
        """Return the candidates of those texts, by number, that have some."""
        each = (tuple(self.candidates(*pair)) for pair in zip(texts, contexts, strict=True))
        return {n: found for n, found in enumerate(each) if found}
