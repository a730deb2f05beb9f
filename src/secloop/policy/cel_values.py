"""CEL as admission policies have it: expressions that answer any value, with Kubernetes' libraries.

`cel.py` holds the expressions of our own gates: they answer true or false, and their cost is bounded before they run.
What is here is for policies people already have, which call functions whose cost has no useful bound; the caller runs
them under a deadline. The engine ends loops after 10,000 rounds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from secloop.model.errors import MissingExtraError, UsageError
from secloop.policy.cel import compile_error, first_line
from secloop.policy.cel_libraries.base import OWN_TYPES, Function
from secloop.policy.cel_macros import expand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cel_expr_python import cel as engine

MAX_LENGTH = 32_768
"""The length of an expression, in characters, above which it is refused."""

_MAX_DEPTH = 200
_INT64 = 1 << 63


class EvaluationError(UsageError):
    """An expression failed on the values it was given."""


class OptionalError(EvaluationError):
    """An expression answered an optional, which has no plain value."""


class Expression:
    """A compiled expression. Make one with `Environment.compile`."""

    def __init__(self, text: str, compiled: engine.Expression) -> None:
        self.text = text
        self._compiled = compiled
        self.returns = str(compiled.return_type().name())

    def eval(self, values: Mapping[str, Any]) -> Any:
        """Return its answer on `values` (variable to plain Python value) as a plain Python value.

        Bytes, times, durations and types are bytes, datetime, timedelta and the type's name; a value of a library's
        type is its text. Raises: EvaluationError, and OptionalError for an optional.
        """
        try:
            answer = self._compiled.eval(data=values)
            kind = answer.type().name()
            plain = answer.value() if kind == "ERROR" else answer.plain_value()
        except (RuntimeError, TypeError, ValueError, OverflowError, SystemError) as error:
            if "Unable to convert function return value" in str(error):  # what the engine says of an opaque value
                raise OptionalError("answers an optional", "End it with orValue()") from error
            raise EvaluationError(f"cannot be evaluated: {first_line(str(error))}") from error
        if kind == "ERROR":
            raise EvaluationError(f"cannot be evaluated: {first_line(str(plain))}")
        return _unwrapped(plain)


class Environment:
    """The variables and functions of a kind of policy. Equal ones are made once: see `environment`."""

    def __init__(self, variables: Mapping[str, str], functions: tuple[Function, ...] = ()) -> None:
        """Declare `variables` (name to CEL type) and `functions` beside those of the libraries.

        Raises: MissingExtraError where the engine is not installed.
        """
        self._environment = _engine(tuple(sorted(variables.items())), functions)

    def compile(self, text: str, *, check: bool = True) -> Expression:
        """Return the program of an expression; types are not checked without `check`.

        Raises: UsageError `column N: ...`.
        """
        if len(text) > MAX_LENGTH:
            raise UsageError(f"the expression is longer than {MAX_LENGTH} characters", "Split it into several rules")
        if _nesting(text) > _MAX_DEPTH:
            raise UsageError(f"the expression is nested deeper than {_MAX_DEPTH}", "Split it into several rules")
        try:
            return Expression(text, self._environment.compile(expand(text), disable_check=not check))
        except (RuntimeError, ValueError) as error:
            raise UsageError(compile_error(str(error), text), "Correct the expression") from error


@lru_cache(maxsize=64)
def environment(variables: tuple[str, ...]) -> Environment:
    """Return the environment of `variables`, all of type dyn, with Kubernetes' libraries."""
    return Environment(dict.fromkeys(variables, "dyn"))


def plain_input(value: Any) -> Any:
    """Return a value as the engine takes it: whole numbers beyond 64 bits become doubles."""
    if isinstance(value, dict):
        return {key: plain_input(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_input(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -_INT64 <= value < _INT64:
        return float(value)
    return value


def _nesting(text: str) -> int:
    """Return the most brackets that are open at once, those in texts counted too."""
    depth = deepest = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=64)
def _engine(variables: tuple[tuple[str, str], ...], functions: tuple[Function, ...]) -> engine.Env:
    try:
        from cel_expr_python import cel
        from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings
    except ImportError as error:
        raise MissingExtraError(
            f"policies need the package cel-expr-python ({error})", "Install it: pip install cel-expr-python protobuf"
        ) from error
    from secloop.policy import cel_libraries

    pool, wrap = _messages()
    extensions = [
        ext_optional.ExtOptional(),
        ext_strings.ExtStrings(),
        ext_math.ExtMath(),
        ext_bindings.ExtBindings(),
        ext_encoders.ExtEncoders(),
        # Last: an extension adds overloads to functions that are there.
        cel.CelExtension("secloop", _declarations((*cel_libraries.functions(), *functions), wrap)),
    ]
    return cel.NewEnv(pool, variables={name: cel.Type(type_) for name, type_ in variables}, extensions=extensions)


@lru_cache(maxsize=1)
def _messages() -> tuple[Any, dict[str, Any]]:
    """Return the pool and the classes of messages of one text each: what makes a library's type a type of CEL."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    pool = descriptor_pool.DescriptorPool()
    for package in sorted({name.partition(".")[0] for name in OWN_TYPES}):
        file = descriptor_pb2.FileDescriptorProto(name=f"secloop/{package}.proto", package=package, syntax="proto3")
        for name in OWN_TYPES:
            if name.startswith(f"{package}."):
                message = file.message_type.add(name=name.partition(".")[2])
                message.field.add(name="text", number=1, type=9, label=1)
        pool.Add(file)
    classes = {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in OWN_TYPES}
    return pool, classes


def _declarations(functions: tuple[Function, ...], wrap: dict[str, Any]) -> list[engine.FunctionDecl]:
    """Return the functions as the engine wants them; it tells own types apart when it checks, not when it calls.

    So functions of one name that differ in own types only become one, which looks at what it is given. The checker
    knows it with the types of the first; values of the others' types are dynamic for it, and so pass.
    """
    from cel_expr_python import cel

    alike: dict[tuple[str, tuple[str, ...]], list[Function]] = {}
    for function in functions:
        takes = tuple("own" if name in OWN_TYPES else name for name in function.takes)
        alike.setdefault((function.name, takes), []).append(function)
    dynamic = {name for group in alike.values() for f in group[1:] for name in f.takes} & set(OWN_TYPES)
    by_name: dict[str, list[Any]] = {}
    for number, group in enumerate(alike.values()):
        first = group[0]
        gives = cel.Type.DYN if first.gives in {*dynamic, "dyn"} else _type(first.gives)
        takes_types = [_type(name) for name in first.takes]
        overload = cel.Overload(f"secloop_{number}", gives, takes_types, first.method, _implementation(group, wrap))
        by_name.setdefault(first.name, []).append(overload)
    return [cel.FunctionDecl(name, overloads) for name, overloads in by_name.items()]


def _type(name: str) -> engine.Type:
    from cel_expr_python import cel

    # As a parameter DYN takes nothing in this engine, while the message that holds any value takes all.
    named = {"dyn": cel.Type("google.protobuf.Value"), "list": cel.Type.LIST, "map": cel.Type.MAP}
    return named.get(name) or cel.Type(name)


def _implementation(group: list[Function], wrap: dict[str, Any]) -> Callable[..., Any]:
    """Return what the engine calls: texts of own types unwrapped on the way in, wrapped on the way out."""

    def call(*args: Any) -> Any:
        function = group[0] if len(group) == 1 else _fitting(group, args)
        answer = function.run(*(_unwrapped(arg) for arg in args))
        return wrap[function.gives](text=answer) if function.gives in wrap else _given_back(answer)

    return call


def _given_back(answer: Any) -> Any:
    """Return what a function answered as the engine takes it, which knows durations and times as messages only."""
    from google.protobuf import duration_pb2, timestamp_pb2

    if isinstance(answer, timedelta):
        duration = duration_pb2.Duration()
        duration.FromTimedelta(answer)
        return duration
    if isinstance(answer, datetime):
        time = timestamp_pb2.Timestamp()
        time.FromDatetime(answer)
        return time
    return answer


def _fitting(group: list[Function], args: tuple[Any, ...]) -> Function:
    """Return the overload for the own types among `args`. Raises: TypeError if there is none."""
    names = [getattr(getattr(arg, "DESCRIPTOR", None), "full_name", "") for arg in args]
    for function in group:
        if all(kind not in OWN_TYPES or kind == name for kind, name in zip(function.takes, names, strict=True)):
            return function
    raise TypeError("no matching overload")


def _unwrapped(value: Any) -> Any:
    """Return a value of the engine as plain Python; a message is its text."""
    if isinstance(value, (str, bool, int, float, bytes)) or value is None:
        return value
    if isinstance(value, list):
        return [_unwrapped(item) for item in value]
    if isinstance(value, dict):
        return {_unwrapped(key): _unwrapped(item) for key, item in value.items()}
    if isinstance(value, bytearray):
        return bytes(value)
    return getattr(value, "text", value)
