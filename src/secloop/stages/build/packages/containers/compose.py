"""Compose files: the images of services (https://compose-spec.io)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import Extracted, Extractor, bounded, text_of
from secloop.stages.build.packages.containers.images import ECOSYSTEM, image_package
from secloop.stages.build.packages.containers.instructions import expand
from secloop.stages.build.packages.yaml import YamlTable, parse_yaml

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.base import Package

_NAMES = re.compile(
    r"(?:docker-|podman-)?compose(?:[._-][^/]*)?\.ya?ml|[^/]*[._-](?:docker-)?compose\.ya?ml", re.IGNORECASE
)


class Compose(Extractor):
    """`compose.yaml`, `docker-compose.yml` and their variants (`docker-compose.prod.yml`)."""

    name = "compose"
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether a file is named like a Compose file."""
        return _NAMES.fullmatch(path.rpartition("/")[2]) is not None

    def extract(self, file: SourceFile) -> Extracted:
        """Return the images; one that the file itself builds is the project's own. Raises: UnreadableError."""
        document = parse_yaml(text_of(file))
        services = document.get("services", document)  # before version 2, the services are the document
        found = [_image(service) for service in table(services).values() if isinstance(service, YamlTable)]
        kept, problems = bounded([package for package in found if package], [])
        return Extracted(packages=kept, problems=problems)


def _image(service: YamlTable) -> Package | None:
    """Return a service's image, with the defaults of its variables; None for one that is built here."""
    reference = string(service.get("image"))
    return None if "build" in service else image_package(expand(reference, {}), service.line("image"))
