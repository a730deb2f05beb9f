"""Which objects a policy of the newer, CEL kind is about: `matchConstraints` of Kubernetes' admission API."""

from __future__ import annotations

from typing import Any

from secloop.stages.deploy.kubernetes.matching import selects

_IRREGULAR = {"endpoints": "endpoints", "networkpolicy": "networkpolicies"}


def plural_of(kind: str) -> str:
    """Return the resource's name that Kubernetes gives to a kind, as its code guesses it: `Ingress` is `ingresses`."""
    word = kind.lower()
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def constrained(constraints: dict[str, Any], item: dict[str, Any], operation: str = "CREATE") -> bool:
    """Return whether an object is one that `matchConstraints` names; no constraints name none."""
    labels = (item.get("metadata") or {}).get("labels")
    if not selects(constraints.get("objectSelector"), labels):
        return False
    if any(_rule(one, item, operation) for one in constraints.get("excludeResourceRules") or ()):
        return False
    return any(_rule(one, item, operation) for one in constraints.get("resourceRules") or ())


def _rule(rule: dict[str, Any], item: dict[str, Any], operation: str) -> bool:
    group, _, version = str(item.get("apiVersion") or "").rpartition("/")
    names, name = rule.get("resourceNames"), (item.get("metadata") or {}).get("name")
    resources = [str(one) for one in rule.get("resources") or ()]
    return (
        _any(rule.get("apiGroups"), group)
        and _any(rule.get("apiVersions"), version)
        and ("*" in resources or "*/*" in resources or plural_of(str(item.get("kind"))) in resources)
        and (not rule.get("operations") or _any(rule.get("operations"), operation))
        and (not names or name in names)
    )


def _any(wanted: Any, value: str) -> bool:
    return wanted is None or "*" in wanted or value in wanted
