"""Installed Python packages: `*.dist-info/METADATA`, `*.egg-info/PKG-INFO`, `EGG-INFO/PKG-INFO` (core metadata)."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import Extracted, Extractor, Package, UnreadableError, text_of
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile

_FIELD = lazy(r"([A-Za-z-]+):[ \t]?(.*)")
_LICENSE = "License :: "
_PROJECTS = ("pyproject.toml", "setup.py", "setup.cfg")
_INSTALLED = ("site-packages/", "dist-packages/")
_LONGEST_HEADER = 2000  # lines; the header of metadata ends at its first empty line
_LONGEST_LICENSE = 200  # characters; some put the whole text there


class InstalledPackage(Extractor):
    """Core metadata (https://packaging.python.org/en/latest/specifications/core-metadata/) of one package.

    Beside the project that it describes (`pip install -e`, an unpacked archive) it is the project's own.
    """

    name = "METADATA"
    ecosystem = "PyPI"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether an installer keeps metadata under this path."""
        name = posixpath.basename(path)
        return name in {"METADATA", "PKG-INFO"} or name.endswith(".egg-info")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package. Raises: UnreadableError for metadata without a name or a version."""
        return self._extract(file, own=False)

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return the project files that would make this the project's own: two folders up, for `src` layouts."""
        folder = posixpath.dirname(path)
        above = [folder, posixpath.dirname(folder), posixpath.dirname(posixpath.dirname(folder))]
        if any(part in path for part in _INSTALLED):
            return ()
        return tuple(posixpath.join(one, name) for one in dict.fromkeys(above) for name in _PROJECTS)

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the package, marked as the project's own beside a project. Raises: UnreadableError."""
        return self._extract(file, own=any(path in near for path in self.neighbours(file.path)))

    def _extract(self, file: SourceFile, *, own: bool) -> Extracted:
        text = text_of(file)
        if not _header(text) and not file.path.endswith(("-info/METADATA", "-info/PKG-INFO")):
            return Extracted()  # something else that is called METADATA
        return Extracted(packages=(replace(described(text), own=own),))


def described(text: str) -> Package:
    """Return the package that core metadata describes. Raises: UnreadableError for one without a name or a version."""
    fields = _header(text)
    name, version = _first(fields, "name"), _first(fields, "version")
    if not name[0] or not version[0]:
        raise UnreadableError("metadata without a name or a version", 1)
    return Package(
        key=name[0],
        name=package_name("PyPI", name[0]),
        version=version[0],
        line=name[1],
        licenses=_licenses(fields),
    )


Fields = dict[str, list[tuple[str, int]]]


def _header(text: str) -> Fields:
    """Return values and lines by field name (lower case); empty unless the text starts like metadata."""
    fields: Fields = {}
    for number, line in enumerate(text.splitlines()[:_LONGEST_HEADER], 1):
        if not line.strip() and fields:
            break
        if found := _FIELD.match(line):
            fields.setdefault(found[1].lower(), []).append((found[2].strip(), number))
    return fields if "metadata-version" in fields else {}


def _first(fields: Fields, name: str) -> tuple[str, int]:
    return fields.get(name, [("", 1)])[0]


def _licenses(fields: Fields) -> tuple[str, ...]:
    """Return the licence expression, else the classifiers' names, else the free text where it is short."""
    if expression := _first(fields, "license-expression")[0]:
        return (expression,)
    classified = [
        value.rpartition(" :: ")[2]
        for value, _ in fields.get("classifier", [])
        if value.startswith(_LICENSE) and value != "License :: OSI Approved"
    ]
    free = _first(fields, "license")[0]
    if classified:
        return tuple(dict.fromkeys(classified))
    return (free,) if free and free != "UNKNOWN" and len(free) <= _LONGEST_LICENSE else ()
