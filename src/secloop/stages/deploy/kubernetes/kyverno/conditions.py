"""Kyverno's conditions: `any` and `all` of key, operator and value (kyverno.io, "Preconditions")."""

from __future__ import annotations

from typing import Any

from secloop.model.errors import UsageError
from secloop.stages.deploy.kubernetes.kyverno.expressions import Context, NotFound
from secloop.stages.deploy.kubernetes.kyverno.patterns import amount
from secloop.stages.deploy.kubernetes.matching import wild


def hold(conditions: Any, context: Context) -> bool:
    """Return whether conditions hold; none do. Raises: UsageError for an operator or variable that is not known."""
    if isinstance(conditions, list):
        if all(isinstance(one, dict) and ("any" in one or "all" in one) for one in conditions) and conditions:
            return all(hold(one, context) for one in conditions)
        return all(_holds(one, context) for one in conditions)
    if not isinstance(conditions, dict):
        return True
    every, some = conditions.get("all"), conditions.get("any")
    return all(_holds(one, context) for one in every or ()) and (not some or any(_holds(one, context) for one in some))


def _holds(condition: dict[str, Any], context: Context) -> bool:
    key = _value(condition.get("key"), context)
    value = _value(condition.get("value"), context)
    operator = str(condition.get("operator") or "").lower()
    if operator in {"equals", "equal"}:
        return _equal(key, value)
    if operator in {"notequals", "notequal"}:
        return not _equal(key, value)
    if operator.removeprefix("duration") in _ORDERS:
        return _ordered(operator.removeprefix("duration"), key, value)
    if operator in _MEMBERS:
        return _member(operator, key, value)
    raise UsageError(f'there is no operator "{operator}"', "Correct the condition")


def _value(value: Any, context: Context) -> Any:
    try:
        return context.resolved(value)
    except NotFound:
        return None


_ORDERS = frozenset({"greaterthan", "greaterthanorequals", "lessthan", "lessthanorequals"})
_MEMBERS = frozenset({"in", "anyin", "allin", "notin", "anynotin", "allnotin"})


def _equal(key: Any, value: Any) -> bool:
    if isinstance(key, bool) or isinstance(value, bool):
        return (
            str(key).lower() == str(value).lower() if isinstance(key, str) or isinstance(value, str) else key is value
        )
    if isinstance(key, (dict, list)) or isinstance(value, (dict, list)):
        return bool(key == value)
    left, right = amount(key), amount(value)
    if left is not None and right is not None:
        return left == right
    return key == value or (key is not None and value is not None and wild(str(value), str(key)))


def _ordered(operator: str, key: Any, value: Any) -> bool:
    left, right = amount(key), amount(value)
    if left is None or right is None:
        return False
    return {
        "greaterthan": left > right,
        "greaterthanorequals": left >= right,
        "lessthan": left < right,
        "lessthanorequals": left <= right,
    }[operator]


def _member(operator: str, key: Any, value: Any) -> bool:
    keys = list(key) if isinstance(key, (list, dict)) else [key]
    values = value if isinstance(value, list) else [value]
    inside = [any(_is(one, other) for other in values) for one in keys]
    if key is None:
        inside = [False]
    if operator == "in":
        operator = "allin"
    if operator == "notin":
        operator = "allnotin"
    return {
        "anyin": any(inside),
        "allin": all(inside),
        "anynotin": not all(inside),
        "allnotin": not any(inside),
    }[operator]


def _is(one: Any, other: Any) -> bool:
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return bool(one == other)
    left, right = _shown(one), _shown(other)
    if isinstance(other, str) and "-" in other and amount(one) is not None:
        low, _, high = other.partition("-")
        bounds = amount(low), amount(high)
        if bounds[0] is not None and bounds[1] is not None:
            return bounds[0] <= (amount(one) or 0) <= bounds[1]
    return left == right or wild(right, left) or wild(left, right)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
