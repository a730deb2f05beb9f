"""Helm charts: dependencies (`Chart.yaml`, `Chart.lock`, `requirements.yaml`) and the images of `values.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.model.shapes import items, string
from secloop.stages.build.packages.base import Extracted, Extractor, Package, bounded, text_of
from secloop.stages.build.packages.containers.images import ECOSYSTEM, image_package
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.yaml import YamlTable, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_EXACT = lazy(r"v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_MAX_VALUES = 100_000


class ChartLock(Extractor):
    """`Chart.lock` and its predecessor `requirements.lock`."""

    name = "Chart.lock"
    ecosystem = "Helm"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a chart's lock."""
        return path.rpartition("/")[2] in {"Chart.lock", "requirements.lock"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the charts at their versions. Raises: UnreadableError."""
        return _charts(file)


class Chart(Extractor):
    """`Chart.yaml` and, of Helm 2, `requirements.yaml`."""

    name = "Chart.yaml"
    ecosystem = "Helm"

    def wants(self, path: str) -> bool:
        """Return whether this describes a chart."""
        return path.rpartition("/")[2] in {"Chart.yaml", "requirements.yaml"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the charts that it asks for. Raises: UnreadableError."""
        return _charts(file)


class ChartValues(Extractor):
    """`values.yaml`: `image` tables with a repository and a tag, and plain references."""

    name = "values.yaml"
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether this is a `values.yaml`, or one of its variants (`values-prod.yaml`)."""
        name = path.rpartition("/")[2]
        return name.startswith("values") and name.endswith((".yaml", ".yml"))

    def extract(self, file: SourceFile) -> Extracted:
        """Return the images. Raises: UnreadableError."""
        kept, problems = bounded(list(_images(parse_yaml(text_of(file)))), [])
        return Extracted(packages=kept, problems=problems)


def _charts(file: SourceFile) -> Extracted:
    document = parse_yaml(text_of(file))
    listed = [entry for entry in items(document.get("dependencies")) if isinstance(entry, YamlTable)]
    kept, problems = bounded([found for number, entry in enumerate(listed) if (found := _chart(entry, number))], [])
    return Extracted(packages=kept, problems=problems)


def _chart(entry: YamlTable, number: int) -> Package | None:
    """Return a chart; one of the same repository (`file://`) is the project's own."""
    name, wish, repository = (string(entry.get(key)) for key in ("name", "version", "repository"))
    if not name:
        return None
    exact = _EXACT.fullmatch(wish) is not None
    return Package(
        key=f"{name}:{number}",
        name=name,
        version=wish if exact else "",
        line=entry.line("name"),
        direct=True,
        own=repository.startswith("file:"),
        constraint="" if exact else wish,
        origin=repository if repository.startswith(("@", "alias:")) else clean_url(repository),
    )


def _images(document: YamlTable) -> Iterator[Package]:
    """Yield the images of a tree of values, walked without recursion; shared parts (aliases) once."""
    stack: list[object] = [document]
    seen: set[int] = set()
    while stack and len(seen) < _MAX_VALUES:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, list):
            stack += reversed(value)
        elif isinstance(value, YamlTable):
            stack += reversed(value.values())
            yield from _image(value)


def _image(entry: YamlTable) -> Iterator[Package]:
    """Yield the image that a table is (`repository`, `tag`), or names under `image`."""
    reference, line = string(entry.get("image")), entry.line("image")
    repository = string(entry.get("repository"))
    if not reference and repository and ("tag" in entry or "digest" in entry or "registry" in entry):
        registry, tag, digest = (string(entry.get(key)) for key in ("registry", "tag", "digest"))
        reference = "/".join(part for part in (registry, repository) if part)
        reference += (f":{tag}" if tag else ":$chart") + (f"@{digest}" if digest else "")
        line = entry.line("repository")
    if (":" in reference or "@" in reference) and (found := image_package(reference, line)):
        yield found
