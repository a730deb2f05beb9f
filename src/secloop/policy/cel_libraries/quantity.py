"""Kubernetes' quantity library. Source: k8s.io/apimachinery/pkg/api/resource, quantity.go (the grammar in its head)."""

from __future__ import annotations

from fractions import Fraction

from secloop.model.regex import lazy
from secloop.policy.cel_libraries.base import QUANTITY, Function, method, order

_QUANTITY = lazy(r"([+-]?)(\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,3}|[numkMGTPE]|[KMGTPE]i)?")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_MAX_INT = (1 << 63) - 1


def parse(text: str) -> Fraction:
    """Return the value of a quantity such as `100Mi`, `1.5` or `2e3`. Raises: ValueError for anything else."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"not a quantity: {text[:40]}")
    sign, digits, suffix = match.groups()
    value = Fraction(digits) * _factor(suffix or "")
    return -value if sign == "-" else value


def _factor(suffix: str) -> Fraction:
    if suffix in _BINARY:
        return Fraction(1 << _BINARY[suffix])
    return Fraction(10) ** (_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:] or 0))


def canonical(text: str) -> str:
    """Return a text that is equal for equal quantities. Raises: ValueError."""
    return write(parse(text))


def write(value: Fraction) -> str:
    """Return a quantity in whole units, else in thousandths and smaller, rounded up as Kubernetes does."""
    for suffix, power in (("", 0), ("m", 3), ("u", 6)):
        if (value * 10**power).denominator == 1:
            return f"{value * 10**power}{suffix}"
    return f"{-(-value * 10**9 // 1)}n"


def _is_quantity(text: str) -> bool:
    return _QUANTITY.fullmatch(text) is not None


def _is_integer(text: str) -> bool:
    value = parse(text)
    return value.denominator == 1 and abs(value) <= _MAX_INT


def _as_integer(text: str) -> int:
    if not _is_integer(text):
        raise ValueError(f"{text} is no whole number of 64 bits")
    return int(parse(text))


def _as_float(text: str) -> float:
    return float(parse(text))


def _sign(text: str) -> int:
    return order(parse(text), 0)


def _compare(left: str, right: str) -> int:
    return order(parse(left), parse(right))


def _less(left: str, right: str) -> bool:
    return parse(left) < parse(right)


def _greater(left: str, right: str) -> bool:
    return parse(left) > parse(right)


def _add(left: str, right: str) -> str:
    return write(parse(left) + parse(right))


def _add_int(left: str, right: int) -> str:
    return write(parse(left) + right)


def _sub(left: str, right: str) -> str:
    return write(parse(left) - parse(right))


def _sub_int(left: str, right: int) -> str:
    return write(parse(left) - right)


FUNCTIONS = (
    Function(name="quantity", takes=("string",), gives=QUANTITY, run=canonical),
    Function(name="isQuantity", takes=("string",), gives="bool", run=_is_quantity),
    method("isInteger", (QUANTITY,), "bool", _is_integer),
    method("asInteger", (QUANTITY,), "int", _as_integer),
    method("asApproximateFloat", (QUANTITY,), "double", _as_float),
    method("sign", (QUANTITY,), "int", _sign),
    method("compareTo", (QUANTITY, QUANTITY), "int", _compare),
    method("isLessThan", (QUANTITY, QUANTITY), "bool", _less),
    method("isGreaterThan", (QUANTITY, QUANTITY), "bool", _greater),
    method("add", (QUANTITY, QUANTITY), QUANTITY, _add),
    method("add", (QUANTITY, "int"), QUANTITY, _add_int),
    method("sub", (QUANTITY, QUANTITY), QUANTITY, _sub),
    method("sub", (QUANTITY, "int"), QUANTITY, _sub_int),
)
