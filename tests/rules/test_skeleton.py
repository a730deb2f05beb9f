"""The skeleton of a new page, and the guide that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from secloop.model.enums import Kind, Stage
from secloop.model.errors import UsageError
from secloop.rules import quality
from secloop.rules.pages import OPTIONAL, REQUIRED, SECTIONS, parse_page
from secloop.rules.skeleton import skeleton

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "writing-rules.md"


def made(rule_id: str) -> str:
    return skeleton(rule_id, stage=Stage.CODE, kind=Kind.SECRET, engine="secret")


@pytest.mark.parametrize("rule_id", ["acme-token", "a", "x-1-y2"])
def test_a_skeleton_is_a_page_whose_matcher_counts(rule_id: str) -> None:
    rule = parse_page(made(rule_id), f"{rule_id}.md")
    assert rule.id == rule_id
    assert quality.problems(rule) == ()


def test_the_guide_shows_the_page_that_is_written() -> None:
    assert f"````markdown\n{made('acme-token')}````" in GUIDE.read_text(encoding="utf-8")


def test_the_guide_names_every_key_and_section() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for name in (*REQUIRED, *OPTIONAL):
        assert f"`{name}`" in text
    for section in SECTIONS:
        assert f"`## {section}`" in text


def test_an_engine_without_a_skeleton_is_told() -> None:
    with pytest.raises(UsageError, match="there is no skeleton for the engine cel"):
        skeleton("x", stage=Stage.DEPLOY, kind=Kind.MISCONFIGURATION, engine="cel")
