"""What a declared version wish admits, and how it is raised in its own style; per ecosystem.

A wish of a shape that is not known here admits `None`: then no text is changed for it.
"""

from __future__ import annotations

import re

import msgspec

from secloop.model.regex import lazy
from secloop.stages.build.advisories.base import Interval
from secloop.stages.build.advisories.constraints import intervals_of_constraint
from secloop.stages.build.advisories.ranges import contains
from secloop.stages.build.versions.base import key

_PART = lazy(r"(===|==|~=|!=|<=|>=|~>|\^|~|<|>|=)?(\s*)(v?\d[0-9A-Za-z.!+_-]*\*?|[xX*])")
_X = lazy(r"(?:^|\.)[xX*](?:$|\.)")
_ALIAS = lazy(r"npm:(?:@[^/@]+/)?[^/@]+@")
_CARET = frozenset({"crates.io"})
_SEMVER = frozenset({"npm", "crates.io", "Hex", "Pub", "SwiftURL"})
_MINIMUM = frozenset({"NuGet", "Go"})
_PYTHON = "PyPI"
_LONGEST = 500


def admits(ecosystem: str, wish: str, version: str) -> bool | None:
    """Return whether a wish as written allows a version; None where its shape is not known."""
    text = _ALIAS.sub("", wish.strip(), count=1)
    if len(text) > _LONGEST or ":" in text or "/" in text or "@" in text:
        return None
    if text in {"", "*", "latest", "any"}:
        return True
    if ecosystem == _PYTHON and not text.startswith(("^", "~ ")) and not re.match(r"~\d|\d", text):
        return _python(text, version)
    try:
        spans = [_Span(ecosystem, part).interval() for part in re.split(r"\s*\|\|?\s*", text)]
    except ValueError:
        return None
    own = key(ecosystem, version.removeprefix("v"))
    return any(all(contains(ecosystem, one, own) for one in span) for span in spans)


def _python(text: str, version: str) -> bool | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return bool(SpecifierSet(text).contains(version, prereleases=True))
    except (InvalidSpecifier, InvalidVersion):
        return None


class _Span:
    """One alternative of a wish: comparators that hold together."""

    def __init__(self, ecosystem: str, text: str) -> None:
        self.ecosystem = ecosystem
        self.text = text

    def interval(self) -> list[Interval]:
        """Return the intervals whose intersection it is. Raises: ValueError for a shape that is not known."""
        text = re.sub(r"(\S+)\s+-\s+(\S+)", r">=\1 <=\2", self.text)
        parts = list(_PART.finditer(text))
        if not parts or re.sub(r"[\s,]+", "", _PART.sub("", text)):
            raise ValueError(f"not a version wish: {self.text[:80]!r}")
        return [one for part in parts for one in self._one(part[1] or "", part[3].removeprefix("v"))]

    def _one(self, operator: str, version: str) -> tuple[Interval, ...]:
        """Return the intervals of one comparator as the ecosystem means it."""
        if operator == "!=":
            return ()
        if not operator and not _X.search(version):
            if self.ecosystem in _CARET:
                operator = "^"
            elif self.ecosystem in _MINIMUM:
                return (Interval(low=version),)
            elif self.ecosystem != "npm" or version.count(".") > 1:
                return (Interval(low=version, high=version, end="last"),)
        if operator in {"==", "==="}:
            operator = "="
        if operator == "~" and self.ecosystem == "Packagist":
            operator = "~>"
        as_npm = operator in {"^", "~"} or bool(_X.search(version))
        found = intervals_of_constraint(f"{operator}{version}", "npm" if as_npm else self.ecosystem)
        return tuple(self._ended(one) for one in found)

    def _ended(self, one: Interval) -> Interval:
        """Return an interval that ends before the first pre-release of its end, as the ecosystem writes that."""
        if one.end != "limit" or not one.high.endswith("-0") or self.ecosystem in _SEMVER:
            return one
        first = ".dev0" if self.ecosystem == _PYTHON else ""
        return msgspec.structs.replace(one, high=one.high.removesuffix("-0") + first)


def raised(ecosystem: str, wish: str, version: str) -> str:
    """Return a wish changed as little as possible so that it asks for `version`; empty where that is not known.

    Operators and the number of parts stay where they can: `^1.2` becomes `^2.3.4`, `~> 7.0` becomes `~> 8.1`,
    `>=1.0,<2` becomes `>=2.3.4,<3`; a list of alternatives gets one more.
    """
    alias = _ALIAS.match(wish.strip())
    if alias:
        inner = raised(ecosystem, wish.strip()[alias.end() :], version)
        return f"{alias[0]}{inner}" if inner else ""
    plain = version if ecosystem == "Go" else version.removeprefix("v")
    made = f"{wish.rstrip()} || ^{plain}" if "|" in wish else _raised(ecosystem, wish, plain)
    return made if made and made != wish and admits(ecosystem, made, version) else ""


def _raised(ecosystem: str, wish: str, version: str) -> str:
    parts = list(_PART.finditer(wish))
    if not parts or re.sub(r"[\s,]+", "", _PART.sub("", wish)):
        return ""
    out, at = [], 0
    for part in parts:
        out += [wish[at : part.start()], _part(ecosystem, part, version)]
        at = part.end()
    return "".join([*out, wish[at:]])


def _part(ecosystem: str, part: re.Match[str], version: str) -> str:
    """Return one comparator, raised."""
    operator, space, old = part[1] or "", part[2], part[3]
    sign = "v" if old.startswith("v") and not version.startswith("v") else ""
    if operator == "!=" or (operator in {"<", "<="} and admits(ecosystem, f"{operator}{old}", version)):
        return part[0]
    if operator in {"<", "<="}:
        return f"<={space}{version}" if operator == "<=" else f"<{space}{_above(old, version)}"
    if operator == ">":
        return f">={space}{version}"
    if _X.search(old) or old.endswith(".*"):
        return f"{operator}{space}{_wild(old, version)}"
    by_parts = operator in {"~>", "~="} or (operator == "~" and ecosystem == "Packagist")
    if by_parts and (short := _cut(old, version)) and admits(ecosystem, f"{operator}{short}", version):
        return f"{operator}{space}{sign}{short}"
    return f"{operator}{space}{sign}{version}"


def _cut(old: str, version: str) -> str:
    """Return the first parts of a version, as many as `old` has; empty where it has fewer or is no plain one."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    count = old.removeprefix("v").count(".") + 1
    parts = numbers[0].split(".") if numbers else []
    return ".".join(parts[:count]) if len(parts) >= count > 1 else ""


def _above(old: str, version: str) -> str:
    """Return the next version of the first part after `version`, with as many parts as `old` has."""
    number = re.match(r"v?(\d+)", version)
    above = [str(int(number[1][:15]) + 1 if number else 1)]
    return ".".join([*above, *["0"] * old.count(".")])


def _wild(old: str, version: str) -> str:
    """Return `version` with a wildcard where `old` has its first one: `1.x` of 2.3.4 is `2.x`."""
    parts = version.removeprefix("v").split(".")
    olds = old.split(".")
    first = next((n for n, part in enumerate(olds) if part in {"x", "X", "*"}), len(olds))
    return ".".join([*parts[:first], *olds[first:]])


def is_breaking(ecosystem: str, old: str, new: str) -> bool:
    """Return whether going from `old` to `new` changes the first part of the version that is not zero.

    That announces incompatible changes by Semantic Versioning (section 8; before 1.0.0 as Cargo and npm read it).
    """
    before, after = _leading(old), _leading(new)
    if ecosystem in {_PYTHON, "Go"} or not before or not after:  # there, only the first part promises anything
        return before[:1] != after[:1]
    place = next((n for n, part in enumerate(before) if part), len(before))
    return before[: place + 1] != after[: place + 1]


def _leading(version: str) -> list[int]:
    found = re.match(r"v?(\d{1,15}(?:\.\d{1,15})*)", version)
    return [int(part) for part in found[1].split(".")] if found else []
