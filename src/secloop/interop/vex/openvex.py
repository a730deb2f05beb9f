"""OpenVEX 0.2.0 (https://github.com/openvex/spec)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, get_args

from secloop.interop.base import json_bytes
from secloop.model.inventory import Statement, Status
from secloop.model.shapes import items, string, strings, table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.model.inventory import Inventory

CONTEXT = "https://openvex.dev/ns/v0.2.0"
_STATUSES: dict[str, Status] = {status: status for status in get_args(Status)}
_JUSTIFICATIONS = {
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
}
_NO_REASON = "No reason is given"
_NO_ACTION = "No action is known yet"


def read_document(document: dict[str, Any]) -> Iterator[Statement]:
    """Yield the statements; one without a vulnerability or with an unknown status is left out.

    A product with subcomponents stands for these: they are what an inventory holds.
    """
    for one in tables(document.get("statements")):
        vulnerability = one.get("vulnerability")
        told = table(vulnerability)
        name = string(vulnerability) or string(told.get("name")) or string(told.get("@id"))
        status = _STATUSES.get(string(one.get("status")))
        if not name or status is None:
            continue
        yield Statement(
            vulnerability=name,
            status=status,
            products=tuple(dict.fromkeys(_products(one))),
            aliases=tuple(strings(told.get("aliases"))),
            justification=string(one.get("justification")),
            impact=_said(one.get("impact_statement")) or string(one.get("status_notes")),
            action=_said(one.get("action_statement")),
            time=string(one.get("timestamp")) or string(document.get("timestamp")),
        )


def _said(words: Any) -> str:
    """Return an action or a reason, empty for the words that stand for none."""
    return "" if words in (_NO_ACTION, _NO_REASON) else string(words)


def _products(statement: dict[str, Any]) -> Iterator[str]:
    for product in items(statement.get("products")):
        if isinstance(product, str):
            yield product
        elif isinstance(product, dict):
            parts = [_identified(part) for part in tables(product.get("subcomponents"))]
            yield from [part for part in parts if part] or [_identified(product)]


def _identified(component: dict[str, Any]) -> str:
    """Return what names a component: its purl, else its `@id`."""
    return string(table(component.get("identifiers")).get("purl")) or string(component.get("@id"))


def write(inventory: Inventory) -> bytes:
    """Return a document on the inventory's subject: each statement names it, with the packages as subcomponents."""
    statements = [_statement(one, inventory) for one in inventory.statements]
    digest = hashlib.blake2b(json_bytes(statements), digest_size=16).hexdigest()
    document = {
        "@context": CONTEXT,
        "@id": inventory.serial or f"https://openvex.dev/docs/secloop/vex-{digest}",
        "author": ", ".join(inventory.authors) or "secloop",
        "timestamp": inventory.created,
        "version": 1,
        "tooling": ", ".join(inventory.tools),
        "statements": statements,
    }
    return json_bytes(document)


def _statement(statement: Statement, inventory: Inventory) -> dict[str, Any]:
    subject = inventory.subject
    product: dict[str, Any] = {"@id": subject.purl or subject.name}
    if statement.products:
        product["subcomponents"] = [_component(one) for one in statement.products]
    out: dict[str, Any] = {
        "vulnerability": {"name": statement.vulnerability, "aliases": list(statement.aliases)},
        "products": [product],
        "status": statement.status,
    }
    if not statement.aliases:
        del out["vulnerability"]["aliases"]
    told = {"timestamp": statement.time if statement.time != inventory.created else ""}
    if statement.status == "not_affected":
        known = statement.justification if statement.justification in _JUSTIFICATIONS else ""
        told |= {"justification": known, "impact_statement": statement.impact or ("" if known else _NO_REASON)}
    else:
        told |= {"status_notes": statement.impact}
    if statement.status == "affected":
        told |= {"action_statement": statement.action or _NO_ACTION}
    return out | {key: value for key, value in told.items() if value}


def _component(product: str) -> dict[str, Any]:
    return {"@id": product, "identifiers": {"purl": product}} if product.startswith("pkg:") else {"@id": product}
