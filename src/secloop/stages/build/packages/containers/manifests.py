"""YAML known by its content: Kubernetes manifests, Helm templates of them, workflows elsewhere; and kustomizations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.model.shapes import items, string
from secloop.stages.build.packages.base import Extracted, Extractor, bounded, text_of
from secloop.stages.build.packages.ci.workflows import is_workflow, read_workflow
from secloop.stages.build.packages.containers.images import ECOSYSTEM, image_package
from secloop.stages.build.packages.yaml import YamlTable, parse_yaml
from secloop.stages.build.packages.yaml_lines import entries

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.base import Package

_VERSION = lazy(rb"^apiVersion\s*:", re.MULTILINE)
_KIND = lazy(rb"^kind\s*:", re.MULTILINE)
_ON = lazy(rb"^['\"]?on['\"]?\s*:", re.MULTILINE)
_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml"})
_HOLDERS = frozenset(
    {"containers", "initContainers", "ephemeralContainers", "container", "sidecars", "steps", "script", "stepTemplate"}
)


class Manifest(Extractor):
    """`*.yaml` and `*.yml` whose first lines say that they are a Kubernetes object or a workflow."""

    name = "manifest"
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether a file may be one by its name."""
        return path.endswith((".yaml", ".yml"))

    def likely(self, head: bytes) -> bool:
        """Return whether the first bytes are those of a Kubernetes object or of a workflow."""
        return bool((_VERSION.search(head) and _KIND.search(head)) or _ON.search(head))

    def extract(self, file: SourceFile) -> Extracted:
        """Return the images of containers, or what a workflow uses."""
        text = text_of(file)
        if is_workflow(text):
            return read_workflow(text)
        if not (_VERSION.search(file.data) and _KIND.search(file.data)):
            return Extracted()
        found = [image_package(one.value, one.line) for one in entries(text) if _is_image(one.path)]
        kept, problems = bounded([package for package in found if package], [])
        return Extracted(packages=kept, problems=problems)


class Kustomization(Extractor):
    """`kustomization.yaml`: the images that it puts in place of others."""

    name = "kustomization"
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether this is a kustomization."""
        return path.rpartition("/")[2] in _KUSTOMIZATIONS

    def extract(self, file: SourceFile) -> Extracted:
        """Return the images with a new tag or digest (https://kubectl.docs.kubernetes.io/references/kustomize/)."""
        listed = parse_yaml(text_of(file)).get("images")
        found = [_replaced(one) for one in items(listed) if isinstance(one, YamlTable)]
        kept, problems = bounded([package for package in found if package], [])
        return Extracted(packages=kept, problems=problems)


def _replaced(entry: YamlTable) -> Package | None:
    name, tag, digest = (string(entry.get(key)) for key in ("newName", "newTag", "digest"))
    if not tag and not digest:
        return None  # what it replaces has its tag where it stands
    reference = (name or string(entry.get("name"))) + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return image_package(reference, entry.line("newTag" if tag else "digest"))


def _is_image(path: tuple[str, ...]) -> bool:
    """Return whether a key is the `image` of a container, in whatever object that holds containers."""
    return path[-1] == "image" and any(holder in _HOLDERS for holder in path[-3:-1])
