"""Runs functions over abstract values."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of
from secloop.stages.test.sast.flow import compute
from secloop.stages.test.sast.flow.expressions import EXPRESSIONS, value_again
from secloop.stages.test.sast.flow.marks import PARAMS
from secloop.stages.test.sast.flow.statements import STATEMENTS, other
from secloop.stages.test.sast.flow.value import ANY, NOTHING, UNKNOWN, Mark, Trace, Value, constant, join, plain, union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.stages.test.sast.flow.functions import Function, Functions
    from secloop.stages.test.sast.flow.marks import Marks
    from secloop.stages.test.sast.flow.value import Env
    from secloop.stages.test.sast.tree import Node


MOST_NESTED = 5
"""Calls within calls that are followed into a file's own functions."""
MOST_INLINED = 4_000
"""Such calls for one file."""
DEEPEST = 100
"""Nested expressions, statements and calls; what is deeper is not followed, and said to be."""


class Interpreter:
    """Runs statements of one file; reports to the marks when taint arrives at a sink."""

    def __init__(self, marks: Marks, functions: Functions | None = None) -> None:
        """Run with those marks; `functions` are those of the file, for calls among them."""
        self.marks = marks
        self.functions = functions
        self.inside: Function | None = None
        self.returned: list[Value] = []
        self.exits: list[list[Env]] = []
        """For each loop and switch around: what held where it was left early."""
        self.shared: Env = {}
        """What the file's own names are, of those that are given a value once: every function sees them."""
        self.cut = False
        """Whether something was nested too deeply to be followed."""
        self._depth = 0
        self._stack: list[int] = []
        self._inlined: dict[object, Value] = {}
        self._left = MOST_INLINED

    @cached_property
    def _holders(self) -> frozenset[str]:
        """The names and paths of the file of which a field is named somewhere: `a` and `a.b` of `a.b.c`."""
        out: set[str] = set()
        for node in self.functions.root.walk() if self.functions is not None else ():
            path = path_of(node.kids[0]) if node.kind == "attr" else None
            if path is not None:
                out.add(path)
        return frozenset(out)

    # -- functions

    def whole(self, function: Function) -> Value:
        """Run a function for itself: what its parameters bring is taint that stands for whatever a caller gives."""
        params = function.node.kids[1].kids
        first = function.number * PARAMS
        receiver = plain({Mark(ANY, "param", first): Trace(function.node)}) if function.owner else NOTHING
        args = [
            receiver
            if i < function.offset
            else plain({Mark(ANY, "param", first + 1 + i - function.offset): Trace(param)})
            for i, param in enumerate(params[: PARAMS - 1])
        ]
        return self._within(function, args, {"this": receiver} if function.owner else None)

    def inline(self, function: Function, args: Sequence[Value]) -> Value | None:
        """Run a function of the file for a call; None when that would go too deep."""
        if len(self._stack) >= MOST_NESTED or function.number in self._stack:
            return None
        key = (function.number, tuple(_signature(arg) for arg in args))
        before = self._inlined.get(key)
        if before is None:
            if self._left <= 0:
                return None
            self._left -= 1
            before = self._inlined[key] = self._within(function, args)
        return before

    def _within(self, function: Function, args: Sequence[Value], outer: Env | None = None) -> Value:
        outside = self.inside
        self.inside = function
        self._stack.append(function.number)
        try:
            return self.function(function.node, args, outer)
        finally:
            self._stack.pop()
            self.inside = outside

    def function(self, func: Node, args: Sequence[Value] = (), outer: Env | None = None) -> Value:
        """Run a function with values for its first parameters; returns the value that it returns."""
        env: Env = {**self.shared, **(outer or {})}
        for i, param in enumerate(func.kids[1].kids):
            self._bind_param(param, args[i] if i < len(args) else NOTHING, env)
        before, self.returned = self.returned, []
        exits, self.exits = self.exits, []
        self.statement(func.kids[2], env)
        out = self.returned
        self.returned, self.exits = before, exits
        value = out[0] if out else NOTHING
        for more in out[1:]:
            value = join(value, more)
        return value

    def _bind_param(self, param: Node, value: Value, env: Env) -> None:
        for target in param.kids[:1]:
            value = value.tainted(self.marks.source_taint(param)).tainted(self.marks.source_taint(target))
            if len(param.kids) > 1 and value is NOTHING:
                value = plain(self.expression(param.kids[1], env).all_taint())
            self.assign(target, value, env)

    def statement(self, stmt: Node, env: Env) -> bool:
        """Run one statement."""
        if self._depth > DEEPEST:
            self.cut = True
            return True
        self._depth += 1
        try:
            handler = STATEMENTS.get(stmt.kind)
            if handler is not None:
                return handler(self, stmt, env)
            return other(self, stmt, env)
        finally:
            self._depth -= 1

    def closure(self, func: Node, env: Env) -> None:
        """Run a function where it is written: what it captures may be tainted."""
        if not self.marks.begin(func):
            return
        captured = {name: value if not value.known else replace(value, const=UNKNOWN) for name, value in env.items()}
        self.function(func, (), captured)

    def expression(self, node: Node, env: Env) -> Value:
        """Return the value of an expression."""
        if self._depth > DEEPEST:
            self.cut = True
            return NOTHING
        self._depth += 1
        try:
            marks = self.marks
            if not marks.any_at(node):
                return self._value(node, env)
            with marks.sink(node) as sink:
                value = self._value(node, env)
                value = marks.changed(node, value, env)
                sink.arrived(node, value, lambda kid: value_again(self, kid, env))
            return value
        finally:
            self._depth -= 1

    def _value(self, node: Node, env: Env) -> Value:
        handler = EXPRESSIONS.get(node.kind)
        if handler is not None:
            return handler(self, node, env)
        return plain(
            union(*(self.expression(kid, env).all_taint() for kid in node.kids if kid.kind not in {"type", "block"}))
        )

    def assign(self, target: Node, value: Value, env: Env) -> None:
        """Give a target a value: a name, a field, an item, or the parts of a pattern."""
        path = path_of(target)
        if path is not None:
            self._assign_path(path, value, env)
            return
        if target.kind == "index" and len(target.kids) == 2:
            self._assign_item(target, value, env)
        elif target.kind in {"tuple", "list"}:
            for i, kid in enumerate(target.kids):
                self.assign(
                    kid, compute.at(value, constant(i)) if value.items is not None else plain(value.all_taint()), env
                )
        elif target.kind == "object":
            self._assign_fields(target, value, env)
        elif target.kind in {"spread", "as", "assign"} and target.kids:
            self.assign(target.kids[0], plain(value.all_taint()), env)
        elif target.kind == "attr":
            self._assign_field(target, value, env)

    def _assign_path(self, path: str, value: Value, env: Env) -> None:
        """Give a name or a field a value; what was known of its own fields is gone."""
        env[path] = value
        if path in self._holders:
            for name in [name for name in env if name.startswith(f"{path}.")]:
                del env[name]

    def _assign_field(self, target: Node, value: Value, env: Env) -> None:
        holder = path_of(target.kids[0])
        if holder is None:
            self.expression(target.kids[0], env)
        else:
            env[holder] = env.get(holder, NOTHING).tainted(value.all_taint())

    def _assign_fields(self, target: Node, value: Value, env: Env) -> None:
        for kid in target.kids:
            local = kid.kids[-1] if kid.kind == "pair" and kid.kids else kid
            if local.kind == "assign":
                local = local.kids[0]
            key = constant(kid.kids[0].value) if kid.kind == "pair" and kid.kids else NOTHING
            self.assign(local, compute.at(value, key).tainted(self.marks.source_taint(local)), env)

    def _assign_item(self, target: Node, value: Value, env: Env) -> None:
        holder = path_of(target.kids[0])
        key = self.expression(target.kids[1], env)
        if holder is None:
            self.expression(target.kids[0], env)
        else:
            env[holder] = compute.with_item(env.get(holder, NOTHING), key, value)


def _signature(value: Value) -> object:
    """Return what of an argument decides how a function runs."""
    items = tuple((key, _signature(item)) for key, item in value.items.items()) if value.items is not None else None
    rest = _signature(value.rest) if value.rest is not None else None
    return (type(value.const), value.const if value.known else None, frozenset(value.taint), items, rest, value.type)
