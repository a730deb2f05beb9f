"""Engines by entry point: found by name, told when unknown or no engine."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING

import pytest

from secloop.model.errors import UsageError
from secloop.rules import registry
from secloop.rules.base import Engine

if TYPE_CHECKING:
    from secloop.model.rule import Rule


class FakeEngine:
    name = "fake"

    def validate(self, rule: Rule) -> list[str]:
        return [rule.id]


@pytest.fixture(autouse=True)
def entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register two engines, of which one is none."""
    values = {"fake": "secloop.rules.registry:FakeEngine", "wrong": "builtins:dict"}
    points = EntryPoints(EntryPoint(name, value, registry.GROUP) for name, value in values.items())
    monkeypatch.setattr(registry, "FakeEngine", FakeEngine, raising=False)
    monkeypatch.setattr(registry, "entry_points", points.select)


def test_an_engine_is_found_by_its_entry_point() -> None:
    assert isinstance(registry.engine("fake"), Engine)
    assert registry.names() == ("fake", "wrong")


def test_an_unknown_engine_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"there is no engine fakee\. Use fake\."):
        registry.engine("fakee")


def test_what_is_no_engine_is_told() -> None:
    with pytest.raises(UsageError, match="builtins:dict is no engine"):
        registry.engine("wrong")
