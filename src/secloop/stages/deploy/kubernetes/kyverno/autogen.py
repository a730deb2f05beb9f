"""Rules about pods, as they are for what makes pods (kyverno.io, "Auto-gen rules")."""

from __future__ import annotations

from typing import Any

CONTROLLERS = {
    "DaemonSet": ("apps", "spec.template"),
    "Deployment": ("apps", "spec.template"),
    "Job": ("batch", "spec.template"),
    "ReplicaSet": ("apps", "spec.template"),
    "ReplicationController": ("", "spec.template"),
    "StatefulSet": ("apps", "spec.template"),
    "CronJob": ("batch", "spec.jobTemplate.spec.template"),
}
ANNOTATION = "pod-policies.kyverno.io/autogen-controllers"


def pod_of(item: dict[str, Any]) -> dict[str, Any] | None:
    """Return the pod that a controller makes, with the controller's name and namespace; None for no controller."""
    where = CONTROLLERS.get(str(item.get("kind")))
    found: Any = item
    for key in where[1].split(".") if where else ():
        found = found.get(key) if isinstance(found, dict) else None
    if not where or not isinstance(found, dict):
        return None
    own, meta = item.get("metadata") or {}, found.get("metadata") or {}
    named = {key: own[key] for key in ("name", "namespace") if key in own}
    return {**found, "apiVersion": "v1", "kind": "Pod", "metadata": {**meta, **named}}


def is_for_pods(block: dict[str, Any]) -> bool:
    """Return whether a rule is about pods only, by kind alone, so that it is made for controllers too."""
    filters = [*(block.get("any") or ()), *(block.get("all") or ())] or [block]
    resources = [one.get("resources") or {} for one in filters]
    allowed = {"kinds", "operations", "namespaces", "namespaceSelector"}
    return all(one.get("kinds") in (["Pod"], ["v1/Pod"]) and not one.keys() - allowed for one in resources)


def controllers(policy: dict[str, Any]) -> tuple[str, ...]:
    """Return the kinds that a policy's pod rules are made for, as its annotation says; all where it says nothing."""
    said = ((policy.get("metadata") or {}).get("annotations") or {}).get(ANNOTATION)
    if said is None:
        return tuple(CONTROLLERS)
    return tuple(one.strip() for one in str(said).split(",") if one.strip() in CONTROLLERS)
