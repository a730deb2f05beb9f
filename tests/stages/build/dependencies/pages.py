"""The rule page of the dependencies sensor, for tests."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from secloop.rules.pages import parse_page

if TYPE_CHECKING:
    from secloop.model.rule import Rule


@cache
def page() -> Rule:
    """Return the page `vulnerable-dependency`."""
    name = "vulnerable-dependency.md"
    return parse_page(files("secloop.stages.build").joinpath("rules", name).read_text("utf-8"), name)
