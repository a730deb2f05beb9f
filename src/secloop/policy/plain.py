"""Expressions that need no engine: `true`, `false`, and one yes-or-no field as it is or denied.

Most policies say no more than that beside their `when`, and the engine of the others costs a scan 50 ms to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.base import Value
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN = lazy(r"[ \t\r\n\f]*(?:(true|false)|(!)?[ \t\r\n\f]*([a-z]+(?:\.[a-z_]+)+))[ \t\r\n\f]*")


class Program(Value):
    """An expression that is a constant, or the value of one variable; answers as `cel.Program` does."""

    constant: bool = False
    variable: str = ""
    denied: bool = False

    @property
    def variables(self) -> frozenset[str]:
        """The declared variables it reads."""
        return frozenset({self.variable} if self.variable else ())

    def eval(self, values: Mapping[str, Any]) -> bool:
        """Return its answer on `values` (variable name to plain Python value)."""
        return bool(values[self.variable]) is not self.denied if self.variable else self.constant


def read(text: str, variables: Mapping[str, str]) -> Program | None:
    """Return the program of an expression that needs no engine, None for any other.

    `variables` maps names to CEL types; only a `bool` can be the whole of an expression.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    constant, denied, variable = match.groups()
    if constant:
        return Program(constant=constant == "true")
    return Program(variable=variable, denied=bool(denied)) if variables.get(variable) == "bool" else None
