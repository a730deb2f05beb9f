"""CEL validations as ValidatingAdmissionPolicy, Gatekeeper and Kyverno have them: conditions, variables, messages."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.policy.cel_macros import tokens_of
from secloop.policy.cel_values import Environment, EvaluationError, Expression, OptionalError, plain_input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from secloop.policy.cel_libraries.base import Function

VARIABLES = ("object", "oldObject", "request", "params", "namespaceObject", "authorizer")
"""What every expression may read."""

MAX_COMPILED = 4096


class Validation(Value):
    """An expression that must hold, and what is said when it does not."""

    expression: str
    message: str = ""
    message_expression: str = ""


class Checks(Value):
    """The validations of one policy, which hold where all its conditions do."""

    validations: tuple[Validation, ...]
    conditions: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


class Judge:
    """Evaluates checks with extra variables and functions of a kind of policy."""

    def __init__(self, extra: tuple[str, ...] = (), functions: tuple[Function, ...] = ()) -> None:
        self._environment = Environment(dict.fromkeys((*VARIABLES, *extra, "variables"), "dyn"), functions)
        self._names = (*VARIABLES, *extra)
        self._compile = lru_cache(maxsize=MAX_COMPILED)(self._environment.compile)

    def applies(self, checks: Checks, values: Mapping[str, Any]) -> bool:
        """Return whether every condition holds. Raises: UsageError for one that fails or is no expression."""
        scope = self._scope(checks, values)
        return all(scope.eval(text) is True for text in checks.conditions)

    def failures(self, checks: Checks, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the message of each validation that does not hold. Raises: UsageError as `applies`."""
        scope = self._scope(checks, values)
        failed = (one for one in checks.validations if scope.eval(one.expression) is not True)
        return tuple(_message(one, scope) for one in failed)

    def value(self, text: str, checks: Checks, values: Mapping[str, Any]) -> Any:
        """Return what an expression answers. Raises: UsageError."""
        return self._scope(checks, values).eval(text)

    def _scope(self, checks: Checks, values: Mapping[str, Any]) -> _Scope:
        given = {name: plain_input(values.get(name)) for name in self._names}
        return _Scope(self._compile, dict(checks.variables), given)


class _Scope:
    """The variables of one policy on one object: each is evaluated when it is first read, at most once."""

    def __init__(
        self, compile_: Callable[[str], Expression], definitions: Mapping[str, str], given: Mapping[str, Any]
    ) -> None:
        self._compile = compile_
        self._definitions = definitions
        self._given = given
        self._values: dict[str, Any] = {}
        self._optional: dict[str, str] = {}
        self._seen: set[str] = set()

    def eval(self, text: str) -> Any:
        """Return what an expression answers. Raises: UsageError."""
        whole = self._whole(text)
        return self._compile(whole).eval({**self._given, "variables": self._values})

    def _whole(self, text: str) -> str:
        """Return an expression whose variables have values, or stand in it, as an optional has to."""
        for name in _read(text):
            if name in self._definitions and name not in self._seen:
                self._define(name)
        for name, expression in reversed(self._optional.items()):
            renamed = _renamed(text, name)
            text = renamed if renamed == text else f"cel.bind(secloop_v_{name}, {expression}, {renamed})"
        return text

    def _define(self, name: str) -> None:
        self._seen.add(name)
        try:
            self._values[name] = plain_input(self.eval(self._definitions[name]))
        except OptionalError:
            self._optional[name] = self._whole(self._definitions[name])
        except EvaluationError:
            return  # reading it fails too, unless what reads it needs no answer


def _message(validation: Validation, scope: _Scope) -> str:
    if validation.message_expression:
        try:
            return str(scope.eval(validation.message_expression))
        except UsageError:
            return validation.message or f"failed: {validation.message_expression}"
    return validation.message or f"failed expression: {validation.expression.strip()}"


def _read(text: str) -> list[str]:
    """Return the names of the variables that an expression reads, in order."""
    tokens = tokens_of(text)
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return [name.text for first, dot, name in triples if first.text == "variables" and dot.text == "."]


def _renamed(text: str, name: str) -> str:
    """Return `text` with `variables.NAME` as a plain name."""
    tokens, out, at = tokens_of(text), [], 0
    for index in range(len(tokens) - 2):
        words = [token.text for token in tokens[index : index + 3]]
        if words == ["variables", ".", name] and (index == 0 or tokens[index - 1].text != "."):
            out += [text[at : tokens[index].start], f"secloop_v_{name}"]
            at = tokens[index + 2].end
    return "".join(out) + text[at:]
