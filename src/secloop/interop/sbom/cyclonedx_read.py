"""CycloneDX JSON of any version to `Inventory`. Unknown fields are passed over; a broken part costs that part only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from secloop.interop.sbom import parties
from secloop.interop.sbom.document import MAX_ITEMS, algorithm, load
from secloop.model.inventory import Inventory, Item, Located, Statement, Status
from secloop.model.shapes import items, string, strings, table, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

JUSTIFICATION = "secloop:justification"
"""The property that keeps a justification of VEX for which CycloneDX has no word of its own."""

_SCOPES = {"required": "runtime", "optional": "optional", "excluded": "dev"}
_OWN_PLACE = "secloop:location"
_FOREIGN_PLACES = {"SrcFile", "aquasecurity:trivy:FilePath", "syft:location:0:path"}
_FILE_FACT = "bsi:component:"
_FILE_FACTS = ("filename", "executable", "archive", "structured")
_DEEPEST = 50  # components inside components
_STATES: dict[str, Status] = {
    "not_affected": "not_affected",
    "false_positive": "not_affected",
    "exploitable": "affected",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "in_triage": "under_investigation",
}
_JUSTIFICATIONS = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "requires_configuration": "vulnerable_code_cannot_be_controlled_by_adversary",
    "requires_dependency": "vulnerable_code_cannot_be_controlled_by_adversary",
    "requires_environment": "vulnerable_code_cannot_be_controlled_by_adversary",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "protected_at_perimeter": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
}
assert set(_STATES.values()) == set(get_args(Status))  # noqa: S101 - the table covers every status


def read(data: bytes, source: str = "the document") -> Inventory:
    """Return what a CycloneDX JSON document holds. Raises: UsageError where it is no JSON object."""
    return read_document(load(data, source))


def read_document(document: dict[str, Any]) -> Inventory:
    """Return what a decoded CycloneDX document holds."""
    needs = {
        string(one.get("ref")): tuple(strings(one.get("dependsOn"))) for one in tables(document.get("dependencies"))
    }
    metadata = table(document.get("metadata"))
    subject = _item(table(metadata.get("component")), needs, "")
    problems: list[str] = []
    items = _items(document, needs, problems)
    return Inventory(
        subject=subject,
        items=tuple(items),
        statements=tuple(_statements(document)),
        created=string(metadata.get("timestamp")),
        tools=tuple(_tools(metadata.get("tools"))),
        authors=tuple(_authors(metadata)),
        serial=string(document.get("serialNumber")),
        context=_phase(metadata),
        format="CycloneDX",
        version=string(document.get("specVersion")),
        problems=tuple(problems),
    )


def _items(document: dict[str, Any], needs: dict[str, tuple[str, ...]], problems: list[str]) -> list[Item]:
    """Return all components, those inside others too, each ref once."""
    found: list[Item] = []
    seen: set[str] = set()
    waiting = [(one, 0) for one in reversed(items(document.get("components")))]
    while waiting:
        component, depth = waiting.pop()
        if not isinstance(component, dict) or not string(component.get("name")):
            problems.append("a component without a name")
            continue
        if len(found) >= MAX_ITEMS or depth > _DEEPEST:
            problems.append(f"more than {MAX_ITEMS} components, or more than {_DEEPEST} inside each other")
            break
        item = _item(component, needs, f"component-{len(found) + 1}")
        if item.ref not in seen:
            seen.add(item.ref)
            found.append(item)
        waiting += [(one, depth + 1) for one in reversed(items(component.get("components")))]
    return found


def _item(component: dict[str, Any], needs: dict[str, tuple[str, ...]], fallback: str) -> Item:
    purl = string(component.get("purl"))
    ref = string(component.get("bom-ref")) or purl or fallback
    told = {string(one.get("name")): string(one.get("value")) for one in tables(component.get("properties"))}
    direct = told.get("secloop:direct")
    return Item(
        ref=ref,
        name=_name(component, purl),
        version=string(component.get("version")),
        purl=purl,
        kind=string(component.get("type")) or "library",
        scope=told.get("secloop:scope") or _SCOPES.get(string(component.get("scope")), ""),
        direct=None if direct is None else direct == "true",
        licenses=tuple(_licenses(component.get("licenses"))),
        hashes=tuple(
            f"{algorithm(string(one.get('alg')))}:{string(one.get('content')).lower()}"
            for one in tables(component.get("hashes"))
        ),
        supplier=_supplier(component),
        description=string(component.get("description")),
        origin=_origin(component),
        cpe=string(component.get("cpe")),
        located=tuple(_located(component)),
        file_facts=tuple((name, told[_FILE_FACT + name]) for name in _FILE_FACTS if told.get(_FILE_FACT + name)),
        needs=needs.get(ref),
    )


def _supplier(component: dict[str, Any]) -> str:
    """Return who supplies or makes a component; the first field that has an address, else the first that has a name."""
    found = [parties.of_cyclonedx(component.get(field)) for field in ("supplier", "manufacturer")]
    found += [parties.of_cyclonedx(one) for one in tables(component.get("authors"))[:1]]
    found += [string(component.get("publisher")), string(component.get("author"))]
    named = [one for one in found if one]
    return next((one for one in named if parties.split(one)[1]), named[0] if named else "")


def _name(component: dict[str, Any], purl: str) -> str:
    group, name = string(component.get("group")), string(component.get("name"))
    if not group:
        return name
    return f"{group}:{name}" if purl.startswith("pkg:maven/") else f"{group}/{name}"


def _licenses(value: Any) -> Iterator[str]:
    for one in tables(value):
        inner = table(one.get("license"))
        if found := string(one.get("expression")) or string(inner.get("id")) or string(inner.get("name")):
            yield found


def _origin(component: dict[str, Any]) -> str:
    kinds = ("distribution", "vcs")
    links = [(string(one.get("type")), string(one.get("url"))) for one in tables(component.get("externalReferences"))]
    return next((url for kind in kinds for own, url in links if own == kind), "")


def _located(component: dict[str, Any]) -> Iterator[Located]:
    for one in tables(table(component.get("evidence")).get("occurrences")):
        if place := string(one.get("location")):
            line = one.get("line")
            yield Located(file=place, line=line if isinstance(line, int) and line > 0 else 1)
    for one in tables(component.get("properties")):
        name, place = string(one.get("name")), string(one.get("value"))
        if name == _OWN_PLACE:
            file, _, line = place.rpartition("#")
            yield Located(file=file, line=int(line) if line.isascii() and line.isdigit() and len(line) < 9 else 1)  # noqa: PLR2004 - fits an int
        elif name in _FOREIGN_PLACES and place:
            yield Located(file=place)


def _tools(value: Any) -> Iterator[str]:
    """Yield tools: an array up to 1.4, an object of components and services since 1.5."""
    found = tables(value) or [*tables(table(value).get("components")), *tables(table(value).get("services"))]
    for one in found:
        yield " ".join(part for part in (string(one.get("name")), string(one.get("version"))) if part)


def _authors(metadata: dict[str, Any]) -> Iterator[str]:
    """Yield the people and the organisation that made the document."""
    for one in (*tables(metadata.get("authors")), table(metadata.get("manufacturer"))):
        if name := parties.of_cyclonedx(one):
            yield name


def _phase(metadata: dict[str, Any]) -> str:
    """Return the phase of the life cycle that the document says it was made in."""
    found = (string(one.get("phase")) or string(one.get("name")) for one in tables(metadata.get("lifecycles")))
    return next((phase for phase in found if phase), "")


def _statements(document: dict[str, Any]) -> Iterator[Statement]:
    for one in tables(document.get("vulnerabilities")):
        analysis = table(one.get("analysis"))
        status = _STATES.get(string(analysis.get("state")))
        if status is None or not string(one.get("id")):
            continue
        yield Statement(
            vulnerability=string(one.get("id")),
            status=status,
            products=tuple(string(hit.get("ref")) for hit in tables(one.get("affects")) if string(hit.get("ref"))),
            aliases=tuple(string(ref.get("id")) for ref in tables(one.get("references")) if string(ref.get("id"))),
            justification=_justification(one, analysis),
            impact=string(analysis.get("detail")),
            action=string(one.get("recommendation")),
            time=string(analysis.get("lastUpdated"))
            or string(analysis.get("firstIssued"))
            or string(one.get("updated")),
        )


def _justification(vulnerability: dict[str, Any], analysis: dict[str, Any]) -> str:
    """Return VEX's word for a justification: as a property keeps it, else the one that CycloneDX's stands for."""
    kept = (
        string(one.get("value")) for one in tables(vulnerability.get("properties")) if one.get("name") == JUSTIFICATION
    )
    return next(kept, "") or _JUSTIFICATIONS.get(string(analysis.get("justification")), "")
