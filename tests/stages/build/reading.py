"""Reads manifests and lock files in tests: files given as text, components out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.coverage import Partial, Skipped
from secloop.model.facts import Component
from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.build.packages.folder import read_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.model.finding import Observation


def source(path: str, data: str | bytes) -> SourceFile:
    """Return a file of the tree with this content."""
    raw = data.encode() if isinstance(data, str) else data
    return SourceFile(FileMeta(path=path, size=len(raw)), raw)


def observations(files: Mapping[str, str | bytes]) -> list[Observation]:
    """Return everything that reading one folder gives."""
    return list(read_folder({path: source(path, data) for path, data in files.items()}))


def components(files: Mapping[str, str | bytes]) -> list[Component]:
    """Return the components of one folder."""
    return [one for one in observations(files) if isinstance(one, Component)]


def component(files: Mapping[str, str | bytes], name: str, version: str | None = None) -> Component:
    """Return the one component of this name (and version)."""
    found = [c for c in components(files) if c.name == name and version in {None, c.version}]
    assert len(found) == 1, found
    return found[0]


def pins(files: Mapping[str, str | bytes]) -> dict[str, str]:
    """Return version by name."""
    return {c.name: c.version for c in components(files)}


def gaps(files: Mapping[str, str | bytes]) -> list[Partial | Skipped]:
    """Return what could not be read of one folder."""
    return [one for one in observations(files) if isinstance(one, Partial | Skipped)]
