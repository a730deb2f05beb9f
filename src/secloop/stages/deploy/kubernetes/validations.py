"""CEL validations as ValidatingAdmissionPolicy, Gatekeeper and Kyverno have them: conditions, variables, messages."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from secloop.model.base import Value
from secloop.policy.cel_macros import tokens_of
from secloop.policy.cel_values import Environment, EvaluationError, Expression, plain_input

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        self._environment = Environment(dict.fromkeys((*VARIABLES, *extra), "dyn"), functions)
        self._names = (*VARIABLES, *extra)
        self._compile = lru_cache(maxsize=MAX_COMPILED)(self._environment.compile)

    def applies(self, checks: Checks, values: Mapping[str, Any]) -> bool:
        """Return whether every condition holds. Raises: UsageError for one that fails or is no expression."""
        given = self._given(values)
        return all(self._program(text, checks).eval(given) is True for text in checks.conditions)

    def failures(self, checks: Checks, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the message of each validation that does not hold. Raises: UsageError as `applies`."""
        given = self._given(values)
        failed = (v for v in checks.validations if self._program(v.expression, checks).eval(given) is not True)
        return tuple(self._message(validation, checks, given) for validation in failed)

    def value(self, text: str, checks: Checks, values: Mapping[str, Any]) -> Any:
        """Return what an expression answers. Raises: UsageError."""
        return self._program(text, checks).eval(self._given(values))

    def _message(self, validation: Validation, checks: Checks, given: dict[str, Any]) -> str:
        if validation.message_expression:
            try:
                return str(self._program(validation.message_expression, checks).eval(given))
            except EvaluationError:
                return validation.message or f"failed: {validation.message_expression}"
        return validation.message or f"failed expression: {validation.expression.strip()}"

    def _program(self, text: str, checks: Checks) -> Expression:
        return self._compile(inlined(text, checks.variables))

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: plain_input(values.get(name)) for name in self._names}


def inlined(text: str, variables: tuple[tuple[str, str], ...]) -> str:
    """Return an expression with the variables it reads bound in it, and those that these read.

    So a variable may be an optional, is evaluated only when it is needed, and at most once.
    """
    for name, expression in reversed(variables):
        replaced = _renamed(text, name)
        if replaced != text:
            text = f"cel.bind(secloop_v_{name}, ({expression}), {replaced})"
    return text


def _renamed(text: str, name: str) -> str:
    """Return `text` with `variables.NAME` as a plain name, and `has(variables.NAME)` as true: it is declared."""
    tokens, out, at = tokens_of(text), [], 0
    for index in range(len(tokens) - 2):
        words = [token.text for token in tokens[index : index + 3]]
        if words != ["variables", ".", name] or (index > 0 and tokens[index - 1].text == "."):
            continue
        around = (
            [token.text for token in tokens[max(index - 2, 0) : index]],
            [t.text for t in tokens[index + 3 : index + 4]],
        )
        asked = around == (["has", "("], [")"])
        first, last = (index - 2, index + 3) if asked else (index, index + 2)
        out += [text[at : tokens[first].start], "true" if asked else f"secloop_v_{name}"]
        at = tokens[last].end
    return "".join(out) + text[at:]
