"""Flows across files: what functions return, and where they let taint go, decides the open flows of other files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from secloop.stages.test.sast.modules import ANY_OWNER, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.model.facts import ConfigKeys, Flow, FlowCall, Flows, Setting
    from secloop.model.places import CodeSpan

DEEPEST = 6
RECEIVER, WITHIN = -1, -2
ENTERED = frozenset({"source", "setting", "default"})
FEWEST_STEPS = 2
"""Steps of a path that must agree before a call is taken to mean a function of another file."""


class Linker:
    """The functions of all files, and what they pass on."""

    def __init__(self, facts: Iterable[Flows], configs: Iterable[ConfigKeys] = ()) -> None:
        """Collect them, and what configuration files say."""
        self.facts = list(facts)
        self._settings: dict[str, list[Setting]] = defaultdict(list)
        for config in configs:
            for setting in config.settings:
                self._settings[setting.key].append(setting)
        self._paths: dict[str, tuple[str, ...]] = {}
        self._by_end: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._returns: dict[str, list[Flow]] = defaultdict(list)
        self._sinks: dict[str, list[Flow]] = defaultdict(list)
        for one in self.facts:
            for function in one.functions:
                steps = steps_of(function)
                self._paths[function] = steps
                self._by_end[steps[-FEWEST_STEPS:]].append(function)
                self._by_name[steps[-1]].append(function)
            for flow in one.returns:
                self._returns[flow.function].append(flow)
            for flow in one.sinks:
                if flow.kind == "param":
                    self._sinks[flow.function].append(flow)
        self._meant: dict[str, str | None] = {}
        self._spread()

    def meant(self, target: str) -> str | None:
        """Return the one function that a target's path ends like; None when there is none, or more than one; kept."""
        if target not in self._meant:
            self._meant[target] = self._looked_up(target)
        return self._meant[target]

    def _looked_up(self, target: str) -> str | None:
        steps = steps_of(target)
        if steps[:1] == (ANY_OWNER,):
            named = self._by_name.get(steps[-1], ())
            return named[0] if len(named) == 1 else None
        found = []
        for function in self._by_end.get(steps[-FEWEST_STEPS:], ()):
            own = self._paths[function]
            shared = min(len(own), len(steps))
            if own[-shared:] == steps[-shared:]:
                found.append(function)
        if not found and target.startswith("."):
            found = self._below(steps)
        return found[0] if len(found) == 1 else None

    def _below(self, steps: tuple[str, ...]) -> list[str]:
        """Return the functions of a name in a file or folder of the project: a class or a file may stand between."""
        module, name = steps[:-1], steps[-1]
        width = len(module)
        return [
            function
            for function in self._by_name.get(name, ())
            if any(self._paths[function][i : i + width] == module for i in range(len(self._paths[function]) - width))
        ]

    def _spread(self) -> None:
        """Let a function have the sinks of those that it passes its own parameters to."""
        for _ in range(DEEPEST):
            grown = False
            for one in self.facts:
                for passed in one.passes:
                    flow = passed.flow
                    if flow.kind == "param":
                        grown |= self._inherit(flow, passed.target, passed.argument)
            if not grown:
                return

    def _inherit(self, flow: Flow, target: str, argument: int) -> bool:
        function = self.meant(target)
        if function is None or function == flow.function:
            return False
        grown = False
        for sink in list(self._sinks.get(function, ())):
            if self._reaches(sink, argument) and sink.rule not in flow.without and self.holds(flow.calls, sink.rule):
                more = _joined(flow, sink)
                if all(
                    (known.path[-1], known.param, known.rule) != (more.path[-1], more.param, more.rule)
                    for known in self._sinks[flow.function]
                ):
                    self._sinks[flow.function].append(more)
                    grown = True
        return grown

    def _reaches(self, sink: Flow, argument: int) -> bool:
        return sink.param == argument and self.holds(sink.calls, sink.rule)

    def holds(self, calls: Sequence[FlowCall], rule: str, depth: int = DEEPEST) -> bool:
        """Say whether every call passes taint of a rule on. One of nothing known passes its arguments on."""
        return all(self._passes(call, rule, depth) for call in calls)

    def _passes(self, call: FlowCall, rule: str, depth: int) -> bool:
        function = self.meant(call.target)
        if function is None or depth == 0:
            return call.argument != WITHIN
        for flow in self._returns.get(function, ()):
            if flow.kind == "param":
                fits = call.argument == flow.param and rule not in flow.without
            else:
                fits = call.argument == WITHIN and _is_of(flow, rule) and self._is_given(flow)
            if fits and self.holds(flow.calls, rule, depth - 1):
                return True
        return False

    def proven(self) -> Iterator[Flow]:
        """Yield the flows that hold, each ending at its sink."""
        for one in self.facts:
            for flow in one.sinks:
                if flow.kind != "param" and self._is_given(flow) and self.holds(flow.calls, flow.rule):
                    yield self._shown(flow)
            for passed in one.passes:
                flow = passed.flow
                if flow.kind in ENTERED and self._is_given(flow):
                    yield from self._arrived(self._shown(flow), passed.target, passed.argument)

    def _is_given(self, flow: Flow) -> bool:
        """Say whether a flow from a setting has a value of its rule: a configuration file's or the code's own."""
        if flow.kind not in {"setting", "default"}:
            return True
        found = self._settings.get(flow.function, ())
        return any(flow.rule in setting.rules for setting in found) or (flow.kind == "default" and not found)

    def _shown(self, flow: Flow) -> Flow:
        """Return a flow; one from a setting begins where the configuration file gives the value."""
        from msgspec.structs import replace

        places = [s.place for s in self._settings.get(flow.function, ()) if flow.rule in s.rules]
        return replace(flow, path=(places[0], *flow.path)) if flow.kind in {"setting", "default"} and places else flow

    def _arrived(self, flow: Flow, target: str, argument: int) -> Iterator[Flow]:
        function = self.meant(target)
        for sink in self._sinks.get(function, ()) if function is not None else ():
            if _is_of(flow, sink.rule) and self._reaches(sink, argument) and self.holds(flow.calls, sink.rule):
                yield _joined(flow, sink)


def _is_of(flow: Flow, rule: str) -> bool:
    """Say whether a flow is of a rule."""
    return flow.rule == rule or (not flow.rule and rule not in flow.without)


def _joined(flow: Flow, sink: Flow) -> Flow:
    """Return a flow that goes on where another one ends."""
    from msgspec.structs import replace

    path: tuple[CodeSpan, ...] = (*flow.path, *sink.path)
    return replace(sink, kind=flow.kind, function=flow.function, param=flow.param, calls=(), path=path)
