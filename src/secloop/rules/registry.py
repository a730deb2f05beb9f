"""Engines by name. They register under the entry point group `secloop.engines`, built-in ones as third-party ones."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import entry_points

from secloop.model.errors import UsageError
from secloop.rules.base import Engine

GROUP = "secloop.engines"
"""The entry point group; an entry point's name is the engine's, its object a class without arguments."""


def names() -> tuple[str, ...]:
    """Return the names of all registered engines, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def engine(name: str) -> Engine:
    """Return the engine called `name`. Raises: UsageError for an unknown one and for one that is no engine."""
    found = sorted(entry_points(group=GROUP, name=name), key=lambda point: point.value)
    if not found:
        close = get_close_matches(name, names(), n=1) or names()
        raise UsageError(f"there is no engine {name}", f"Use {' or '.join(close)}" if close else "Reinstall secloop")
    made = found[0].load()()
    if not isinstance(made, Engine):
        raise UsageError(f"{found[0].value} is no engine", "It needs a name and validate(rule)")
    return made
