"""Values of attributes before they are normalised: plain ones, and what is not known before `apply`."""

from __future__ import annotations

import json
from typing import Any, Self

from secloop.model.base import Record

MAX_STEPS = 10_000
"""Values within one value that are looked through for where they come from."""


class Reference(Record, frozen=True):
    """A resource that a value comes from: its address without instance keys, its own key if any, the attribute."""

    address: str
    key: str | int | None = None
    attribute: str = ""


class Unknown(Record, frozen=True):
    """A value that nobody knows yet, and the resources it is made of."""

    references: tuple[Reference, ...] = ()


UNKNOWN = Unknown()
VARIABLE = "(variable)"
"""Stands for the attribute in a reference to a variable, whose address is no resource's."""


class Linked(str):
    """A text that is known, and comes from a resource: its value in the configuration."""

    __slots__ = ("references",)
    references: tuple[Reference, ...]

    def __new__(cls, text: str, references: tuple[Reference, ...]) -> Self:
        """Return `text` with where it comes from."""
        found = super().__new__(cls, text)
        found.references = references
        return found


class Json(Record, frozen=True):
    """What `jsonencode` was given: the text is made only where somebody wants a text."""

    value: Any


def references_of(value: Any) -> tuple[Reference, ...]:
    """Return the resources that a value is made of, each once."""
    found: dict[Reference, None] = {}
    stack, steps = [value], 0
    while stack and steps < MAX_STEPS:
        one = stack.pop()
        steps += 1
        if isinstance(one, Unknown | Linked):
            found.update(dict.fromkeys(one.references))
        elif isinstance(one, dict):
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
        elif isinstance(one, Json):
            stack.append(one.value)
    return tuple(found)


def has_unknown(value: Any) -> bool:
    """Return whether a value is unknown or holds something that is."""
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return has_unknown(value.value) if isinstance(value, Json) else isinstance(value, Unknown)


def text_of(value: Any) -> str | None:
    """Return a value as a template writes it, None where that is not known or it has no text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1 << 53 else str(value)
    if isinstance(value, Json):
        return json_text(value.value)
    return None


def json_text(value: Any) -> str:
    """Return a value as JSON; what is unknown in it becomes `${unknown}`."""
    return json.dumps(value, default=lambda one: one.value if isinstance(one, Json) else "${unknown}")


def boolean(value: Any) -> bool | None:
    """Return a value as a condition, None where it is not known or no condition."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def number(value: Any) -> int | float | None:
    """Return a value as a number, None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        try:
            found = float(value)
        except ValueError:
            return None
        return int(found) if found.is_integer() and abs(found) < 1 << 53 else found
    return None
