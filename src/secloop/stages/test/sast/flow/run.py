"""Taint rules over one file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secloop.stages.test.sast.flow.functions import Functions
from secloop.stages.test.sast.flow.interpret import Interpreter
from secloop.stages.test.sast.flow.marks import Marks, Open
from secloop.stages.test.sast.flow.value import DEFAULT, SETTING
from secloop.stages.test.sast.pattern.literals import compiled
from secloop.stages.test.sast.semgrep.evaluate import ranges_of
from secloop.stages.test.sast.settings import asked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secloop.stages.test.sast.flow.marks import Hit
    from secloop.stages.test.sast.flow.value import Env, Taint
    from secloop.stages.test.sast.semgrep.evaluate import File
    from secloop.stages.test.sast.semgrep.ranges import Range
    from secloop.stages.test.sast.semgrep.rule import Source
    from secloop.stages.test.sast.semgrep.rule import Taint as TaintRule


def marked(taints: Sequence[TaintRule], file: File) -> Marks:
    """Return the marks of taint rules over a file."""
    marks = Marks(len(taints), frozenset(number for number, taint in enumerate(taints) if taint.labelled))
    for number, taint in enumerate(taints):
        for sink in taint.sinks:
            for r in ranges_of(sink.formula, file):
                marks.sinks[r.start, r.end].append(Open(number, sink, (r.start, r.end), r.env))
        _mark_sources(marks, number, taint, file)
        _mark_sanitizers(marks, number, taint, file)
        _mark_propagators(marks, number, taint, file)
    return marks


def _mark_sources(marks: Marks, number: int, taint: TaintRule, file: File) -> None:
    for source in taint.sources:
        for r in ranges_of(source.formula, file):
            if not source.setting:
                marks.sources[r.start, r.end].append((number, source))
            elif label := _setting(source, r, file):
                marks.sources[r.start, r.end].append((number, replace(source, label=label)))


def _setting(source: Source, r: Range, file: File) -> str:
    """Return the label of a reader of a configuration: the key that it asks for, and whether its default taints."""

    def text(name: str) -> str | None:
        node = r.env.get(name)
        value = file.facts.constant(node) if node is not None else None
        if value is not None and value.kind == "str":
            return value.value
        is_field = node is not None and node.kind == "name" and file.data[node.start - 1 : node.start] == b"."
        return node.value if is_field and node is not None else None

    key, section = text("KEY"), text("SECTION")
    if not key or ("SECTION" in r.env and not section):
        return ""
    wanted = asked(key, section or "", text("DEFAULT"))
    taints = wanted.default is not None and compiled(source.setting).search(wanted.default) is not None
    return f"{DEFAULT if taints else SETTING}{wanted.key}"


def _mark_sanitizers(marks: Marks, number: int, taint: TaintRule, file: File) -> None:
    for sanitizer in taint.sanitizers:
        for r in ranges_of(sanitizer.formula, file):
            extent = (r.start, r.end)
            if not (sanitizer.not_conflicting and (extent in marks.sources or extent in marks.sinks)):
                marks.sanitizers[extent].append((number, sanitizer))
    symbolic, file.symbolic = file.symbolic, True
    for guard in taint.guards:
        for r in ranges_of(guard.formula, file):
            checked = r.env.get("X")
            if checked is not None:
                marks.guards[r.start, r.end].append((number, checked, guard.when))
    file.symbolic = symbolic


def _mark_propagators(marks: Marks, number: int, taint: TaintRule, file: File) -> None:
    for propagator in taint.propagators:
        for r in ranges_of(propagator.formula, file):
            source, target = r.env.get(propagator.source), r.env.get(propagator.target)
            if source is not None and target is not None:
                marks.propagators[r.start, r.end].append((number, source, target))


@dataclass(frozen=True, slots=True)
class Flows:
    """What taint does in one file: hits that hold, hits that hang on calls or callers, and what goes elsewhere."""

    hits: list[Hit]
    open: list[Hit]
    functions: Functions
    returns: dict[int, Taint]
    """By number of a function: the taint that it returns."""
    passed: Mapping[tuple[str, int], Taint]
    """By path of a function of another file and number of an argument: the taint that is passed."""
    cut: bool = False
    """Whether something was nested too deeply to be followed."""


def flows(taints: Sequence[TaintRule], file: File) -> Flows:
    """Follow taint through a file."""
    marks = marked(taints, file)
    functions = Functions(file.root, file.facts)
    interpreter = Interpreter(marks, functions)
    whole: Env = {}
    interpreter.statement(file.root, whole)
    interpreter.shared = {name: value for name, value in whole.items() if file.facts.is_given_once(name)}
    returns: dict[int, Taint] = {}
    for function in functions.all:
        returns[function.number] = interpreter.whole(function).all_taint()
    sure: list[Hit] = []
    unsure: list[Hit] = []
    for found in marks.hits.values():
        certain = [
            hit
            for hit in found.values()
            if hit.mark.entered and not hit.mark.calls and not hit.mark.label.startswith((SETTING, DEFAULT))
        ]
        if certain:
            sure.append(min(certain, key=lambda hit: (len(hit.trace.path()), hit.mark.origin)))
        else:
            unsure += found.values()
    return Flows(
        sorted(sure, key=_place), sorted(unsure, key=_place), functions, returns, marks.passed, interpreter.cut
    )


def _place(hit: Hit) -> tuple[int, int, int, int]:
    return hit.start, hit.end, hit.rule, hit.mark.origin


def hits(taints: Sequence[TaintRule], file: File) -> list[Hit]:
    """Return where taint arrives at sinks, as far as this file alone can tell; unknown calls pass it on."""
    found = flows(taints, file)
    loose = [hit for hit in found.open if hit.mark.entered and not hit.mark.label.startswith(SETTING)]
    return sorted({(hit.rule, hit.start, hit.end): hit for hit in (*loose, *found.hits)}.values(), key=_place)
