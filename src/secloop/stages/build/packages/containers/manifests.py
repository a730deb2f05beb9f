"""YAML that is known by its content: Kubernetes manifests, Helm templates of them, and workflows kept elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import Extracted, Extractor, bounded, text_of
from secloop.stages.build.packages.ci.workflows import is_workflow, read_workflow
from secloop.stages.build.packages.containers.images import ECOSYSTEM, image_package
from secloop.stages.build.packages.yaml_lines import entries

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_VERSION = re.compile(rb"^apiVersion\s*:", re.MULTILINE)
_KIND = re.compile(rb"^kind\s*:", re.MULTILINE)
_ON = re.compile(rb"^['\"]?on['\"]?\s*:", re.MULTILINE)
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


def _is_image(path: tuple[str, ...]) -> bool:
    """Return whether a key is the `image` of a container, in whatever object that holds containers."""
    return path[-1] == "image" and any(holder in _HOLDERS for holder in path[-3:-1])
