"""Project files (`*.csproj`, `*.fsproj`, `*.vbproj`) and the `Directory.*.props` that hold for the folders below them.

Versions come from the reference itself, from central package management (`PackageVersion` in the nearest
`Directory.Packages.props`), and from properties of these files. The nearest file holds; one above it only where it is
imported (https://learn.microsoft.com/nuget/consume-packages/central-package-management).
"""

from __future__ import annotations

import posixpath
from itertools import islice
from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import (
    BUILD,
    MAX_PACKAGES,
    RUNTIME,
    TEST,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
)
from secloop.stages.build.packages.dotnet.msbuild import Properties, parse_project
from secloop.stages.build.packages.dotnet.versions import resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.dotnet.msbuild import Item, Project

_PROJECTS = (".csproj", ".fsproj", ".vbproj")
_BUILD, _PACKAGES, _TARGETS = "Directory.Build.props", "Directory.Packages.props", "Directory.Build.targets"
_ABOVE = (_BUILD, _PACKAGES, _TARGETS)
_LEVELS = 8
_MOST_WISHES = 16
"""Central versions of one package, each under a condition of its own."""

_REFERENCE, _VERSION = "PackageReference", "PackageVersion"
_OF_THE_BUILD = frozenset({"GlobalPackageReference", "PackageDownload", "DotNetCliToolReference", "Sdk"})
_TEST_SDK = "microsoft.net.test.sdk"
"""The package that makes a project a test project: `dotnet test` does not run without it."""


class ProjectFile(Extractor):
    """A project: the packages that it asks for, each with the version that holds for it."""

    name = "csproj"
    ecosystem = "NuGet"

    def wants(self, path: str) -> bool:
        """Return whether the name is that of a project."""
        return path.lower().endswith(_PROJECTS)

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return where MSBuild looks for files that hold for a folder: in each folder above."""
        return _above(path)

    def extract(self, file: SourceFile) -> Extracted:
        """Return what the project alone tells. Raises: UnreadableError."""
        return self.extract_beside(file, {})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the references, given the files above. Raises: UnreadableError."""
        project = parse_project(file.data)
        above = [one for name in _ABOVE for one in _in_force(name, file.path, near)]
        return _Reading(project, above).read((_REFERENCE, *_OF_THE_BUILD))


class PropsFile(Extractor):
    """`Directory.Packages.props` and its like: central versions, and packages that every project below gets."""

    name = "Directory.Packages.props"
    ecosystem = "NuGet"

    def wants(self, path: str) -> bool:
        """Return whether this file holds for the projects of a folder; `Packages.props` is its older name."""
        return path.rpartition("/")[2].lower() in {*map(str.lower, _ABOVE), "packages.props"}

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return where MSBuild looks for further such files."""
        return _above(path)

    def extract(self, file: SourceFile) -> Extracted:
        """Return what the file alone tells. Raises: UnreadableError."""
        return self.extract_beside(file, {})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return versions and references, given the files beside and above. Raises: UnreadableError."""
        project = parse_project(file.data)
        above = [one for name in _ABOVE for one in _in_force(name, file.path, near)]
        return _Reading(project, above).read((_VERSION, _REFERENCE, *_OF_THE_BUILD))


class _Reading:
    """One file with those that hold for it, nearest first."""

    def __init__(self, project: Project, above: list[Project]) -> None:
        self._project = project
        self._every = [project, *above]
        written: dict[str, list[str]] = {}
        for one in self._every:
            for name, known in one.properties.items():
                written.setdefault(name, known)
        self._properties = Properties(written)
        self._central = self._central_versions()
        self._problems: list[Problem] = []

    def read(self, tags: tuple[str, ...]) -> Extracted:
        """Return the items of these tags."""
        scope = TEST if self._is_test() else RUNTIME
        found = (package for item in self._project.items if item.tag in tags for package in self._packages(item, scope))
        packages, problems = bounded(list(islice(found, MAX_PACKAGES + 1)), self._problems)
        return Extracted(packages=packages, problems=problems)

    def _is_test(self) -> bool:
        names = {item.name.lower() for item in self._project.items if item.tag == _REFERENCE}
        return _TEST_SDK in names or "true" in [
            one.lower() for one in self._project.properties.get("istestproject", ())
        ]

    def _central_versions(self) -> dict[str, list[str]]:
        """Return the wishes by lower-case name: those of the nearest file that has any."""
        found: dict[str, list[str]] = {}
        for project in self._every:
            own: dict[str, list[str]] = {}
            for item in project.items:
                if item.wish and (item.tag == _VERSION or (item.tag == _REFERENCE and item.update)):
                    own.setdefault(item.name.lower(), []).append(item.wish)
            for name, wishes in own.items():
                found.setdefault(name, wishes[:_MOST_WISHES])
        return found

    def _packages(self, item: Item, scope: str) -> Iterator[Package]:
        """Yield a package for each version that may hold."""
        wishes = (
            [item.override or item.wish] if item.override or item.wish else self._central.get(item.name.lower(), [""])
        )
        if item.update and not item.wish:
            return
        for name in self._properties.values(item.name):
            if "$(" in name or "@(" in name or "*" in name:
                self._problems.append(Problem(line=item.line, reason=f"the package {name[:80]!r} is not known here"))
                continue
            for wish in dict.fromkeys(one for written in wishes for one in self._properties.values(written)):
                version = resolved(wish)
                yield Package(
                    key=f"{name}/{wish}/{item.line}",
                    name=name,
                    version=version,
                    line=item.line,
                    direct=True,
                    scope=BUILD if item.private or item.tag in _OF_THE_BUILD else scope,
                    constraint="" if version == wish else wish,
                )


def _above(path: str) -> tuple[str, ...]:
    folder = posixpath.dirname(path)
    found: list[str] = []
    for _ in range(_LEVELS):
        if not folder:
            break
        folder = posixpath.dirname(folder)
        found += [posixpath.join(folder, name) for name in _ABOVE]
    return tuple(found)


def _in_force(name: str, path: str, near: Mapping[str, SourceFile]) -> Iterator[Project]:
    """Yield the files `name` that hold for the file at `path`: the nearest, then what it imports from above."""
    by_lower = {one.lower(): file for one, file in near.items()}
    folder = posixpath.dirname(path)
    for _ in range(_LEVELS + 1):
        file = by_lower.get(posixpath.join(folder, name).lower())
        if file is not None and file.path != path:
            try:
                project = parse_project(file.data)
            except UnreadableError:
                return  # a gap of its own, where it is read for itself
            yield project
            if not any(name.lower() in one.lower() for one in project.imports):
                return
        if not folder:
            return
        folder = posixpath.dirname(folder)
