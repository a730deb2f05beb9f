"""Which objects a Kyverno rule is about: `match` and `exclude` (kyverno.io, "Selecting resources")."""

from __future__ import annotations

from typing import Any

from secloop.stages.deploy.kubernetes.matching import selects, wild

_VERSION_START = "v"


def selected(rule: dict[str, Any], item: dict[str, Any], operation: str = "CREATE", user: Any = None) -> bool:
    """Return whether a rule's `match` holds for an object and its `exclude` does not."""
    found = _block(rule.get("match") or {}, item, operation, user)
    exclude = rule.get("exclude") or {}
    return found and not (exclude and _block(exclude, item, operation, user))


def _block(block: dict[str, Any], item: dict[str, Any], operation: str, user: Any) -> bool:
    if isinstance(block.get("any"), list):
        return any(_filter(one, item, operation, user) for one in block["any"])
    if isinstance(block.get("all"), list):
        return all(_filter(one, item, operation, user) for one in block["all"])
    return _filter(block, item, operation, user)


def _filter(one: dict[str, Any], item: dict[str, Any], operation: str, user: Any) -> bool:
    resources = one.get("resources") or {}
    if not resources and not any(one.get(key) for key in ("roles", "clusterRoles", "subjects")):
        return False
    return _resources(resources, item, operation) and _who(one, user or {})


def _resources(wanted: dict[str, Any], item: dict[str, Any], operation: str) -> bool:
    meta = item.get("metadata") or {}
    names = [*(wanted.get("names") or ()), *([wanted["name"]] if wanted.get("name") else ())]
    name = str(meta.get("name") or meta.get("generateName") or "")
    own = str(meta.get("namespace") or ("" if item.get("kind") == "Namespace" else "default"))
    own = name if item.get("kind") == "Namespace" else own
    return (
        (not wanted.get("kinds") or any(kind_fits(str(kind), item) for kind in wanted["kinds"]))
        and (not names or any(wild(str(one), name) for one in names))
        and (not wanted.get("namespaces") or any(wild(str(one), own) for one in wanted["namespaces"]))
        and (not wanted.get("operations") or operation in wanted["operations"])
        and _annotations(wanted.get("annotations"), meta.get("annotations"))
        and _selects(wanted.get("selector"), meta.get("labels"))
        and (not wanted.get("namespaceSelector") or selects(wanted["namespaceSelector"], None))
    )


def kind_fits(wanted: str, item: dict[str, Any]) -> bool:
    """Return whether `Kind`, `version/Kind` or `group/version/Kind`, with wildcards, names an object's kind."""
    group, _, version = str(item.get("apiVersion") or "").rpartition("/")
    parts = wanted.split("/")
    kind, rest = parts[-1], parts[:-1]
    subresource = "." in kind or (bool(rest) and kind[:1].islower())
    if subresource or not wild(kind, str(item.get("kind") or "")):
        return False
    if len(rest) > 1:
        return wild(rest[0], group) and wild(rest[1], version)
    return not rest or wild(rest[0], version)


def _annotations(wanted: Any, given: Any) -> bool:
    given = given or {}
    return all(
        any(wild(str(k), str(o)) and wild(str(v), str(given[o])) for o in given) for k, v in (wanted or {}).items()
    )


def _selects(selector: Any, labels: Any) -> bool:
    """Return whether a selector holds; Kyverno allows wildcards in its labels."""
    selector, labels = selector or {}, labels or {}
    plain = selector.get("matchLabels") or {}
    fits = all(any(wild(str(k), o) and wild(str(v), str(labels[o])) for o in labels) for k, v in plain.items())
    return fits and selects({"matchExpressions": selector.get("matchExpressions")}, labels)


def _who(one: dict[str, Any], user: dict[str, Any]) -> bool:
    info = user.get("userInfo") or {}
    if one.get("clusterRoles") and not set(one["clusterRoles"]) & set(user.get("clusterRoles") or ()):
        return False
    if one.get("roles") and not set(one["roles"]) & set(user.get("roles") or ()):
        return False
    subjects = one.get("subjects")
    return not subjects or any(_is(subject, info) for subject in subjects)


def _is(subject: dict[str, Any], info: dict[str, Any]) -> bool:
    name = str(subject.get("name") or "")
    if subject.get("kind") == "Group":
        return any(wild(name, str(group)) for group in info.get("groups") or ())
    if subject.get("kind") == "ServiceAccount":
        name = f"system:serviceaccount:{subject.get('namespace') or ''}:{name}"
    return wild(name, str(info.get("username") or ""))
