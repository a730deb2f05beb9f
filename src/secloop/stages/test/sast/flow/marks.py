"""What the taint rules say about the places of a file: sources, sinks, sanitisers and propagators, by extent."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.flow.labels import satisfied
from secloop.stages.test.sast.flow.value import ANY, CLEAN, NOTHING, SOURCE, Mark, Trace, Value, union
from secloop.stages.test.sast.semgrep.rule import DEFAULT_LABEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.stages.test.sast.flow.value import Env, Taint
    from secloop.stages.test.sast.pattern.env import Env as Bindings
    from secloop.stages.test.sast.semgrep.rule import Sanitizer, Sink, Source
    from secloop.stages.test.sast.tree import Node

Extent = tuple[int, int]
DEEPEST_CONDITION = 30
PARAMS = 100
"""What numbers of functions are multiplied with to number their parameters; 0 is the receiver, 1 the first."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Taint that arrived at a sink of a rule, and how."""

    rule: int
    start: int
    end: int
    mark: Mark
    trace: Trace


@dataclass(frozen=True, slots=True)
class Open:
    """A sink within which the interpreter is."""

    rule: int
    spec: Sink
    extent: Extent
    bindings: Bindings


class SinkScope:
    """The sinks that a node opens; what arrives in them is a hit."""

    def __init__(self, marks: Marks, opened: Sequence[Open]) -> None:
        """Open sinks."""
        self._marks, self.opened = marks, opened

    def reached(self, value: Value) -> None:
        """Take the value of a part of the statement."""
        for sink in self.opened:
            self._marks.hit(sink, value.all_taint())

    def arrived(self, node: Node, value: Value, again: Callable[[Node], Value]) -> None:
        """Take the value of the node that is the sink; of a call, its arguments count."""
        for sink in self.opened:
            self._marks.hit(sink, value.all_taint())
            if node.kind in {"call", "new"} and len(node.kids) > 1 and not sink.spec.focused:
                for kid in node.kids[1].kids:
                    self._marks.hit(sink, again(kid).all_taint())


class Marks:
    """The marks of all taint rules over one file."""

    def __init__(self, rules: int = 0, labelled: frozenset[int] = frozenset()) -> None:
        """Begin without any; of `rules` rules, `labelled` ones tell their sources apart."""
        self._rules = frozenset(range(rules))
        self._labelled = labelled
        self.sources: dict[Extent, list[tuple[int, Source]]] = defaultdict(list)
        self.sinks: dict[Extent, list[Open]] = defaultdict(list)
        self.sanitizers: dict[Extent, list[tuple[int, Sanitizer]]] = defaultdict(list)
        self.propagators: dict[Extent, list[tuple[int, Node, Node]]] = defaultdict(list)
        self.guards: dict[Extent, list[tuple[int, Node, bool]]] = defaultdict(list)
        self.hits: dict[tuple[int, Extent], dict[Mark, Hit]] = defaultdict(dict)
        self.passed: dict[tuple[str, int], dict[Mark, Trace]] = defaultdict(dict)
        self._quiet = 0
        self._begun: set[int] = set()
        self._open: list[Open] = []

    def any_at(self, node: Node) -> bool:
        """Say whether anything is marked at a node, or a sink is open that takes all within it."""
        extent = (node.start, node.end)
        return (
            extent in self.sources
            or extent in self.sinks
            or extent in self.sanitizers
            or extent in self.propagators
            or bool(self._open)
        )

    def begin(self, func: Node) -> bool:
        """Say whether a function is yet to be run where it is written."""
        if id(func) in self._begun:
            return False
        self._begun.add(id(func))
        return True

    def source_taint(self, node: Node) -> Taint:
        """Return the taint that a node is a source of."""
        found = self.sources.get((node.start, node.end))
        if not found:
            return CLEAN
        return dict.fromkeys(self._brought(node, [one for one in found if one[1].requires is None]), Trace(node))

    def _brought(self, node: Node, found: Sequence[tuple[int, Source]]) -> list[Mark]:
        """Return the taint of sources that a node is: one mark for all rules that do not tell their sources apart."""
        own = [
            Mark(rule, source.label, node.start)
            for rule, source in found
            if rule in self._labelled or source.label != DEFAULT_LABEL
        ]
        shared = frozenset(
            rule for rule, source in found if rule not in self._labelled and source.label == DEFAULT_LABEL
        )
        return [*own, Mark(ANY, SOURCE, node.start, (), self._rules - shared)] if shared else own

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Evaluate without reporting."""
        self._quiet += 1
        try:
            yield
        finally:
            self._quiet -= 1

    @contextmanager
    def sink(self, node: Node) -> Iterator[SinkScope]:
        """Open the sinks that a node is."""
        opened = self.sinks.get((node.start, node.end), ()) if not self._quiet else ()
        wide = [one for one in opened if not one.spec.exact]
        self._open += wide
        try:
            yield SinkScope(self, opened)
        finally:
            if wide:
                del self._open[-len(wide) :]

    def changed(self, node: Node, value: Value, env: Env) -> Value:
        """Return a node's value with the taint that it is a source of, without what it is a sanitiser of."""
        extent = (node.start, node.end)
        sources = self.sources.get(extent)
        if sources:
            value = self._with_sources(node, sources, value, env)
        sanitizers = self.sanitizers.get(extent)
        if sanitizers:
            value = self._cleaned(value, frozenset(rule for rule, _ in sanitizers))
            aside = frozenset(rule for rule, sanitizer in sanitizers if sanitizer.by_side_effect)
            if aside:
                self._clean_names(node, aside, env)
        for one in self._open:
            self.hit(one, value.all_taint())
        for found in self.propagators.get(extent, ()):
            self._carry(found, env)
        return value

    def _with_sources(self, node: Node, sources: Sequence[tuple[int, Source]], value: Value, env: Env) -> Value:
        given = [
            (rule, source)
            for rule, source in sources
            if source.requires is None
            or satisfied(source.requires, {mark.label for mark in value.all_taint() if mark.rule == rule})
        ]
        value = value.tainted(dict.fromkeys(self._brought(node, given), Trace(node)))
        if any(source.by_side_effect for _, source in given):
            _set(node, value, env)
        return value

    def _carry(self, found: tuple[int, Node, Node], env: Env) -> None:
        rule, source, target = found
        path = path_of(source)
        held = env.get(path, NOTHING) if path is not None else NOTHING
        taint = {
            mark._replace(without=self._rules - {rule}) if mark.rule == ANY else mark: trace
            for mark, trace in union(held.all_taint(), self.source_taint(source)).items()
            if mark.rule == rule or (mark.label == SOURCE and mark.of(rule))
        }
        to = path_of(target)
        if taint and to is not None:
            env[to] = env.get(to, NOTHING).tainted(taint)

    def checks(self, condition: Node, env: Env, value: Callable[[Node], Value]) -> bool:
        """Give fields that a condition checks, but that have no value yet (`request.query.tool`), theirs.

        Returns whether anything is checked.
        """
        checked: dict[str, Node] = {}
        for holds in (True, False):
            self._checked(condition, DEEPEST_CONDITION, checked, truth=holds)
        for path, node in checked.items():
            if path not in env and "." in path:
                env[path] = value(node)
        return bool(checked)

    def guard(self, condition: Node, env: Env, *, holds: bool) -> None:
        """Clean what a condition checks, in the branch where it holds or does not hold."""
        by_path: dict[str, set[int]] = {}
        for rule, path in self._checked(condition, DEEPEST_CONDITION, {}, truth=holds):
            by_path.setdefault(path, set()).add(rule)
        for path, rules in by_path.items():
            if path in env:
                env[path] = self._cleaned(env[path], frozenset(rules))

    def _checked(self, node: Node, depth: int, nodes: dict[str, Node], *, truth: bool) -> set[tuple[int, str]]:
        """Return the (rule, variable) pairs that a condition shows to be clean where it is true, or false.

        What the variables stand for in the condition goes to `nodes`.
        """
        if node.kind == "unary" and node.value in {"not", "!"}:
            return self._checked(node.kids[0], depth - 1, nodes, truth=not truth) if depth else set()
        if node.kind == "binary" and node.value in {"and", "&&", "or", "||"} and depth:
            sides = [self._checked(kid, depth - 1, nodes, truth=truth) for kid in node.kids]
            every = truth is (node.value in {"and", "&&"})
            return set.union(*sides) if every else set.intersection(*sides)
        out: set[tuple[int, str]] = set()
        for rule, checked, when in self.guards.get((node.start, node.end), ()):
            if when is truth and (path := path_of(checked)) is not None:
                nodes[path] = checked
                out.add((rule, path))
        return out

    def _cleaned(self, value: Value, rules: frozenset[int]) -> Value:
        """Return a value without the taint of some rules."""
        taint: dict[Mark, Trace] = {}
        for mark, trace in value.taint.items():
            if mark.rule == ANY:
                without = mark.without | rules
                if mark.label != SOURCE or len(without) < len(self._rules):
                    taint[mark._replace(without=without)] = trace
            elif mark.rule not in rules:
                taint[mark] = trace
        items = {key: self._cleaned(item, rules) for key, item in value.items.items()} if value.items else value.items
        rest = self._cleaned(value.rest, rules) if value.rest is not None else None
        return replace(value, taint=taint, items=items, rest=rest)

    def _clean_names(self, node: Node, rules: frozenset[int], env: Env) -> None:
        """Clean every variable that is named within a node."""
        for part in node.walk():
            path = path_of(part)
            if path is not None and path in env:
                env[path] = self._cleaned(env[path], rules)

    def target(self, node: Node, value: Value) -> None:
        """Take the value that a target of an assignment got: it may be a sink."""
        for sink in self.sinks.get((node.start, node.end), ()):
            self.hit(sink, value.all_taint())

    def hit(self, sink: Open, taint: Taint) -> None:
        """Note that taint arrived at a sink, when it is of the sink's rule and has the labels that the sink needs."""
        if not taint or self._quiet:
            return
        mine = {mark: trace for mark, trace in taint.items() if mark.rule == sink.rule}
        if mine and satisfied(sink.spec.requires, {mark.label for mark in mine}):
            self._note(sink, mine)
        if sink.spec.requires is None:
            self._note(sink, {m: t for m, t in taint.items() if m.rule == ANY and sink.rule not in m.without})

    def _note(self, sink: Open, taint: Taint) -> None:
        found = self.hits[sink.rule, sink.extent]
        for mark, trace in taint.items():
            if mark.label == "param" and mark.origin % PARAMS == 0 and mark.rule == ANY:
                continue  # what an object holds is judged where it is put in
            found.setdefault(mark, Hit(sink.rule, *sink.extent, mark, trace))

    def passes(self, target: str, argument: int, taint: Taint) -> None:
        """Note that taint goes into a function of another file as an argument."""
        if taint and not self._quiet:
            known = self.passed[target, argument]
            for mark, trace in taint.items():
                known.setdefault(mark, trace)


def _set(node: Node, value: Value, env: Env) -> None:
    path = path_of(node)
    if path is not None:
        env[path] = value
