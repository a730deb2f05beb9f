"""Models of languages and frameworks, as data: where input enters, what makes a value harmless, and which checks do."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def _model(language: str) -> dict[str, Any]:
    name = {"tsx": "javascript", "typescript": "javascript"}.get(language, language)
    source = files(__name__) / f"{name}.yaml"
    if not source.is_file():
        return {}
    found: dict[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    return found


def model(language: str, part: str, name: str) -> list[dict[str, Any]]:
    """Return what a model says under a name: a list of mappings as a rule has them; empty when it says nothing.

    `part` is sources, sanitizers, guards or propagators.
    """
    return list((_model(language).get(part) or {}).get(name) or [])
