"""Kyverno's patterns: an object as it should be, with anchors and operators (kyverno.io, "Validate rules").

`(a)` tests first, `=(a)` tests if it is there, `^(a)` needs one element that fits, `X(a)` must not be there, `<(a)`
decides for the whole rule.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from secloop.model.errors import SecloopError
from secloop.model.regex import lazy
from secloop.policy.cel_libraries import quantity
from secloop.stages.deploy.kubernetes.matching import wild

_ANCHOR = lazy(r"([=^<X+]?)\((.+)\)")
_OPERATOR = lazy(r"(>=|<=|!=|==|>|<|!)?\s*(.*)", 16)
_RANGE = lazy(r"\s*([^\s!-][^\s-]*)\s*(!?-)\s*([^\s-]+)\s*")
_DURATION = lazy(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)")
_SECONDS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}


class Skip(SecloopError):  # noqa: N818 - no error: the rule is not about this object
    """A condition anchor does not hold: the pattern says nothing of this object or element."""


class Mismatch(SecloopError):  # noqa: N818 - an answer
    """The object is not as the pattern says; `what` is the path."""


def fits(pattern: Any, value: Any, path: str = "") -> None:
    """Check that a value fits a pattern. Raises: Mismatch if not, Skip where a condition does not hold."""
    if isinstance(pattern, dict):
        _mapping(pattern, value, path)
    elif isinstance(pattern, list):
        _list(pattern, value, path)
    elif not scalar_fits(pattern, value):
        raise Mismatch(path)


def _mapping(pattern: dict[str, Any], value: Any, path: str) -> None:
    if not isinstance(value, dict):
        raise Mismatch(path)
    later = []
    for key, wanted in pattern.items():
        anchor = _ANCHOR.fullmatch(str(key))
        kind, name = (anchor[1] or "()", anchor[2]) if anchor else ("", str(key))
        if kind in {"()", "<", "=", "X", "^"}:
            _anchored(kind, name, wanted, value, f"{path}/{name}")
        elif kind != "+":
            later.append((name, wanted))
    for name, wanted in later:
        for one in _names(name, value):
            _plain(wanted, value, one, f"{path}/{one}")


def _names(name: str, value: dict[str, Any]) -> list[str]:
    """Return the keys that a key of a pattern, with wildcards, names; itself where there is none."""
    return ([key for key in value if wild(name, key)] or [name]) if "*" in name or "?" in name else [name]


def _plain(wanted: Any, value: dict[str, Any], name: str, path: str) -> None:
    if wanted == "*":
        if value.get(name) is None:
            raise Mismatch(path)
    elif name not in value and not scalar_fits(wanted, None):
        raise Mismatch(path)
    elif name in value or isinstance(wanted, (dict, list)):
        fits(wanted, value.get(name), path)


def _anchored(kind: str, name: str, wanted: Any, value: dict[str, Any], path: str) -> None:
    names = [one for one in _names(name, value) if one in value]
    if kind == "X":
        if names:
            raise Mismatch(path)
        return
    if kind == "^":
        _existence(wanted, value.get(name), path)
        return
    if not names:
        if kind == "=":
            return
        raise Skip(path)
    for one in names:
        try:
            fits(wanted, value[one], path)
        except Mismatch:
            if kind == "=":
                raise
            raise Skip(path) from None


def _existence(wanted: Any, value: Any, path: str) -> None:
    patterns = wanted if isinstance(wanted, list) else [wanted]
    for pattern in patterns:
        if not isinstance(value, list) or not any(_holds(pattern, one) for one in value):
            raise Mismatch(path)


def _holds(pattern: Any, value: Any) -> bool:
    try:
        fits(pattern, value)
    except (Mismatch, Skip):
        return False
    return True


def _list(pattern: list[Any], value: Any, path: str) -> None:
    if not isinstance(value, list):
        raise Mismatch(path)
    if not pattern:
        return
    if isinstance(pattern[0], dict):
        for wanted in pattern:
            _elements(wanted, value, path)
    elif all(not isinstance(one, (dict, list)) for one in pattern):
        for number, one in enumerate(value):
            if not any(scalar_fits(wanted, one) for wanted in pattern):
                raise Mismatch(f"{path}/{number}")
    else:
        for number, wanted in enumerate(pattern):
            fits(wanted, value[number] if number < len(value) else None, f"{path}/{number}")


def _elements(wanted: Any, value: list[Any], path: str) -> None:
    """Check every element; one for which a condition does not hold is passed over, and if it is so for all, Skip."""
    skipped = 0
    for number, one in enumerate(value):
        try:
            fits(wanted, one, f"{path}/{number}")
        except Skip:
            skipped += 1
    if value and skipped == len(value):
        raise Skip(path)


def scalar_fits(pattern: Any, value: Any) -> bool:
    """Return whether a value is as a scalar of a pattern says: equal, a wildcard, a comparison, a range; | and &."""
    if isinstance(pattern, bool) or (isinstance(value, bool) and not isinstance(pattern, str)):
        return pattern is value
    if pattern is None:
        return value is None or value in ("", 0, False) or value == []
    if isinstance(pattern, (int, float)):
        return _number_fits(pattern, value)
    return isinstance(pattern, str) and not isinstance(value, dict) and _text_fits(pattern, value)


def _text_fits(pattern: str, value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(scalar_fits(pattern, one) for one in value)
    if _text(value) == pattern:
        return True
    return any(all(_term(part.strip(), value) for part in one.split("&")) for one in pattern.split("|"))


def _number_fits(pattern: float, value: Any) -> bool:
    if isinstance(value, str):
        try:
            return float(value) == pattern
        except ValueError:
            return False
    return isinstance(value, (int, float)) and value == pattern


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _term(term: str, value: Any) -> bool:
    between = _RANGE.fullmatch(term)
    if between and amount(between[1]) is not None and amount(between[3]) is not None:
        inside = _compares(">=", between[1], value) and _compares("<=", between[3], value)
        return inside if between[2] == "-" else not inside
    found = _OPERATOR.fullmatch(term)
    sign, wanted = (found[1] or "==", found[2]) if found else ("==", term)
    return _compares(sign, wanted, value)


def _compares(sign: str, wanted: str, value: Any) -> bool:
    if sign in {"!", "!="}:
        return not _compares("==", wanted, value)
    left, right = amount(value), amount(wanted)
    if sign == "==":
        text = _text(value)
        return (value is not None and wild(wanted, text)) or (left is not None and right is not None and left == right)
    if left is None or right is None:
        return False
    return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[sign]


def amount(value: Any) -> Fraction | None:
    """Return a number, a quantity or a duration as one number; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value)
    parts: list[tuple[str, str]] = _DURATION.findall(text)
    if parts and "".join(a + b for a, b in parts) == text and text[-1:] in "sh":
        return sum((Fraction(number) * _SECONDS[unit] for number, unit in parts), Fraction(0))
    try:
        return quantity.parse(text)
    except ValueError:
        return None
