"""Container images: what Dockerfiles, Compose files, Kubernetes manifests and Helm charts are built of and run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.containers.compose import Compose, ComposeVariables
from secloop.stages.build.packages.containers.dockerfile import Dockerfile
from secloop.stages.build.packages.containers.helm import Chart, ChartLock, ChartValues
from secloop.stages.build.packages.containers.manifests import Kustomization, Manifest

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (
    Dockerfile(),
    Compose(),
    ComposeVariables(),
    ChartLock(),
    Chart(),
    ChartValues(),
    Kustomization(),
    Manifest(),
)
