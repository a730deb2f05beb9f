"""Ports as providers write them (`22`, `20-30`, `*`), as ranges that rules can compare."""

from __future__ import annotations

from typing import Any

from secloop.model.regex import lazy

RANGED = frozenset({
    "azurerm_network_security_rule", "azurerm_network_security_group", "google_compute_firewall",
})  # fmt: skip
"""The types whose ports are texts."""

HIGHEST = 65_535
_PORTS = ("destination_port_range", "destination_port_ranges", "ports")
_RANGE = lazy(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_INNER = ("security_rule", "allow", "deny")


def with_ranges(attrs: dict[str, Any]) -> dict[str, Any]:
    """Return attributes with `port_ranges`, a list of {from, to}, beside every place where ports are named."""
    out = _ranged(attrs)
    for name in _INNER:
        if isinstance(held := out.get(name), list):
            out[name] = [_ranged(one) if isinstance(one, dict) else one for one in held]
    return out


def _ranged(block: dict[str, Any]) -> dict[str, Any]:
    found = [one for name in _PORTS for one in _texts(block.get(name))]
    ranges = [one for text in found if (one := _range(text)) is not None]
    return {**block, "port_ranges": ranges} if ranges else dict(block)


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _range(text: str) -> dict[str, int] | None:
    if text.strip() == "*":
        return {"from": 0, "to": HIGHEST}
    found = _RANGE.fullmatch(text.strip())
    return None if found is None else {"from": int(found[1]), "to": int(found[2] or found[1])}
