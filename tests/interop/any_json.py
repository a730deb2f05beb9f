"""Documents that are valid but for one value of a wrong type, so that a reader meets each wrong type in each place."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


def broken(document: Any, draw: st.DataObject) -> Any:
    """Return a valid document with one value, at a drawn place, replaced by one of another type."""
    odd: Any = draw.draw(st.sampled_from([None, 7, "x", [], {}, [{}], [[1]], {"x": {}}]))
    path = draw.draw(st.sampled_from(list(_paths(document))))
    return _replaced(document, path, odd)


def _paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += _paths(inner, (*here, key))
    return found


def _replaced(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    changed = value.copy()
    changed[path[0]] = _replaced(value[path[0]], path[1:], odd)
    return changed
