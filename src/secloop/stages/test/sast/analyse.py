"""One file, all rules: findings that the file alone proves, and the flows that other files decide."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from secloop.model.facts import Flow, FlowCall, FlowPass, Flows
from secloop.stages.test.sast.findings import Places, finding
from secloop.stages.test.sast.fixes import FixedFile
from secloop.stages.test.sast.flow.marks import PARAMS
from secloop.stages.test.sast.flow.run import flows, hits
from secloop.stages.test.sast.flow.value import ANY, DEFAULT, SETTING, needed
from secloop.stages.test.sast.fronts import front_of
from secloop.stages.test.sast.modules import module_of
from secloop.stages.test.sast.semgrep.evaluate import File, ranges_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.model.finding import Finding
    from secloop.scan.base import SourceFile
    from secloop.stages.test.sast.flow.marks import Hit
    from secloop.stages.test.sast.flow.run import Flows as LocalFlows
    from secloop.stages.test.sast.flow.value import CallRef, Mark, Trace
    from secloop.stages.test.sast.pack import Ready
    from secloop.stages.test.sast.pattern.env import Env

FROM_THE_RECEIVER, FROM_WITHIN = -1, -2


class Analysis:
    """The rules of one language over one file."""

    def __init__(self, source: SourceFile, language: str, ready: Sequence[Ready]) -> None:
        """Parse the file."""
        front = front_of("tsx" if source.path.endswith(".tsx") else language)
        if front is None:
            raise KeyError(language)
        self.file = File(source.data, front)
        self.places = Places(source, self.file)
        self.cut = False
        """Whether the flow of data was too deeply nested to be followed to the end."""
        self._ready = ready
        self._fixed = FixedFile(source.path, source.data)
        self._module = module_of(source.path, language, self.file.root)

    def findings(self) -> Iterator[Finding]:
        """Yield the findings of the search rules."""
        for ready in self._ready:
            if ready.rule.search is None:
                continue
            self.file.symbolic = bool(ready.rule.options.get("symbolic_propagation"))
            seen: set[tuple[int, int]] = set()
            for r in ranges_of(ready.rule.search, self.file):
                if (r.start, r.end) not in seen:
                    seen.add((r.start, r.end))
                    span = self.places.span(r.start, r.end)
                    found = finding(ready.page, ready.matcher, span, self.places, r.start, r.end)
                    yield self._corrected(found, ready, r.start, r.end, r.env)
        self.file.symbolic = False

    def flows(self) -> Iterator[Finding | Flows]:
        """Yield the findings of the taint rules, and what other files have a say in."""
        tainting = [ready for ready in self._ready if ready.rule.taint is not None]
        if not tainting:
            return
        found = flows([ready.rule.taint for ready in tainting if ready.rule.taint is not None], self.file)
        for hit in found.hits:
            yield self._found(tainting[hit.rule], hit)
        self.cut = found.cut
        facts = self._facts(found, tainting)
        if facts.functions or facts.sinks or facts.passes:
            yield facts

    def alone(self) -> Iterator[Finding]:
        """Yield the findings of the taint rules as this file alone tells them."""
        tainting = [ready for ready in self._ready if ready.rule.taint is not None]
        for hit in hits([ready.rule.taint for ready in tainting if ready.rule.taint is not None], self.file):
            yield self._found(tainting[hit.rule], hit)

    def _found(self, ready: Ready, hit: Hit) -> Finding:
        path = self.places.path(hit.trace, hit.start, hit.end)
        found = finding(ready.page, ready.matcher, path[-1], self.places, hit.start, hit.end, path)
        return self._corrected(found, ready, hit.start, hit.end, partial(self._bindings, ready, hit))

    def _bindings(self, ready: Ready, hit: Hit) -> Env:
        """Return what the metavariables of the sink at a place stand for."""
        for sink in ready.rule.taint.sinks if ready.rule.taint is not None else ():
            for r in ranges_of(sink.formula, self.file):
                if (r.start, r.end) == (hit.start, hit.end):
                    return r.env
        return {}

    def _corrected(self, found: Finding, ready: Ready, start: int, end: int, env: Env | Callable[[], Env]) -> Finding:
        """Return a finding with the edit that its rule has for it."""
        if not ready.fix:
            return found
        return replace(found, fix=self._fixed.fix(ready.fix, start, end, env() if callable(env) else env))

    def _facts(self, found: LocalFlows, tainting: Sequence[Ready]) -> Flows:
        names = [ready.id for ready in tainting]
        paths = [f"{self._module}.{function.public_path}" for function in found.functions.all]
        returns = [
            self._flow(mark, trace, names, paths, owner=paths[number])
            for number, taint in found.returns.items()
            for mark, trace in needed(taint).items()
        ]
        return Flows(
            file=self.places.source.path,
            functions=tuple(
                path
                for path, function in zip(paths, found.functions.all, strict=True)
                if function.name and function.node.kids[2].kind != "none"
            ),
            returns=tuple(returns),
            sinks=tuple(self._sink(hit, names, paths) for hit in found.open),
            passes=tuple(
                FlowPass(target=target, argument=argument, flow=self._flow(mark, trace, names, paths))
                for (target, argument), taint in found.passed.items()
                for mark, trace in needed(taint).items()
                if mark.entered or mark.label == "param"
            ),
        )

    def _sink(self, hit: Hit, names: Sequence[str], paths: Sequence[str]) -> Flow:
        scope = self.places.scope(hit.start)
        text = self.places.text(hit.start, hit.end)
        path = self.places.path(hit.trace, hit.start, hit.end)
        flow = self._flow(hit.mark, hit.trace, names, paths)
        return replace(
            flow, rule=names[hit.rule], path=path, scope=scope, text=text, excerpt=self.places.excerpt(path[-1].line)
        )

    def _flow(self, mark: Mark, trace: Trace, names: Sequence[str], paths: Sequence[str], owner: str = "") -> Flow:
        kind, function, param = "source", owner, 0
        if mark.rule == ANY:
            kind = mark.label
            if kind == "param":
                number, param = divmod(mark.origin, PARAMS)
                param -= 1
                function = paths[number] if number < len(paths) else ""
        elif mark.label.startswith((SETTING, DEFAULT)):
            kind, _, function = mark.label.partition(":")
        return Flow(
            kind=kind,
            rule="" if mark.rule == ANY else names[mark.rule],
            function=function,
            param=param,
            calls=tuple(_call(call) for call in mark.calls),
            path=self.places.path(trace),
            without=tuple(sorted(names[rule] for rule in mark.without)),
        )


def _call(call: CallRef) -> FlowCall:
    return FlowCall(target=call.target, argument=FROM_WITHIN if call.argument is None else call.argument)
