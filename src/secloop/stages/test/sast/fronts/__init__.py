"""Front ends: for each language the rules that lower its grammar, and how its patterns are read."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.stages.test.sast.fronts.base import Front

_WHERE = {
    "python": ("python", "PYTHON"),
    "javascript": ("javascript", "JAVASCRIPT"),
    "typescript": ("javascript", "TYPESCRIPT"),
    "tsx": ("javascript", "TSX"),
    "java": ("java", "JAVA"),
    "go": ("go", "GO"),
    "html": ("plain", "HTML"),
    "regex": ("plain", "REGEX"),
    "generic": ("plain", "GENERIC"),
}
_ALIASES = {
    "py": "python",
    "python2": "python",
    "python3": "python",
    "js": "javascript",
    "ts": "typescript",
    "golang": "go",
    "none": "regex",
}


def canonical(language: str) -> str:
    """Return the name that a language has here, for one of its names in rules."""
    name = language.lower()
    return _ALIASES.get(name, name)


@cache
def front_of(language: str) -> Front | None:
    """Return the front end of a language by one of its names in rules; None when there is none."""
    where = _WHERE.get(canonical(language))
    if where is None:
        return None
    front: Front = getattr(import_module(f"{__name__}.{where[0]}"), where[1])
    return front
