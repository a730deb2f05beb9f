"""Which objects a Gatekeeper constraint matches (open-policy-agent.github.io, "Constraints", the match field)."""

from __future__ import annotations

from typing import Any


def wild(pattern: str, text: str) -> bool:
    """Return whether a text fits a pattern with `*` and `?`; linear in both but for the last star."""
    at = here = 0
    star, mark = -1, 0
    while here < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, here
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[here]}:
            at += 1
            here += 1
        elif star >= 0:
            mark += 1
            at, here = star + 1, mark
        else:
            return False
    return all(sign == "*" for sign in pattern[at:])


def matches(match: dict[str, Any], review: dict[str, Any], namespace: dict[str, Any] | None = None) -> bool:
    """Return whether a constraint's `match` holds for a review; an object without a namespace is in all of them."""
    kind, item = review.get("kind") or {}, review.get("object") or review.get("oldObject") or {}
    meta = item.get("metadata") or {}
    own = review.get("namespace") or meta.get("namespace") or ""
    if kind.get("kind") == "Namespace" and not kind.get("group"):
        own, namespace = review.get("name") or meta.get("name") or "", item
    wanted, excluded = match.get("namespaces"), match.get("excludedNamespaces")
    scope, name = match.get("scope") or "*", match.get("name")
    return (
        _kinds(match.get("kinds"), kind)
        and (scope == "*" or (scope == "Namespaced") == bool(own))
        and (not own or not wanted or any(wild(str(one), own) for one in wanted))
        and not (own and any(wild(str(one), own) for one in excluded or ()))
        and (not name or wild(str(name), str(meta.get("name") or "")))
        and selects(match.get("labelSelector"), meta.get("labels"))
        and (
            not own or selects(match.get("namespaceSelector"), ((namespace or {}).get("metadata") or {}).get("labels"))
        )
    )


def _kinds(wanted: Any, kind: dict[str, Any]) -> bool:
    if not wanted:
        return True
    return any(
        (not one.get("apiGroups") or "*" in one["apiGroups"] or kind.get("group", "") in one["apiGroups"])
        and (not one.get("kinds") or "*" in one["kinds"] or kind.get("kind") in one["kinds"])
        for one in wanted
        if isinstance(one, dict)
    )


def selects(selector: Any, labels: Any) -> bool:
    """Return whether a label selector of Kubernetes holds; none and an empty one hold for everything."""
    selector, labels = selector or {}, labels or {}
    plain = all(key in labels and labels[key] == value for key, value in (selector.get("matchLabels") or {}).items())
    return plain and all(_expression(one, labels) for one in selector.get("matchExpressions") or ())


def _expression(one: dict[str, Any], labels: dict[str, Any]) -> bool:
    key, values = one.get("key"), one.get("values") or ()
    match one.get("operator"):
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False
