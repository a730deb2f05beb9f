"""From plain values (YAML, TOML) to model values, with one clear line for what is wrong."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args, get_origin

import msgspec

from secloop.model.errors import UsageError
from secloop.model.regex import lazy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
KeyPath = tuple[str | int, ...]
"""A key path, such as ("when", "kinds", 0)."""

_PLACE = lazy(r" - at (`key` in )?`\$(.*?)`$", re.DOTALL)
_STEP = lazy(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[(\.\.\.)\]")
_UNKNOWN_KEY = lazy(r"Object contains unknown field `(.*)`", re.DOTALL)
_ANY_KEY = "..."


def convert(value: object, type_: type[T], where: Callable[[KeyPath], str]) -> T:
    """Return `value` as the struct `type_`.

    `where` turns a key path into the place that a message starts with, such as `policy.yaml:3: `.
    Raises: UsageError with the key path; with a suggestion for an unknown key or word.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise _explained(str(error), value, type_, where) from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean "x"` for the nearest known word, else the list of the known ones."""
    from difflib import get_close_matches

    names = sorted(known)
    if near := get_close_matches(word, names, n=1, cutoff=0.6):
        return f'Did you mean "{near[0]}"'
    return f"Known are: {', '.join(names)}" if names else ""


def _explained(message: str, value: object, type_: Any, where: Callable[[KeyPath], str]) -> UsageError:
    found = _PLACE.search(message)
    steps = _STEP.findall(found[2]) if found else []
    path, value, type_ = _walk([int(n) if n else name or dots for name, n, dots in steps], value, type_)
    text = _PLACE.sub("", message)
    if unknown := _UNKNOWN_KEY.fullmatch(text):
        return _bad_word("unknown key", (*path, unknown[1]), unknown[1], _keys(type_), where)
    if found and found[1] and isinstance(value, dict):
        key_type = _arguments(type_)[0]
        key = next(str(key) for key in value if not _fits(key, key_type))
        return _bad_word("unknown key", (*path, key), key, _words(key_type), where)
    if isinstance(value, str) and (words := _words(type_)):
        return _bad_word(f'unknown value "{value}" of', path, value, words, where)
    example = next((m.description for m in get_args(type_) if isinstance(m, msgspec.Meta) and m.description), "")
    todo = f"Write it like this: {example.removeprefix('e.g. ')}" if example else "Correct the value"
    shown = _dotted(path)
    return UsageError(f"{where(path)}{shown + ': ' if shown else ''}{_plain(text)}", todo)


def _bad_word(what: str, path: KeyPath, word: str, known: Iterable[str], where: Callable[[KeyPath], str]) -> UsageError:
    return UsageError(f'{where(path)}{what} "{_dotted(path)}"', did_you_mean(word, known))


def _walk(steps: list[str | int], value: Any, type_: Any) -> tuple[KeyPath, Any, Any]:
    """Follow a path of msgspec's; return the real path, and the value and type there.

    msgspec calls each key of a mapping `...`; the entry that it means is the first that does not convert.
    """
    path: list[str | int] = []
    for step in steps:
        if step == _ANY_KEY:
            type_ = _arguments(type_)[-1]
            step = next(key for key, item in value.items() if not _fits(item, type_))  # noqa: PLW2901 - its real name
        elif isinstance(step, int):
            type_ = _arguments(type_)[0]
        else:
            type_ = _fields(type_)[step]
        path.append(step)
        value = value[step]
    return tuple(path), value, type_


def _fits(value: object, type_: Any) -> bool:
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError:
        return False
    return True


def _arguments(type_: Any) -> tuple[Any, ...]:
    """Return what a generic is made of, looked up through `Annotated` and `X | None`."""
    if get_origin(type_) is Annotated:
        return _arguments(get_args(type_)[0])
    own = [t for t in get_args(type_) if t is not type(None)]
    return _arguments(own[0]) if type(None) in get_args(type_) else tuple(own)


def _fields(type_: Any) -> dict[str, Any]:
    struct = next((t for t in (type_, *get_args(type_)) if isinstance(t, type) and issubclass(t, msgspec.Struct)), None)
    return {field.encode_name: field.type for field in msgspec.structs.fields(struct)} if struct else {}


def _keys(type_: Any) -> list[str]:
    return list(_fields(type_))


def _words(type_: Any) -> list[str]:
    """Return the words a type allows, if it is a closed vocabulary."""
    if get_origin(type_) is Literal:
        return [str(word) for word in get_args(type_)]
    enum = next((t for t in (type_, *get_args(type_)) if isinstance(t, type) and issubclass(t, Enum)), None)
    return [str(member.value) for member in enum] if enum else []


def _dotted(path: KeyPath) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _plain(text: str) -> str:
    """Return msgspec's words in ours."""
    text = re.sub(r" matching regex .*$", " in another form", text, flags=re.DOTALL)
    text = text.replace("Object missing required field", "missing key")
    return text[:1].lower() + text[1:]
