"""Compose files: the images of services (https://compose-spec.io)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import Extracted, Extractor, bounded, text_of
from secloop.stages.build.packages.containers.images import ECOSYSTEM, image_package
from secloop.stages.build.packages.containers.instructions import expand
from secloop.stages.build.packages.yaml import YamlTable, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.base import Package

_NAMES = lazy(r"(?:docker-|podman-)?compose(?:[._-][^/]*)?\.ya?ml|[^/]*[._-](?:docker-)?compose\.ya?ml", re.IGNORECASE)

_VARIABLES = ".env"
_ASSIGNMENT = lazy(r"\s*+(?:export\s++)?(\w{1,100}+)\s*+=\s*+(\"[^\"]{0,200}+\"|'[^']{0,200}+'|[^\"']{0,200}+)\s*+")
_MOST_VARIABLES = 10_000


class Compose(Extractor):
    """`compose.yaml`, `docker-compose.yml` and their variants (`docker-compose.prod.yml`)."""

    name = "compose"
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether a file is named like a Compose file."""
        return _NAMES.fullmatch(path.rpartition("/")[2]) is not None

    def extract(self, file: SourceFile) -> Extracted:
        """Return the images; one that the file itself builds is the project's own. Raises: UnreadableError."""
        return self.extract_beside(file, {})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the images, with the variables that a `.env` in the same folder sets. Raises: UnreadableError."""
        folder, slash, _ = file.path.rpartition("/")
        beside = near.get(f"{folder}{slash}{_VARIABLES}")
        values = variables(text_of(beside)) if beside else {}
        document = parse_yaml(text_of(file))
        services = document.get("services", document)  # before version 2, the services are the document
        found = [_image(service, values) for service in table(services).values() if isinstance(service, YamlTable)]
        kept, problems = bounded([package for package in found if package], [])
        return Extracted(packages=kept, problems=problems)


class ComposeVariables(Extractor):
    """`.env`: it names no package, and is at hand for what stands beside it."""

    name = _VARIABLES
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether Compose takes the values of variables from this file."""
        return path.rpartition("/")[2] == _VARIABLES

    def extract(self, file: SourceFile) -> Extracted:  # noqa: ARG002 - nothing of it is a package
        """Return nothing."""
        return Extracted()


def variables(text: str) -> dict[str, str]:
    """Return the variables that the lines `NAME=value` of a `.env` set, without quotes and comments."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if (told := _ASSIGNMENT.fullmatch(line)) and len(found) < _MOST_VARIABLES:
            found[told[1]] = told[2][1:-1] if told[2][:1] in {"'", '"'} else told[2].partition(" #")[0].strip()
    return found


def _image(service: YamlTable, values: Mapping[str, str]) -> Package | None:
    """Return a service's image, its variables filled in or at their defaults; None for one that is built here."""
    reference = string(service.get("image"))
    return None if "build" in service else image_package(expand(reference, values), service.line("image"))
