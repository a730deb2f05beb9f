"""Range expressions of npm, Composer, RubyGems and Hex to intervals, and the complement of safe ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.stages.build.advisories.base import Interval
from secloop.stages.build.versions.base import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.stages.build.versions.base import Key

_COMPARATOR = re.compile(r"(<=|>=|<|>|\^|~>?|=)?\s*([0-9A-Za-z*][0-9A-Za-z.*+-]*)")
_NUMBERS = 3
_X = frozenset("xX*")
_PESSIMISTIC = "~>"


def intervals_of_constraint(text: str, ecosystem: str = "npm") -> tuple[Interval, ...]:
    """Return the intervals of a range expression: `||`, comparators, `^`, `~`, `x`; `~>` as the ecosystem means it.

    Raises: ValueError when it is none.
    """
    return tuple(_comparators(part, ecosystem) for part in text.split("||"))


def intervals_beside(safe: Iterable[str], ecosystem: str) -> tuple[Interval, ...]:
    """Return the intervals of versions that none of the `safe` range expressions covers.

    An interval that ends where a safe one begins names its first version as the fixed one. Raises: ValueError.
    """
    spans = [interval for text in safe for interval in intervals_of_constraint(text, ecosystem)]
    return tuple(_beside(sorted(spans, key=lambda span: _start(ecosystem, span)), ecosystem))


def _beside(spans: list[Interval], ecosystem: str) -> Iterator[Interval]:
    """Yield the gaps before, between and after `spans`, which are sorted by their start."""
    low, low_open = "", False  # the start of what is not yet known to be safe
    for span in spans:
        if span.low and (not low or _after(ecosystem, span, low)):
            yield Interval(low=low, low_open=low_open, high=span.low, end="last" if span.low_open else "fixed")
        if not span.end:
            return
        if not low or key(ecosystem, span.high) >= key(ecosystem, low):
            low, low_open = span.high, span.end == "last"
    yield Interval(low=low, low_open=low_open)


def _after(ecosystem: str, span: Interval, low: str) -> bool:
    """Return whether versions lie between `low` and the start of `span`."""
    return bool(key(ecosystem, span.low) > key(ecosystem, low))


def _start(ecosystem: str, span: Interval) -> tuple[int, Key, bool]:
    return (1, key(ecosystem, span.low), span.low_open) if span.low else (0, (), False)


def _comparators(text: str, ecosystem: str) -> Interval:
    """Return the intersection of a set of comparators, taking the last bound of each side as written."""
    rest = text.replace(",", " ").strip()
    if rest in {"", "*", "x"}:
        return Interval()
    out = Interval()
    at = 0
    for found in _COMPARATOR.finditer(rest):
        if rest[at : found.start()].strip():
            break
        at = found.end()
        one = _comparator(found[1] or "=", found[2], ecosystem)
        out = Interval(
            low=one.low or out.low,
            low_open=one.low_open if one.low else out.low_open,
            high=one.high if one.end else out.high,
            end=one.end or out.end,
        )
    if rest[at:].strip():
        raise ValueError(f"not a version range: {text[:80]!r}")
    return out


def _comparator(operator: str, version: str, ecosystem: str) -> Interval:
    """Return the interval of one comparator; `^` and `~` per node-semver, `~>` per RubyGems and Elixir."""
    if operator.startswith("<"):
        return Interval(high=version, end="last" if operator == "<=" else "fixed")
    if operator.startswith(">"):
        return Interval(low=version, low_open=operator == ">")
    if operator == _PESSIMISTIC and ecosystem != "npm":
        return _pessimistic(version, ecosystem)
    parts = version.partition("-")[0].split(".")
    fixed = [int(part) for part in parts if part.isdigit()][:_NUMBERS]
    exact = operator == "=" and not _X & set(parts)
    if exact and (len(fixed) == _NUMBERS or ecosystem != "npm"):
        return Interval(low=version, high=version, end="last")
    if not fixed:
        return Interval()
    return Interval(
        low=".".join(map(str, fixed)) if _X & set(parts) else version, high=_next(operator, fixed), end="limit"
    )


def _pessimistic(version: str, ecosystem: str) -> Interval:
    """Return `~> 1.2.3` as [1.2.3, 1.3), pre-releases of 1.3 left out as RubyGems and Elixir do."""
    numbers = [int(part) for part in re.findall(r"\d+", re.split(r"[A-Za-z-]", version, maxsplit=1)[0])]
    kept = numbers[:-1] or numbers
    if not kept:
        return Interval()
    bumped = [*kept[:-1], kept[-1] + 1]
    high = ".".join(map(str, bumped))
    if ecosystem == "RubyGems":
        return Interval(low=version, high=f"{high}.A", end="limit")  # before every release that starts so
    return Interval(low=version, high=".".join(map(str, [*bumped, 0, 0][:_NUMBERS])) + "-0", end="limit")


def _next(operator: str, numbers: list[int]) -> str:
    """Return the first version after those that `^`, `~` or a partial version allow."""
    if operator == "^":
        place = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
    else:
        place = min(len(numbers), 2) - 1 if operator.startswith("~") else len(numbers) - 1
    bumped = [*numbers[:place], numbers[place] + 1]
    return ".".join(map(str, [*bumped, 0, 0][:_NUMBERS])) + "-0"
