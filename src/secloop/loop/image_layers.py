"""Which layer of an image brought what was found, so that one knows whether to change the base image or one's own part.

A file's layer is the last one that wrote it. The database of a package manager is written again by every layer that
installs something, so a package's layer is the first one from which on every version of the database has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.facts import Component
from secloop.model.places import PackagePin, place_file
from secloop.scan.base import FileMeta, SourceFile
from secloop.scan.sources import HEAD_BYTES
from secloop.stages.build.packages.folder import read_folder

if TYPE_CHECKING:
    from secloop.model.finding import Finding
    from secloop.scan.collect import ScanResult
    from secloop.scan.images import ImageSource, LayerEntry

MAX_VERSIONS = 64
"""Versions of one file that are read; of a file with more only the last layer is told."""

MAX_BYTES = 64 << 20
"""Bytes of a version that is read."""

_INSIDE = "!/"


def with_layers(result: ScanResult, source: ImageSource) -> ScanResult:
    """Return `result` with the digest of its layer in each finding's `evidence`, and which one of how many it is."""
    layers = _Layers(source)
    return msgspec.structs.replace(result, findings=tuple(layers.told(one) for one in result.findings))


class _Layers:
    def __init__(self, source: ImageSource) -> None:
        self._source = source
        self._numbers = {layer.digest: n for n, layer in reversed(list(enumerate(source.image.layers, 1)))}
        self._packages: dict[str, list[tuple[str, frozenset[tuple[str, str]]]]] = {}

    def told(self, finding: Finding) -> Finding:
        """Return the finding with its layer, as it is where that is not known."""
        path = (place_file(finding.place) or "").partition(_INSIDE)[0]
        digest = self._source.layer_of(path)
        if digest and isinstance(finding.place, PackagePin):
            digest = self._of_package(path, (finding.place.name, finding.place.version)) or digest
        if not digest:
            return finding
        told = {"layer": digest, "layer_number": f"{self._numbers[digest]} of {len(self._source.image.layers)}"}
        return msgspec.structs.replace(finding, evidence=finding.evidence | told)

    def _of_package(self, path: str, package: tuple[str, str]) -> str:
        """Return the first layer from which on all versions of a database have a package, empty where none has it."""
        if path not in self._packages:
            versions = self._source.versions(path)
            many = 1 < len(versions) <= MAX_VERSIONS
            self._packages[path] = [(digest, _packages(entry)) for digest, entry in versions] if many else []
        found = ""
        for digest, packages in reversed(self._packages[path]):
            if package not in packages:
                break
            found = digest
        return found


def _packages(entry: LayerEntry) -> frozenset[tuple[str, str]]:
    """Return name and version of all packages that a version of a file names, none for one that cannot be read."""
    if entry.size > MAX_BYTES:
        return frozenset()
    try:
        data = entry.read(MAX_BYTES)
    except OSError:
        return frozenset()
    file = SourceFile(FileMeta(path=entry.path, size=entry.size, head=data[:HEAD_BYTES]), data)
    found = read_folder({entry.path: file}, entry.path)
    return frozenset((one.name, one.version) for one in found if isinstance(one, Component))
