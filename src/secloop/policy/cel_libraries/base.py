"""What a library declares: functions by name, with the CEL types they take and give.

A value of a type of a library's own (an IP address, a quantity) is carried as its canonical text: the engine wraps it,
so that CEL tells the types apart, and a function here sees and returns plain text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from secloop.model.base import Value

IP = "net.IP"
CIDR = "net.CIDR"
QUANTITY = "kubernetes.Quantity"
URL = "kubernetes.URL"
SEMVER = "kubernetes.Semver"
FORMAT = "kubernetes.Format"
IMAGE = "kyverno.Image"
OWN_TYPES = (IP, CIDR, QUANTITY, URL, SEMVER, FORMAT, IMAGE)
"""The types that libraries add to CEL."""


class Function(Value):
    """One overload. `takes` and `gives` are CEL types; `dyn` takes any; a method's receiver comes first.

    `run` gets plain Python values; a ValueError, TypeError or OverflowError it raises becomes an error of CEL.
    """

    name: str
    takes: tuple[str, ...]
    gives: str
    run: Callable[..., Any]
    method: bool = False


def method(name: str, takes: tuple[str, ...], gives: str, run: Callable[..., Any]) -> Function:
    """Return a function that is called on its first argument."""
    return Function(name=name, takes=takes, gives=gives, run=run, method=True)


def same(left: Any, right: Any) -> bool:
    """Return whether two values are equal in CEL: numbers by value, true is not 1, collections by element."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def order(left: Any, right: Any) -> int:
    """Return -1, 0 or 1 as `left` comes before, with or after `right`."""
    return int(left > right) - int(left < right)
