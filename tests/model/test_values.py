"""What holds for every model value: frozen, keyword-only, and the same after a trip through JSON and msgpack."""

from __future__ import annotations

import importlib
import pkgutil

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import secloop.model
from model import strategies
from secloop.model.base import Value, from_json, from_msgpack, to_json, to_msgpack
from secloop.model.finding import Observation
from secloop.model.places import Place


def _subclasses(base: type[Value]) -> list[type[Value]]:
    return [each for child in base.__subclasses__() for each in (child, *_subclasses(child))]


for _module in pkgutil.iter_modules(secloop.model.__path__, "secloop.model."):
    importlib.import_module(_module.name)
VALUES = sorted(
    {each for each in _subclasses(Value) if each.__module__.startswith("secloop.model.")},
    key=lambda each: (each.__module__, each.__name__),
)


def test_the_whole_model_is_under_test() -> None:
    assert len(VALUES) >= 40
    assert {"Finding", "Run", "Report", "Coverage", "Config", "Rule"} <= {each.__name__ for each in VALUES}


@pytest.mark.parametrize("value", VALUES, ids=lambda each: each.__name__)
def test_a_value_is_frozen_and_takes_keywords_only(value: type[Value]) -> None:
    assert value.__struct_config__.frozen
    if msgspec.structs.fields(value):
        with pytest.raises(TypeError, match="positional"):
            value("a")


@pytest.mark.parametrize("value", VALUES, ids=lambda each: each.__name__)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_value_survives_json_and_msgpack(value: type[Value], data: st.DataObject) -> None:
    before = data.draw(strategies.of(value))
    assert from_json(to_json(before), value) == before
    assert from_msgpack(to_msgpack(before), value) == before
    assert to_json(from_json(to_json(before), value)) == to_json(before)


@settings(max_examples=50, deadline=None)
@given(observation=strategies.of(Observation), place=strategies.of(Place))
def test_members_of_a_union_are_told_apart_on_the_wire(observation: Value, place: Value) -> None:
    assert from_msgpack(to_msgpack(observation), Observation) == observation
    assert from_msgpack(to_msgpack(place), Place) == place


def test_equal_dictionaries_are_equal_bytes() -> None:
    assert to_json({"b": 1, "a": 2}) == to_json({"a": 2, "b": 1}) == b'{"a":2,"b":1}'
