"""Range expressions of npm, Composer, RubyGems and Hex to intervals, and the complement of safe ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.advisories.base import Interval
from secloop.stages.build.versions.base import compare, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.stages.build.versions.base import Key

_COMPARATOR = lazy(r"(<=|>=|<|>|\^|~>?|=)?\s*([0-9A-Za-z*][0-9A-Za-z.*+-]*)")
_HYPHEN = lazy(r"(?<!\S)(\d[0-9A-Za-z.*+-]*)\s+-\s+(\d[0-9A-Za-z.*+-]*)(?!\S)")
_NUMBERS = 3
_X = frozenset("xX*")
_PESSIMISTIC = "~>"


def intervals_of_constraint(text: str, ecosystem: str = "npm") -> tuple[Interval, ...]:
    """Return the intervals of a range expression: `||`, comparators, `^`, `~`, `x`, `1 - 2`; `~>` is the ecosystem's.

    Raises: ValueError when it is none.
    """
    found = (_comparators(part, ecosystem) for part in text.split("||"))
    return tuple(interval for interval in found if interval)


def intervals_beside(safe: Iterable[str], ecosystem: str) -> tuple[Interval, ...]:
    """Return the intervals of versions that none of the `safe` range expressions covers.

    An interval that ends where a safe one begins names its first version as the fixed one. Raises: ValueError.
    """
    spans = [interval for text in safe for interval in intervals_of_constraint(text, ecosystem)]
    return tuple(_beside(sorted(spans, key=lambda span: _start(ecosystem, span)), ecosystem))


def without(affected: Iterable[Interval], safe: Iterable[str], ecosystem: str) -> tuple[Interval, ...]:
    """Return the parts of `affected` that none of the `safe` range expressions covers. Raises: ValueError."""
    rest = intervals_beside(safe, ecosystem)
    both = (_intersection(one, other, ecosystem) for one in affected for other in rest)
    return tuple(interval for interval in both if interval)


def _intersection(a: Interval, b: Interval, ecosystem: str) -> Interval | None:
    """Return what two intervals share, None for nothing."""
    start = max(a, b, key=lambda one: _start(ecosystem, one))
    stop = min((one for one in (a, b) if one.end), key=lambda one: _stop(ecosystem, one), default=start)
    low, high = start.low, stop.high if stop.end else ""
    if low and stop.end:
        lowest, highest = key(ecosystem, low), key(ecosystem, high)
        if highest < lowest or (highest == lowest and (start.low_open or stop.end != "last")):
            return None
    return Interval(low=low, low_open=start.low_open, high=high, end=stop.end)


def _stop(ecosystem: str, span: Interval) -> tuple[Key, bool, bool]:
    return key(ecosystem, span.high), span.end == "last", span.end != "fixed"


def _beside(spans: list[Interval], ecosystem: str) -> Iterator[Interval]:
    """Yield the gaps before, between and after `spans`, which are sorted by their start."""
    low, low_open = "", False  # the start of what is not yet known to be safe
    for span in spans:
        if span.low and (not low or _after(ecosystem, span, low, low_open=low_open)):
            yield Interval(low=low, low_open=low_open, high=span.low, end="last" if span.low_open else "fixed")
        if not span.end:
            return
        order = compare(ecosystem, span.high, low) if low else 1
        if order > 0:
            low, low_open = span.high, span.end == "last"
        elif order == 0:
            low_open = low_open or span.end == "last"
    yield Interval(low=low, low_open=low_open)


def _after(ecosystem: str, span: Interval, low: str, *, low_open: bool) -> bool:
    """Return whether versions lie between `low` and the start of `span`; `low` itself may be the only one."""
    order = compare(ecosystem, span.low, low)
    return order > 0 or (order == 0 and span.low_open and not low_open)


def _start(ecosystem: str, span: Interval) -> tuple[int, Key, bool]:
    return (1, key(ecosystem, span.low), span.low_open) if span.low else (0, (), False)


def _comparators(text: str, ecosystem: str) -> Interval | None:
    """Return the intersection of a set of comparators, None where it is empty. Raises: ValueError."""
    rest = _HYPHEN.sub(r">=\1 <=\2", text.replace(",", " ")).strip()
    if rest in {"", "*", "x"}:
        return Interval()
    out: Interval | None = Interval()
    at = 0
    for found in _COMPARATOR.finditer(rest):
        if rest[at : found.start()].strip():
            break
        at = found.end()
        out = out and _intersection(out, _comparator(found[1] or "=", found[2], ecosystem), ecosystem)
    if rest[at:].strip():
        raise ValueError(f"not a version range: {text[:80]!r}")
    return out


def _comparator(operator: str, version: str, ecosystem: str) -> Interval:
    """Return the interval of one comparator; `^` and `~` per node-semver, `~>` per RubyGems and Elixir."""
    if operator[0] in "<>":
        return _bound(operator, version, ecosystem)
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


def _bound(operator: str, version: str, ecosystem: str) -> Interval:
    """Return the interval of `<`, `<=`, `>` or `>=`.

    node-semver reads a version of fewer than three numbers as all that start so: `<=1.2` is `<1.3.0-0`, and `>1.2` is
    `>=1.3.0`.
    """
    if ecosystem == "npm" and operator in {"<=", ">"} and (numbers := _partial(version)):
        after = _next("=", numbers)
        return Interval(high=after, end="limit") if operator == "<=" else Interval(low=after.removesuffix("-0"))
    if operator.startswith("<"):
        return Interval(high=version, end="last" if operator == "<=" else "fixed")
    return Interval(low=version, low_open=operator == ">")


def _partial(version: str) -> list[int]:
    """Return the one or two numbers of a partial version (`1`, `1.2`, `1.x`), nothing for any other."""
    parts = version.split(".")
    numbers = [int(part) for part in parts if part.isascii() and part.isdigit()]
    whole = all(part in _X or part.isdigit() for part in parts) and len(parts) <= _NUMBERS
    return numbers if whole and numbers and len(numbers) < _NUMBERS else []


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
