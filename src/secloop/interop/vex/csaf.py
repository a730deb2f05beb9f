"""CSAF 2.0 (https://docs.oasis-open.org/csaf/csaf/v2.0/): read of any profile, written in its VEX profile."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from secloop.interop.base import json_bytes
from secloop.model.inventory import Statement, Status
from secloop.model.shapes import string, strings, table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.model.inventory import Inventory

_STATUSES: dict[str, Status] = {
    "known_not_affected": "not_affected",
    "known_affected": "affected",
    "first_affected": "affected",
    "last_affected": "affected",
    "fixed": "fixed",
    "first_fixed": "fixed",
    "under_investigation": "under_investigation",
}
_FIELDS = {"not_affected": "known_not_affected", "affected": "known_affected", "fixed": "fixed"}
_DEEPEST = 100  # branches of a product tree
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")


def read_document(document: dict[str, Any]) -> Iterator[Statement]:
    """Yield one statement per vulnerability and status, its products as purls where the product tree has them."""
    names = _products(table(document.get("product_tree")))
    when = string(table(table(document.get("document")).get("tracking")).get("current_release_date"))
    for one in tables(document.get("vulnerabilities")):
        others = [string(own.get("text")) for own in tables(one.get("ids")) if string(own.get("text"))]
        ids = ([string(one.get("cve"))] if string(one.get("cve")) else []) + others
        if not ids:
            continue
        for field, products in table(one.get("product_status")).items():
            status = _STATUSES.get(field)
            known = strings(products)
            if status is None or not known:
                continue
            yield Statement(
                vulnerability=ids[0],
                status=status,
                products=tuple(dict.fromkeys(names.get(product, product) for product in known)),
                aliases=tuple(ids[1:]),
                justification=_of(one, "flags", "label", known) if status == "not_affected" else "",
                impact=_of(one, "threats", "details", known, "impact"),
                action=_of(one, "remediations", "details", known) if status == "affected" else "",
                time=when,
            )


def _of(vulnerability: dict[str, Any], field: str, key: str, products: list[str], category: str = "") -> str:
    """Return the first text of a kind that speaks of one of the products, or of all."""
    for one in tables(vulnerability.get(field)):
        about = strings(one.get("product_ids"))
        if (not category or one.get("category") == category) and (not about or set(about) & set(products)):
            return string(one.get(key))
    return ""


def _products(tree: dict[str, Any]) -> dict[str, str]:
    """Return purl, else name, by product id; of a product inside another (a relationship), that of the inner one."""
    names: dict[str, str] = {}
    waiting = [(one, 0) for one in tables(tree.get("branches"))]
    products = tables(tree.get("full_product_names"))
    while waiting:
        branch, depth = waiting.pop()
        products += [table(branch.get("product"))]
        if depth < _DEEPEST:
            waiting += [(one, depth + 1) for one in tables(branch.get("branches"))]
    for product in products:
        if own := string(product.get("product_id")):
            purl = string(table(product.get("product_identification_helper")).get("purl"))
            names[own] = purl or string(product.get("name"))
    for relation in tables(tree.get("relationships")):
        whole = table(relation.get("full_product_name"))
        inner = string(relation.get("product_reference"))
        if string(whole.get("product_id")):
            names[string(whole.get("product_id"))] = names.get(inner) or string(whole.get("name"))
    return names


def write(inventory: Inventory) -> bytes:
    """Return a document of the VEX profile on the inventory's subject and the packages its statements name."""
    products = _Products(inventory)
    vulnerabilities = [_vulnerability(one, products) for one in inventory.statements]
    body = {"product_tree": products.tree(), "vulnerabilities": vulnerabilities}
    digest = hashlib.blake2b(json_bytes(body), digest_size=8).hexdigest()
    author = ", ".join(inventory.authors) or "secloop"
    head = {
        "category": "csaf_vex",
        "csaf_version": "2.0",
        "publisher": {"category": "vendor", "name": author, "namespace": "https://example.invalid"},
        "title": f"Vulnerabilities in dependencies of {inventory.subject.name}",
        "tracking": {
            "current_release_date": inventory.created,
            "id": f"{re.sub(r'[^A-Za-z0-9.-]+', '-', inventory.subject.name)}-{digest}",
            "initial_release_date": inventory.created,
            "revision_history": [{"date": inventory.created, "number": "1", "summary": "First version"}],
            "status": "final",
            "version": "1",
            "generator": {"engine": {"name": ", ".join(inventory.tools) or "secloop"}},
        },
    }
    if not vulnerabilities:
        head["category"] = "csaf_base"
        body = {}
    return json_bytes({"document": head} | body)


class _Products:
    """Gives an id to every product that a statement names."""

    def __init__(self, inventory: Inventory) -> None:
        self.subject = inventory.subject
        named = [product for one in inventory.statements for product in one.products]
        self.ids = {product: f"P{number}" for number, product in enumerate(dict.fromkeys(named), 1)}

    def tree(self) -> dict[str, Any]:
        rows_ = [self._product(product, own) for product, own in self.ids.items()]
        subject = self._product(self.subject.purl or self.subject.name, "P0")
        return {"full_product_names": [subject, *rows_]}

    def of(self, statement: Statement) -> list[str]:
        return [self.ids[product] for product in statement.products] or ["P0"]

    @staticmethod
    def _product(product: str, own: str) -> dict[str, Any]:
        out: dict[str, Any] = {"name": product, "product_id": own}
        if product.startswith("pkg:"):
            out["product_identification_helper"] = {"purl": product}
        return out


def _vulnerability(statement: Statement, products: _Products) -> dict[str, Any]:
    ids = products.of(statement)
    field = _FIELDS.get(statement.status, "under_investigation")
    out: dict[str, Any] = {}
    names = [statement.vulnerability, *statement.aliases]
    cve = next((name for name in names if _CVE.fullmatch(name)), "")
    if cve:
        out["cve"] = cve
    others = [name for name in names if name != cve]
    if others:
        out["ids"] = [{"system_name": name.partition("-")[0], "text": name} for name in others]
    out["notes"] = [
        {"category": "summary", "text": f"{statement.vulnerability} is {statement.status.replace('_', ' ')}"}
    ]
    out["product_status"] = {field: ids}
    if statement.status == "not_affected":
        if statement.justification:
            out["flags"] = [{"label": statement.justification, "product_ids": ids}]
        if statement.impact or not statement.justification:
            told = statement.impact or "Not affected"
            out["threats"] = [{"category": "impact", "details": told, "product_ids": ids}]
    if statement.status == "affected":
        kind = "vendor_fix" if statement.action else "none_available"
        told = statement.action or "No fixed version is known"
        out["remediations"] = [{"category": kind, "details": told, "product_ids": ids}]
    return out
