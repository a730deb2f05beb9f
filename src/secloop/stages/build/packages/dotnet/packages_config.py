"""`packages.config`: exact versions, all of them, flat (https://learn.microsoft.com/nuget/reference/packages-config)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.base import DEV, Extracted, Extractor, Package, Problem, bounded
from secloop.stages.build.packages.dotnet.versions import resolved
from secloop.stages.build.packages.xml import parse_xml

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile


class PackagesConfig(Extractor):
    """What NuGet installed for a project, transitive packages too; it does not tell them apart."""

    name = "packages.config"
    ecosystem = "NuGet"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is the file, or that of one project among several (`packages.NAME.config`)."""
        name = path.rpartition("/")[2].lower()
        return name.startswith("packages.") and name.endswith("config")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages. Raises: UnreadableError."""
        packages: list[Package] = []
        problems: list[Problem] = []
        for entry in parse_xml(file.data, "packages").each("package"):
            name, version = entry.attributes.get("id", "").strip(), resolved(entry.attributes.get("version", ""))
            if not (name and version):
                problems.append(Problem(line=entry.line, reason="a package without id or version"))
                continue
            development = entry.attributes.get("developmentDependency", "").lower() == "true"
            packages.append(
                Package(
                    key=f"{name}/{version}/{entry.line}",
                    name=name,
                    version=version,
                    line=entry.line,
                    scope=DEV if development else "",
                    constraint=entry.attributes.get("allowedVersions", ""),
                )
            )
        kept, bad = bounded(packages, problems)
        return Extracted(packages=kept, problems=bad)
