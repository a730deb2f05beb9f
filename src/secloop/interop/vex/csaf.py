"""CSAF 2.0 (https://docs.oasis-open.org/csaf/csaf/v2.0/): read of any profile, written in its VEX profile."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from secloop.interop.base import json_bytes
from secloop.interop.sbom import parties
from secloop.interop.sbom.document import is_uri
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
_LABELS = {
    "component_not_present",
    "inline_mitigations_already_exist",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_not_present",
}
_NOTES = "Status notes"
_NO_IMPACT = "Not affected"
_NO_ACTION = "No fixed version is known"
_TOP = "P0"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")


def read_document(document: dict[str, Any]) -> Iterator[Statement]:
    """Yield one statement per vulnerability and status, its products as purls where the product tree has them.

    Where the texts of a status differ between its products, there is one statement for each.
    """
    tree = table(document.get("product_tree"))
    names = _products(tree)
    groups = {
        string(one.get("group_id")): strings(one.get("product_ids")) for one in tables(tree.get("product_groups"))
    }
    when = string(table(table(document.get("document")).get("tracking")).get("current_release_date"))
    for one in tables(document.get("vulnerabilities")):
        others = [string(own.get("text")) for own in tables(one.get("ids")) if string(own.get("text"))]
        ids = ([string(one.get("cve"))] if string(one.get("cve")) else []) + others
        if not ids:
            continue
        told = _Told(one, groups)
        for field, products in table(one.get("product_status")).items():
            status = _STATUSES.get(field)
            if status is None:
                continue
            alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
            for product in strings(products):
                alike[told.of(status, product)].append(names.get(product, product))
            for (justification, impact, action, time), known in alike.items():
                yield Statement(
                    vulnerability=ids[0],
                    status=status,
                    products=tuple(dict.fromkeys(known)),
                    aliases=tuple(ids[1:]),
                    justification=justification,
                    impact=impact,
                    action=action,
                    time=time or when,
                )


class _Told:
    """What a vulnerability says of a product: the first flag, impact and remediation that names it, or names none."""

    def __init__(self, vulnerability: dict[str, Any], groups: dict[str, list[str]]) -> None:
        self._groups = groups
        self._impacts = [one for one in tables(vulnerability.get("threats")) if one.get("category") == "impact"]
        self._notes = [one for one in tables(vulnerability.get("notes")) if one.get("title") == _NOTES]
        self._kinds = {
            "flags": self._by_product(tables(vulnerability.get("flags"))),
            "impacts": self._by_product(self._impacts),
            "remediations": self._by_product(tables(vulnerability.get("remediations"))),
        }

    def _by_product(self, rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Return the first row by each product it names, and under the empty name the first that names none."""
        found: dict[str, dict[str, Any]] = {}
        for row in rows:
            about = strings(row.get("product_ids"))
            about += [own for group in strings(row.get("group_ids")) for own in self._groups.get(group, ())]
            if not about and not row.get("group_ids"):
                about = [""]
            for own in about:
                found.setdefault(own, row)
        return found

    def _row(self, kind: str, product: str) -> dict[str, Any]:
        rows = self._kinds[kind]
        return rows.get(product) or rows.get("") or {}

    def of(self, status: Status, product: str) -> tuple[str, str, str, str]:
        """Return (justification, impact, action, time) of a product."""
        flag, impact, remedy = (self._row(kind, product) for kind in ("flags", "impacts", "remediations"))
        time = next((string(one.get("date")) for one in (flag, impact, remedy) if string(one.get("date"))), "")
        if status == "not_affected":
            said = string(impact.get("details"))
            return string(flag.get("label")), "" if said == _NO_IMPACT else said, "", time
        notes = string(self._notes[0].get("text")) if self._notes else ""
        action = string(remedy.get("details")) if status == "affected" else ""
        return "", notes, "" if action == _NO_ACTION else action, time


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
    author = ", ".join(parties.split(one)[0] or one for one in inventory.authors) or "secloop"
    head = {
        "category": "csaf_vex",
        "csaf_version": "2.0",
        "publisher": {"category": "vendor", "name": author, "namespace": _namespace(inventory)},
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


def _namespace(inventory: Inventory) -> str:
    """Return a URI that is the publisher's: of the first author with an address, else the project's, else a name."""
    for address in (parties.split(author)[1] for author in inventory.authors):
        if address:
            return address if "://" in address else f"mailto:{address}"
    host, _, path = inventory.subject.name.partition("/")
    page = f"https://{host}/{path}"
    return page if "." in host and path and is_uri(page) else "urn:x-secloop:publisher"


class _Products:
    """Gives an id to each product that a statement names, and one to it as a part of the subject: that is judged."""

    def __init__(self, inventory: Inventory) -> None:
        self.subject = inventory.subject.purl or inventory.subject.name or "software"
        named = [product for one in inventory.statements for product in one.products if product != self.subject]
        self.ids = {product: f"P{number}" for number, product in enumerate(dict.fromkeys(named), 1)}

    def tree(self) -> dict[str, Any]:
        rows = [_product(product, own) for product, own in self.ids.items()]
        out: dict[str, Any] = {"full_product_names": [_product(self.subject, _TOP), *rows]}
        if self.ids:
            out["relationships"] = [
                {
                    "category": "default_component_of",
                    "full_product_name": {"name": f"{product} in {self.subject}", "product_id": f"{_TOP}:{own}"},
                    "product_reference": own,
                    "relates_to_product_reference": _TOP,
                }
                for product, own in self.ids.items()
            ]
        return out

    def of(self, statement: Statement) -> list[str]:
        known = [f"{_TOP}:{self.ids[product]}" if product in self.ids else _TOP for product in statement.products]
        return list(dict.fromkeys(known)) or [_TOP]


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
        out["ids"] = [{"system_name": name.partition("-")[0] or "id", "text": name} for name in others]
    out["notes"] = [
        {"category": "summary", "text": f"{statement.vulnerability} is {statement.status.replace('_', ' ')}"}
    ]
    if statement.impact and statement.status != "not_affected":
        out["notes"].append({"category": "other", "title": _NOTES, "text": statement.impact})
    out["product_status"] = {field: ids}
    return out | _texts(statement, ids)


def _texts(statement: Statement, ids: list[str]) -> dict[str, Any]:
    """Return what the profile wants beside a status: why it does not affect, or what to do."""
    dated = {"date": statement.time} if _DATE.fullmatch(statement.time) else {}
    out: dict[str, Any] = {}
    if statement.status == "not_affected":
        if statement.justification in _LABELS:
            out["flags"] = [{**dated, "label": statement.justification, "product_ids": ids}]
        if statement.impact or "flags" not in out:
            told = statement.impact or _NO_IMPACT
            out["threats"] = [{"category": "impact", **dated, "details": told, "product_ids": ids}]
    if statement.status == "affected":
        kind = "vendor_fix" if statement.action else "none_available"
        told = statement.action or _NO_ACTION
        out["remediations"] = [{"category": kind, **dated, "details": told, "product_ids": ids}]
    return out
