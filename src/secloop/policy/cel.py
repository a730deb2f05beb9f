"""CEL behind a thin interface: compile, evaluate, and what an expression reads. Google's C++ engine does the work.

The engine is imported when the first expression is compiled, never before (it costs tens of milliseconds), and only
here, so that another engine can take its place.
"""

from __future__ import annotations

import math
import re
from enum import Enum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from secloop.model.errors import MissingExtraError, UsageError
from secloop.model.regex import lazy
from secloop.policy import syntax
from secloop.policy.cost import check_cost, check_nesting, is_safe, only_asks, weight

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cel_expr_python import cel as engine

MAX_LENGTH = 8192
"""The length of an expression, in characters, above which it is refused."""


class Truth(Enum):
    """A verdict in three values."""

    FALSE = 0
    TRUE = 1
    UNKNOWN = 2


class Program:
    """A compiled expression that answers true or false. Make one with `compile`."""

    def __init__(self, text: str, expression: engine.Expression, environment: engine.Env) -> None:
        self.text = text
        self._expression = expression
        self._environment = environment
        self._serialized = expression.serialize()
        self._root = syntax.tree(self._serialized)
        check_nesting(self._root)
        self._safe = 0
        self._parts: dict[bytes, engine.Expression] = {}
        self._reads: dict[bytes, frozenset[str]] = {}

    @property
    def root(self) -> syntax.Node:
        """The checked syntax tree."""
        return self._root

    @cached_property
    def paths(self) -> frozenset[str]:
        """The dotted paths it reads, such as `f.kev`; a path stands for all that lies below it."""
        return frozenset(_paths(self._root, {}))

    @cached_property
    def variables(self) -> frozenset[str]:
        """The declared variables it reads; all that `eval` needs values of."""
        return frozenset(_variables(self._root, frozenset()))

    def eval(self, values: Mapping[str, Any]) -> bool:
        """Return its answer on `values` (variable name to plain Python value).

        Raises: UsageError if it fails on these values, if its answer is no bool, or if it could take too long on them.
        """
        self._check(values)
        return self._run(self._expression, values)

    def eval_simple(self, values: Mapping[str, Any]) -> bool:
        """Return its answer as `eval` does, without the bound of work computed first: for `is_simple` programs."""
        return self._run(self._expression, values)

    @cached_property
    def is_simple(self) -> bool:
        """Whether no loop of it makes a collection or text: then the engine's own bound of rounds is bound enough."""
        return only_asks(self._root)

    def evaluate(self, values: Mapping[str, Any], unknown: Collection[str] = ()) -> Truth:
        """Return its answer when the paths in `unknown` are not known (contracts.md, "Unknown in CEL").

        `&&`, `||`, `!` and `?:` follow Kleene's logic; any other part that reads an unknown path, or a path above or
        below one, is unknown. So the answer is known only if it is the same however the unknown parts turn out.
        `values` must hold every variable, also unknown ones. Raises: UsageError as `eval`.
        """
        if not unknown:
            return Truth.TRUE if self.eval(values) else Truth.FALSE
        self._check(values)
        answer = self._truth(self._root, values, frozenset(unknown))
        if isinstance(answer, UsageError):
            raise answer
        return answer

    def _check(self, values: Mapping[str, Any]) -> None:
        """Refuse values on which evaluation could take too long. Raises: UsageError.

        A weight that is safe for every variable at once is remembered, so that the bound is seldom computed.
        """
        heaviest = max(map(weight, values.values()), default=0)
        if heaviest <= self._safe:
            return
        rounded = 64 * 4 ** max(0, math.ceil(math.log(heaviest / 64, 4)))
        if is_safe(self._root, self.variables, rounded):
            self._safe = rounded
        else:
            check_cost(self._root, values)

    def _truth(self, node: syntax.Node, values: Mapping[str, Any], unknown: frozenset[str]) -> Truth | UsageError:
        """Return the truth of a part; an error is an answer too, since `true || error` is true in CEL."""
        match node:
            case syntax.Call(function="!_", args=(part,)):
                return _not(self._truth(part, values, unknown))
            case syntax.Call(function="_||_", args=parts):
                return _decide([self._truth(p, values, unknown) for p in parts], strong=Truth.TRUE)
            case syntax.Call(function="_&&_", args=parts):
                return _decide([self._truth(p, values, unknown) for p in parts], strong=Truth.FALSE)
            case syntax.Call(function="_?_:_", args=(test, yes, no)):
                return self._choice((test, yes, no), values, unknown)
            case _:
                return self._leaf(node, values, unknown)

    def _choice(
        self, parts: tuple[syntax.Node, syntax.Node, syntax.Node], values: Mapping[str, Any], unknown: frozenset[str]
    ) -> Truth | UsageError:
        test = self._truth(parts[0], values, unknown)
        if isinstance(test, UsageError):
            return test
        if test is not Truth.UNKNOWN:
            return self._truth(parts[1] if test is Truth.TRUE else parts[2], values, unknown)
        yes, no = (self._truth(part, values, unknown) for part in parts[1:])
        return yes if isinstance(yes, Truth) and yes is no else Truth.UNKNOWN

    def _leaf(self, node: syntax.Node, values: Mapping[str, Any], unknown: frozenset[str]) -> Truth | UsageError:
        if node.wire not in self._reads:
            self._reads[node.wire] = frozenset(_paths(node, {}))
        if any(_touch(path, other) for path in self._reads[node.wire] for other in unknown):
            return Truth.UNKNOWN
        try:
            return Truth.TRUE if self._run(self._part(node), values) else Truth.FALSE
        except UsageError as error:
            return error

    def _part(self, node: syntax.Node) -> engine.Expression:
        if node.wire not in self._parts:
            self._parts[node.wire] = self._environment.deserialize(syntax.with_root(self._serialized, node))
        return self._parts[node.wire]

    def _run(self, expression: engine.Expression, values: Mapping[str, Any]) -> bool:
        try:
            answer = expression.eval(data=values).value()
        except RuntimeError as error:
            raise UsageError(f"cannot be evaluated: {first_line(str(error))}", "Correct the expression") from error
        if isinstance(answer, bool):
            return answer
        raise UsageError(
            f"cannot be evaluated: {first_line(str(answer))}", "Make it answer true or false for any input"
        )


def compile(text: str, variables: Mapping[str, str]) -> Program:  # noqa: A001 - the word of the field
    """Return the program of an expression.

    `variables` maps names, dotted ones too, to CEL types: `bool`, `int`, `double`, `string`, `dyn`, `list<string>`,
    `map<string, dyn>`. Optional syntax (`a.?b.orValue(x)`) is on; the strings library is not, as its `replace` and
    `split` have no useful bound.

    Raises: UsageError `column N: ...` on an error of syntax or type, or an answer that can never be bool;
    MissingExtraError where the engine is not installed.
    """
    if len(text) > MAX_LENGTH:
        raise UsageError(f"the expression is longer than {MAX_LENGTH} characters", "Split it into several rules")
    environment = _environment(tuple(sorted(variables.items())))
    try:
        expression = environment.compile(text)
    except RuntimeError as error:
        raise UsageError(compile_error(str(error), text), "Correct the expression") from error
    if (returns := expression.return_type().name()) not in {"BOOL", "DYN"}:
        raise UsageError(f"answers {returns.lower()}, not true or false", "Compare it with something")
    return Program(text, expression, environment)


@lru_cache(maxsize=16)
def _environment(variables: tuple[tuple[str, str], ...]) -> engine.Env:
    try:
        from cel_expr_python import cel
        from cel_expr_python.ext import ext_optional
    except ImportError as error:
        raise MissingExtraError(
            f"policies need the package cel-expr-python ({error})", "Install it: pip install cel-expr-python protobuf"
        ) from error
    return cel.NewEnv(
        variables={name: cel.Type(type_) for name, type_ in variables}, extensions=[ext_optional.ExtOptional()]
    )


_ERROR = lazy(r"ERROR: <input>:(\d+):(\d+): (.*)")


def compile_error(message: str, text: str) -> str:
    """Return `line L, column C: problem` of the engine's first error; the line is left out of a one-line expression."""
    found = _ERROR.search(message)
    if not found:
        return first_line(message)
    line, column, problem = found.groups()
    place = f"line {line}, column {column}" if "\n" in text.strip() else f"column {column}"
    return f"{place}: {re.sub(r' expecting [{].*| [(]in container .*', '', problem)}"


_NOISE = lazy(r"^[A-Z_]+: |ERROR: <input>:-?\d+:-?\d+: | \[[A-Z_]+\]$")


def first_line(message: str) -> str:
    """Return what the engine says, without its status names and in one line."""
    lines = message.splitlines() or ["no message"]
    return _NOISE.sub("", lines[0]).strip().removesuffix(".")


def _variables(node: syntax.Node, bound: frozenset[str]) -> set[str]:
    if isinstance(node, syntax.Ident):
        return {node.name} - bound
    if isinstance(node, syntax.Loop):
        inner = bound | {*node.variables, node.accumulator}
        parts = (node.condition, node.step, node.result)
        return _variables(node.source, bound) | {name for part in parts for name in _variables(part, inner)}
    return {name for child in syntax.children(node) for name in _variables(child, bound)}


def _paths(node: syntax.Node, bound: Mapping[str, str]) -> set[str]:
    """Return the paths a part reads; `bound` maps loop variables to the path their elements come from, or ''."""
    if (path := _path(node, bound)) is not None:
        return {path} - {""} | _computed(node, bound)
    if isinstance(node, syntax.Loop):
        inner = {**bound, **dict.fromkeys(node.variables, _path(node.source, bound) or ""), node.accumulator: ""}
        parts = (node.condition, node.step, node.result)
        return _paths(node.source, bound) | _paths(node.start, bound) | {p for n in parts for p in _paths(n, inner)}
    return {path for child in syntax.children(node) for path in _paths(child, bound)}


def _path(node: syntax.Node, bound: Mapping[str, str]) -> str | None:
    """Return the path of a chain of selections from a variable, '' if that leads to no path, None if it is no chain.

    What is selected from a loop variable, or by a computed key, is some element: it counts as the whole collection.
    """
    match node:
        case syntax.Ident(name=name):
            return bound.get(name, name)
        case syntax.Select(operand=operand, field=field):
            return _below(_path(operand, bound), operand, field, bound)
        case syntax.Call(function="_[_]" | "_?._" | "_[?_]", args=(operand, syntax.Const(value=str(field)))):
            return _below(_path(operand, bound), operand, field, bound)
        case syntax.Call(function="_[_]" | "_[?_]", args=(operand, _)):
            return _path(operand, bound)
        case _:
            return None


def _below(path: str | None, operand: syntax.Node, field: str, bound: Mapping[str, str]) -> str | None:
    return f"{path}.{field}" if path and _is_fixed(operand, bound) else path


def _is_fixed(node: syntax.Node, bound: Mapping[str, str]) -> bool:
    """Return whether a chain names one place: no loop variable and no computed key on the way."""
    match node:
        case syntax.Ident(name=name):
            return name not in bound
        case syntax.Select(operand=operand):
            return _is_fixed(operand, bound)
        case syntax.Call(args=(operand, syntax.Const(value=str()))):
            return _is_fixed(operand, bound)
        case _:
            return False


def _computed(node: syntax.Node, bound: Mapping[str, str]) -> set[str]:
    """Return the paths read by computed keys along a chain: `r.a[f.b]` reads `f.b` too."""
    found: set[str] = set()
    while chain := syntax.children(node):
        for key in chain[1:]:
            found |= _paths(key, bound)
        node = chain[0]
    return found


def _touch(path: str, other: str) -> bool:
    """Return whether one path is the other or lies below it."""
    return path == other or path.startswith(other + ".") or other.startswith(path + ".")


def _not(answer: Truth | UsageError) -> Truth | UsageError:
    if isinstance(answer, UsageError) or answer is Truth.UNKNOWN:
        return answer
    return Truth.FALSE if answer is Truth.TRUE else Truth.TRUE


def _decide(answers: list[Truth | UsageError], *, strong: Truth) -> Truth | UsageError:
    """Return `strong` if any part is it; else unknown before an error; else the other value."""
    if strong in answers:
        return strong
    if Truth.UNKNOWN in answers:
        return Truth.UNKNOWN
    errors = [answer for answer in answers if isinstance(answer, UsageError)]
    return errors[0] if errors else _not(strong)
