"""Expressions that need no engine answer as the engine does."""

from __future__ import annotations

import pytest

from secloop.policy import cel, plain
from secloop.policy.facts import VARIABLES

BOOLS = sorted(name for name, type_ in VARIABLES.items() if type_ == "bool")


@pytest.mark.parametrize(
    "text", ["true", "false", " true\n", *(f"{no}{name}" for name in BOOLS for no in ("", "!", "! "))]
)
@pytest.mark.parametrize("value", [True, False])
def test_a_plain_expression_answers_as_the_engine_does(text: str, value: bool) -> None:
    found, engine = plain.read(text, VARIABLES), cel.compile(text, VARIABLES)
    assert found is not None
    assert found.variables == engine.variables
    values = dict.fromkeys(found.variables, value)
    assert found.eval(values) is engine.eval(values)


@pytest.mark.parametrize(
    "text",
    ["", "1", "!true", "!!f.kev", "f.kev && f.new", "f.id", "f.nothing", "f", "kev", "True", "f.kev()", "f . kev"],
)
def test_anything_else_is_left_to_the_engine(text: str) -> None:
    assert plain.read(text, VARIABLES) is None
