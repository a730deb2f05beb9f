"""Inventories as text for people: changes, scores, trees, ways in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.interop.base import json_bytes
from secloop.interop.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.model.inventory import Inventory, Item
    from secloop.stages.build.sbom.diff import Change
    from secloop.stages.build.sbom.paths import Node
    from secloop.stages.build.sbom.score import Score

_NO_VERSION = "(no version)"
_SIGNS = {"added": "+", "removed": "-", "changed": "~", "license": "§"}


def changes(found: Sequence[Change], format_: str) -> str:
    """Return changes as `table`, `json` or `markdown`."""
    if format_ == "json":
        return json_bytes(list(found)).decode()
    rows = [(_SIGNS[one.what], one.what, one.name, _step(one)) for one in found]
    if format_ == "markdown":
        head = ["| change | package | version or licence |", "| --- | --- | --- |"]
        return (
            "\n".join([*head, *(f"| {what} | {_cell(name)} | {_cell(step)} |" for _, what, name, step in rows)]) + "\n"
        )
    if not rows:
        return "No change.\n"
    width = min(60, max(len(name) for _, _, name, _ in rows))
    counts = {what: sum(one.what == what for one in found) for what in _SIGNS}
    told = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
    return "\n".join([*(visible(f"{sign} {name:<{width}}  {step}") for sign, _, name, step in rows), "", told]) + "\n"


def _step(change: Change) -> str:
    if change.what in {"changed", "license"}:
        return f"{change.old or _NO_VERSION} -> {change.new or _NO_VERSION}"
    return change.old or change.new or _NO_VERSION


def _cell(text: str) -> str:
    return visible(text).replace("|", "\\|")


def scores(found: Score, format_: str) -> str:
    """Return a score as `table` or `json`; below an element that is not full stands what lacks it and what to do."""
    if format_ == "json":
        return json_bytes(found).decode()
    out = [f"{found.items} components", ""]
    for element in found.elements:
        asked = ", ".join(name.upper() for name in element.asked_by)
        out.append(visible(f"{100 * element.share:6.1f} %  {element.name:<34} {asked}"))
        if element.share < 1:
            lacking = f"missing in {', '.join(element.missing)}: " if element.missing and element.share else ""
            out.append(visible(f"{'':10} {lacking}{element.fix}"))
    totals = "   ".join(f"{name.upper()} {total:.1f}" for name, total in found.totals.items())
    return "\n".join([*out, "", f"Totals of 100:   {totals}"]) + "\n"


def tree(inventory: Inventory, nodes: Sequence[Node]) -> str:
    """Return a tree with its subject on top."""
    out = [_named(inventory.subject)]
    for node in nodes:
        stem = "".join("    " if last else "│   " for last in node.last[:-1]) + ("└── " if node.last[-1] else "├── ")
        scope = f" [{node.item.scope}]" if node.item.scope not in {"", "runtime"} else ""
        out.append(stem + _named(node.item) + scope + (" (*)" if node.seen else ""))
    if not nodes:
        out.append("No dependencies.")
    return "\n".join(out) + "\n"


def ways(found: Sequence[tuple[Item, Sequence[Sequence[Item]]]]) -> str:
    """Return the ways to each item, and where it stands."""
    from secloop.stages.build.sbom.paths import MOST_PATHS

    out: list[str] = []
    for item, paths in found:
        places = ", ".join(f"{seen.file}:{seen.line}" for seen in item.located) or "no file named"
        out.append(visible(f"{_named(item)}  ({places})"))
        if len(paths) == MOST_PATHS:
            out.append(f"  the {len(paths)} shortest ways:")
        for path in paths:
            direct = len(path) == 1 and item.direct
            out.append("  direct dependency" if direct else "  " + " > ".join(_named(one) for one in path))
        out.append("")
    return "\n".join(out[:-1]) + "\n"


def _named(item: Item) -> str:
    return visible(f"{item.name}@{item.version}" if item.version else item.name)
