"""Careful access to decoded JSON, YAML and TOML of any shape: what is not as expected is empty, and never raises."""

from __future__ import annotations

from typing import Any


def string(value: Any) -> str:
    """Return a string as it is, else the empty string."""
    return value if isinstance(value, str) else ""


def table(value: Any) -> dict[str, Any]:
    """Return an object as it is, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Return an array as it is, else an empty one."""
    return value if isinstance(value, list) else []


def tables(value: Any) -> list[dict[str, Any]]:
    """Return the objects of an array."""
    return [one for one in items(value) if isinstance(one, dict)]


def strings(value: Any) -> list[str]:
    """Return the strings of an array."""
    return [one for one in items(value) if isinstance(one, str)]
