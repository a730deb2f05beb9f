"""From plain values (YAML, TOML) to model values, with one clear line for what is wrong."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import msgspec

from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
Path = tuple[str | int, ...]

_UNKNOWN = re.compile(r"Object contains unknown field `(.*?)`")
_PLACE = re.compile(r" - at `(?:key in )?\$(.*?)`$", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[(\.\.\.)\]|\[\"(.*?)\"\]")


def convert(value: object, type_: type[T], where: Callable[[Path], str]) -> T:
    """Return `value` as the struct `type_`.

    `where` turns a key path, such as ("when", "kinds", 0), into the place that a message starts with.
    Raises: UsageError with the key path, and a suggestion for an unknown key.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise _explained(str(error), type_, where) from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean "x"` for the nearest known word, else the list of the known ones."""
    names = sorted(known)
    if near := get_close_matches(word, names, n=1, cutoff=0.6):
        return f'Did you mean "{near[0]}"'
    return f"Known are: {', '.join(names)}" if names else ""


def _explained(message: str, type_: type, where: Callable[[Path], str]) -> UsageError:
    path = _path(message)
    text = _PLACE.sub("", message)
    if unknown := _UNKNOWN.match(text):
        key = unknown[1]
        return UsageError(
            f'{where((*path, key))}unknown key "{_dotted((*path, key))}"', did_you_mean(key, _keys(type_, path))
        )
    shown = _dotted(path)
    return UsageError(f"{where(path)}{shown + ': ' if shown else ''}{_lower_first(text)}", "Correct the value")


def _path(message: str) -> Path:
    found = _PLACE.search(message)
    steps = _STEP.findall(found[1]) if found else []
    return tuple(int(index) if index else name or quoted or dots for name, index, dots, quoted in steps)


def _dotted(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _keys(type_: Any, path: Path) -> list[str]:
    """Return the keys that the struct at `path` of `type_` knows."""
    for step in path:
        fields = _fields(type_)
        type_ = fields[str(step)] if str(step) in fields else next(reversed(get_args(type_) or (object,)))
        if type_ is Ellipsis:  # tuple[X, ...]
            type_ = object
    return sorted(_fields(type_))


def _fields(type_: Any) -> dict[str, Any]:
    struct = next((t for t in (type_, *get_args(type_)) if isinstance(t, type) and issubclass(t, msgspec.Struct)), None)
    return {field.encode_name: field.type for field in msgspec.structs.fields(struct)} if struct else {}


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
