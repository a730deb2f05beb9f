"""Rules about pods, as they are for what makes pods (kyverno.io, "Auto-gen rules")."""

from __future__ import annotations

from typing import Any

from secloop.policy.cel_macros import tokens_of

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
    """Return the pod template of a controller as an object; None where there is none."""
    where = CONTROLLERS.get(str(item.get("kind")))
    found: Any = item
    for key in where[1].split(".") if where else ():
        found = found.get(key) if isinstance(found, dict) else None
    return found if where and isinstance(found, dict) else None


def controllers(policy: dict[str, Any]) -> tuple[str, ...]:
    """Return the kinds that a policy's pod rules are made for, as its annotation says; all where it says nothing."""
    said = ((policy.get("metadata") or {}).get("annotations") or {}).get(ANNOTATION)
    if said is None:
        return tuple(CONTROLLERS)
    return tuple(one.strip() for one in str(said).split(",") if one.strip() in CONTROLLERS)


def moved(text: str, kind: str) -> str:
    """Return a CEL expression about a pod as one about a controller's template: `object.spec` and its metadata."""
    tokens, out, at = tokens_of(text), [], 0
    path = CONTROLLERS[kind][1]
    for index in range(len(tokens) - 2):
        first, dot, name = tokens[index : index + 3]
        if (
            first.text not in {"object", "oldObject"}
            or dot.text not in {".", ".?"}
            or name.text not in {"spec", "metadata"}
        ):
            continue
        if index and tokens[index - 1].text in {".", ".?"}:
            continue
        if name.text == "metadata" and [t.text for t in tokens[index + 3 : index + 5]] in (
            [".", "namespace"],
            [".", "name"],
            [".?", "namespace"],
        ):
            continue
        out += [text[at : first.start], f"{first.text}.{path}"]
        at = dot.start
    return "".join(out) + text[at:]
