"""Kubernetes manifests as resources: an object keeps its own form, beside the parts of its pods that rules ask for.

`attrs` holds the object, `containers` (init containers first) and `volumes` of its pod, and the pod's own settings as
`pod`. Objects of a folder are linked by namespace: a namespace knows what it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.resource import Lines, Resource
from secloop.stages.deploy.iac.documents.yamltext import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.stages.deploy.iac.documents.yamltext import Text

POD_PATHS = {
    "/Pod": "spec",
    "batch/CronJob": "spec.jobTemplate.spec.template.spec",
    **dict.fromkeys(
        (
            "apps/Deployment",
            "apps/StatefulSet",
            "apps/DaemonSet",
            "apps/ReplicaSet",
            "batch/Job",
            "/ReplicationController",
        ),
        "spec.template.spec",
    ),
}
"""Where the specification of the pod lies, by type."""

NAMESPACE = "/Namespace"
MAX_OBJECTS = 10_000


def objects(text: str, path: str) -> list[Resource]:
    """Return the objects of a manifest. Raises: UnreadableError."""
    return [one for document in documents(text) for one in _objects(document, path)][:MAX_OBJECTS]


def linked(found: list[Resource]) -> list[Resource]:
    """Return objects with their links: a namespace holds the objects that name it."""
    import msgspec

    inside: dict[str, dict[str, list[str]]] = {}
    for one in found:
        namespace = _namespace(one.attrs)
        if namespace and one.type != NAMESPACE:
            inside.setdefault(namespace, {}).setdefault(one.type, []).append(one.address)
    return [
        msgspec.structs.replace(
            one, links={kind: tuple(sorted(held)) for kind, held in sorted(inside.get(_name(one.attrs), {}).items())}
        )
        if one.type == NAMESPACE
        else one
        for one in found
    ]


def _objects(document: Text, path: str) -> Iterator[Resource]:
    value = document.value
    if not isinstance(value, dict):
        return
    if value.get("kind") == "List" and isinstance(value.get("items"), list):
        for at, item in enumerate(value["items"]):
            if isinstance(item, dict) and _is_object(item):
                yield _object(item, f"items[{at}].", document, path)
    elif _is_object(value):
        yield _object(value, "", document, path)


def _is_object(value: dict[str, Any]) -> bool:
    return all(isinstance(value.get(key), str) for key in ("apiVersion", "kind"))


def _object(value: dict[str, Any], prefix: str, document: Text, path: str) -> Resource:
    group = value["apiVersion"].rpartition("/")[0]
    type_ = f"{group}/{value['kind']}"
    names = [name for name in (_namespace(value), _name(value)) if name]
    lines = {key[len(prefix) :]: at for key, at in document.lines.items() if key.startswith(prefix)}
    attrs = dict(value)
    if type_ in POD_PATHS:
        _add_pod(attrs, POD_PATHS[type_], lines)
    head = lines.get("metadata.name") or Lines(first=document.line, last=document.end_line)
    return Resource(
        type=type_,
        address="/".join([type_, *names]),
        attrs=attrs,
        file=path,
        line=head.first,
        end_line=head.last,
        lines=lines,
    )


def _add_pod(attrs: dict[str, Any], where: str, lines: dict[str, Lines]) -> None:
    """Add the parts of the pod under names of their own, with their lines."""
    pod: Any = attrs
    for step in where.split("."):
        pod = pod.get(step) if isinstance(pod, dict) else None
    if not isinstance(pod, dict):
        return
    containers: list[dict[str, Any]] = []
    for name in ("initContainers", "containers"):
        held = pod.get(name)
        for at, one in enumerate(held if isinstance(held, list) else ()):
            if isinstance(one, dict):
                _copy_lines(lines, f"{where}.{name}[{at}]", f"containers[{len(containers)}]")
                containers.append(one)
    attrs["containers"] = containers
    volumes = pod.get("volumes")
    attrs["volumes"] = [one for one in volumes if isinstance(one, dict)] if isinstance(volumes, list) else []
    _copy_lines(lines, f"{where}.volumes", "volumes")
    attrs["pod"] = {key: one for key, one in pod.items() if key not in {"containers", "initContainers", "volumes"}}
    _copy_lines(lines, where, "pod")


def _copy_lines(lines: dict[str, Lines], old: str, new: str) -> None:
    for key, at in list(lines.items()):
        if key == old or key.startswith((f"{old}.", f"{old}[")):
            lines[new + key[len(old) :]] = at


def _name(value: dict[str, Any]) -> str:
    return _of_metadata(value, "name")


def _namespace(value: dict[str, Any]) -> str:
    return _of_metadata(value, "namespace")


def _of_metadata(value: dict[str, Any], key: str) -> str:
    metadata = value.get("metadata")
    found = metadata.get(key) if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""
