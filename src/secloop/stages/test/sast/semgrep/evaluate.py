"""A formula over one file."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, assert_never

from secloop.stages.test.sast.commonjs import dashed
from secloop.stages.test.sast.facts import FileFacts
from secloop.stages.test.sast.pattern.find import Index, find
from secloop.stages.test.sast.pattern.literals import compiled
from secloop.stages.test.sast.pattern.match import Matcher
from secloop.stages.test.sast.semgrep.conditions import holds, words_asked
from secloop.stages.test.sast.semgrep.formula import All, Code, Either, Inside, Not, Text
from secloop.stages.test.sast.semgrep.ranges import Range, both, unique, without
from secloop.stages.test.sast.tree import Node

if TYPE_CHECKING:
    from secloop.stages.test.sast.fronts.base import Front
    from secloop.stages.test.sast.pattern.parse import Pattern
    from secloop.stages.test.sast.semgrep.formula import Formula

MOST_REGEX_HITS = 10_000


class File:
    """One file as rules see it: bytes, tree, facts; what a pattern found there is kept, since rules share patterns."""

    def __init__(self, data: bytes, front: Front, root: Node | None = None) -> None:
        """Parse a file, or take a part of one that is parsed already."""
        self.data = data
        self.front = front
        self.share = 1.0
        if root is None:
            root, self.share = front.lower_file(data)
        self.root = root
        self._found: dict[tuple[str, bool], list[Range]] = {}
        self._words: dict[bytes, bool] = {}
        self._possible: dict[int, bool] = {}
        self.results: dict[tuple[int, bool], list[Range]] = {}
        """Ranges of formulas that rules share, by the formula and `symbolic`."""
        self.symbolic = False
        """Whether the rule in hand asks for `symbolic_propagation`."""

    @cached_property
    def facts(self) -> FileFacts:
        """Imports, constants and types of the file."""
        return FileFacts(self.root, self.front.implicit)

    @cached_property
    def matcher(self) -> Matcher:
        """The matcher of this file."""
        return Matcher(self.facts, self.index)

    @cached_property
    def symbolic_matcher(self) -> Matcher:
        """The matcher of this file that looks through names."""
        return Matcher(self.facts, self.index, symbolic=True)

    @cached_property
    def index(self) -> Index:
        """The file's nodes by kind."""
        return Index(self.root, self.facts)

    def part(self, node: Node) -> File:
        """Return a part of the file as a file, with the facts of the whole."""
        inner = File(self.data, self.front, Node("block", node.start, node.end, [node]))
        inner.__dict__["facts"] = self.facts
        return inner

    def found(self, pattern: Pattern) -> list[Range]:
        """Return where a pattern matches."""
        key = (pattern.text, self.symbolic)
        before = self._found.get(key)
        if before is None:
            matcher = self.symbolic_matcher if self.symbolic else self.matcher
            before = (
                [Range(m.start, m.end, m.env) for m in find(pattern, matcher, self.index)]
                if self.may_match(pattern)
                else []
            )
            self._found[key] = before
        return before

    def may_match(self, pattern: Pattern) -> bool:
        """Say whether the words that the pattern needs stand in the file at all."""
        return all(map(self._has, pattern.words))

    def _has(self, word: bytes) -> bool:
        """Say whether a word stands in the file."""
        known = self._words.get(word)
        if known is None:
            known = self._words[word] = word in self.data or dashed(word) in self.data
        return known

    def possible(self, formula: Formula) -> bool:
        """Say whether a formula may describe anything here: the words of all that it needs stand in the file."""
        known = self._possible.get(id(formula))
        if known is None:
            known = self._possible[id(formula)] = self._is_possible(formula)
        return known

    def _is_possible(self, formula: Formula) -> bool:
        match formula:
            case Code():
                return self.may_match(formula.pattern)
            case Either():
                return any(map(self.possible, formula.options))
            case Inside():
                return self.possible(formula.formula)
            case All():
                return all(map(self.possible, formula.positive)) and all(
                    any(map(self._has, words)) for words in map(words_asked, formula.conditions) if words
                )
            case _:
                return True


def ranges_of(formula: Formula, file: File) -> list[Range]:
    """Return the ranges of the file that a whole formula of a rule describes; kept for rules that share it."""
    key = (id(formula), file.symbolic)
    found = file.results.get(key)
    if found is None:
        found = file.results[key] = evaluate(formula, file) if file.possible(formula) else []
    return found


def evaluate(formula: Formula, file: File) -> list[Range]:
    """Return the ranges of the file that a formula describes."""
    match formula:
        case Code():
            return file.found(formula.pattern)
        case Text():
            return _regex(formula.regex, file)
        case Either():
            return unique([r for option in formula.options if file.possible(option) for r in evaluate(option, file)])
        case Inside():
            return [Range(r.start, r.end, r.env, inside=True) for r in evaluate(formula.formula, file)]
        case Not():
            return without([_whole(file)], evaluate(formula.formula, file))
        case All():
            return _all(formula, file)
        case _:
            assert_never(formula)


def _whole(file: File) -> Range:
    return Range(file.root.start, file.root.end, {})


def _all(formula: All, file: File) -> list[Range]:
    ranges: list[Range] | None = None
    early = [condition for condition in formula.conditions if condition.kind == "regex"]
    for part in formula.positive:
        found = [
            r for r in evaluate(part, file) if all(c.metavariable not in r.env or holds(c, r, file) for c in early)
        ]
        ranges = found if ranges is None else both(ranges, found)
        if not ranges:
            return []
    if ranges is None:
        ranges = [_whole(file)]
    for negative in formula.negative:
        if ranges:
            ranges = without(ranges, evaluate(negative.formula, file))
    for condition in formula.conditions:
        ranges = [out for r in ranges for out in holds(condition, r, file)]
    for names in formula.focus:
        ranges = [
            Range(node.start, node.end, r.env)
            for r in ranges
            for name in names
            if (node := r.env.get(name)) is not None
        ]
    return ranges


def _regex(regex: str, file: File) -> list[Range]:
    """Return where a regex is found, with its named and numbered groups bound."""
    try:
        pattern = compiled(regex if regex.startswith("(?") else f"(?m){regex}")
    except re.error:
        return []
    start, end = file.root.start, file.root.end
    text = file.data[start:end].decode("utf-8", "replace")
    plain = text.isascii()
    out: list[Range] = []
    for hit in pattern.finditer(text):
        at, to = (
            (hit.start(), hit.end()) if plain else (len(text[: hit.start()].encode()), len(text[: hit.end()].encode()))
        )
        env = {
            str(i + 1): Node("text", start + at, start + to, None, group)
            for i, group in enumerate(hit.groups())
            if group is not None
        }
        out.append(Range(start + at, start + to, env))
        if len(out) >= MOST_REGEX_HITS:
            break
    return out
