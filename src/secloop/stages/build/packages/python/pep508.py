"""PEP 508 requirement strings through `packaging`, bounded: what is too long or too nested is no requirement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy

if TYPE_CHECKING:
    from packaging.requirements import Requirement

# Most requirements, some twenty times faster than by the full grammar; also old versions that PEP 440 does not know.
_SIMPLE = lazy(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[A-Za-z0-9._, -]*\])?[ \t]*+(?:==[ \t]*+([A-Za-z0-9.!+_-]++))?",
)
LONGEST = 20_000
"""Characters of one requirement."""


class Wish(NamedTuple):
    """What a requirement asks for: the name as written, the version it pins (empty for a choice), and its URL."""

    name: str
    version: str
    url: str


def read(text: str) -> Wish:
    """Return the wish that a requirement string holds. Raises: ValueError with one line of reason."""
    if simple := _SIMPLE.fullmatch(text):
        return Wish(simple[1], simple[2] or "", "")
    requirement = _parse(text)
    return Wish(requirement.name, pinned(str(requirement.specifier)), requirement.url or "")


def pinned(specifiers: str) -> str:
    """Return the version that PEP 440 specifiers pin with `==` or `===`, empty where they leave a choice."""
    for part in specifiers.split(","):
        operator, version = part.strip()[:2], part.strip().lstrip("=").strip()
        if operator == "==" and version and not version.endswith(".*"):
            return version
    return ""


def _parse(text: str) -> Requirement:
    from packaging.requirements import InvalidRequirement, Requirement

    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(str(error).splitlines()[0][:120]) from error
    except RecursionError as error:
        raise ValueError("its marker is nested too deep") from error


def wish_text(text: str, wish: Wish) -> str:
    """Return the version wish of a requirement string as written, empty where it pins or asks for nothing."""
    if wish.version or wish.url:
        return ""
    found = re.search(r"(?:===|[<>=!~]=|[<>])[^;#]*", text)
    return " ".join(found[0].strip(" )").split()) if found else ""
