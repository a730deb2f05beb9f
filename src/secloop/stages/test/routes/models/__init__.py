"""What is known of frameworks and libraries, as data, by language: routers, checks, readers of parameters, uses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class Made:
    """How a router is made: where its prefix and its checks stand (an argument's number or name)."""

    framework: str
    prefix: str | int | None = None
    auth: str | int | None = None


@dataclass(frozen=True)
class Known:
    """How a use is recognised: its kind and library, and where what it names stands."""

    kind: str
    library: str
    target: tuple[str | int, ...] = ()
    role: str = ""


@dataclass(frozen=True)
class Tables:
    """The tables of one language."""

    makers: dict[str, Made] = field(default_factory=dict)
    """Routers by the dotted path of what makes them."""
    types: dict[str, str] = field(default_factory=dict)
    """Frameworks by the last name of a router's type."""
    verbs: dict[str, str] = field(default_factory=dict)
    """HTTP methods by the name that registers a route."""
    parents: frozenset[str] = frozenset()
    """Names that a router has by habit."""
    calls: dict[str, str] = field(default_factory=dict)
    """Where a parameter comes from, by the name of the call that reads it."""
    sections: dict[str, str] = field(default_factory=dict)
    """Where a parameter comes from, by the part of the request it is in."""
    uses: dict[str, Known] = field(default_factory=dict)
    words: bytes = b""
    """A regular expression of what a file must hold to be looked at."""


def _files() -> dict[str, Any]:
    out: dict[str, Any] = yaml.safe_load((files(__name__) / "frameworks.yaml").read_text("utf-8"))
    return out


@cache
def _all() -> dict[str, Any]:
    return _files()


@cache
def _words(name: str) -> re.Pattern[str]:
    return re.compile("|".join(_all()[name]), re.IGNORECASE)


def is_check(name: str) -> bool:
    """Say whether what bears a name is, by its name, a check of who asks."""
    return _words("auth").search(name) is not None and _words("not_auth").search(name) is None


def is_secret(name: str) -> bool:
    """Say whether a setting is, by its name, a secret."""
    return _words("secrets").search(re.sub(r"[-.]", "_", name)) is not None


@cache
def tables(language: str) -> Tables:
    """Return the tables of a language; TypeScript's are JavaScript's."""
    name = {"typescript": "javascript", "tsx": "javascript"}.get(language, language)
    given: dict[str, Any] = _all().get(name) or {}
    return Tables(
        makers={
            key: Made(framework, value.get("prefix"), value.get("auth"))
            for framework, makers in (given.get("makers") or {}).items()
            for key, value in ((one, {}) if isinstance(one, str) else next(iter(one.items())) for one in makers)
        },
        types={name: framework for framework, names in (given.get("types") or {}).items() for name in names},
        verbs=given.get("verbs") or {},
        parents=frozenset(given.get("parents") or ()),
        calls={name: source for source, names in (given.get("calls") or {}).items() for name in names},
        sections={name: source for source, names in (given.get("sections") or {}).items() for name in names},
        uses=_uses(given.get("uses") or {}),
        words="|".join(given.get("words") or ()).encode(),
    )


def _uses(given: dict[str, Any]) -> dict[str, Known]:
    out: dict[str, Known] = {}
    for kind, libraries in given.items():
        for library, entries in libraries.items():
            for entry in entries:
                name, value = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
                at = value.get("at", [0, "url", "uri"])
                out[name] = Known(kind, library, tuple(at if isinstance(at, list) else [at]), value.get("role", ""))
    return out
