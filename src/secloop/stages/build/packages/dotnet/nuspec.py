"""`*.nuspec`: a package's own description (https://learn.microsoft.com/nuget/reference/nuspec).

In a project it says what the package that is built will need; where NuGet or Chocolatey has unpacked one, it is the
package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from secloop.stages.build.packages.base import Extracted, Extractor, Package, UnreadableError
from secloop.stages.build.packages.dotnet.versions import resolved
from secloop.stages.build.packages.wishes import Wishes
from secloop.stages.build.packages.xml import parse_xml

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.xml import Element

_CHOCOLATEY = "/chocolatey/lib/"


class Nuspec(Extractor):
    """`*.nuspec`; `$tokens$` of a project's own are filled in by its build, and so left open."""

    name = "nuspec"
    ecosystem = "NuGet"

    def wants(self, path: str) -> bool:
        """Return whether the name is that of a package's description."""
        return path.lower().endswith(".nuspec")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the installed package, else what the project's package needs. Raises: UnreadableError."""
        root = parse_xml(file.data, "package")
        metadata = root.child("metadata")
        if metadata is None:
            raise UnreadableError("a description without metadata", root.line)
        name, version = metadata.value("id"), metadata.value("version")
        if _CHOCOLATEY in f"/{file.path.lower()}":
            if not name:
                raise UnreadableError("a package without an id", metadata.line)
            purl = f"pkg:chocolatey/{quote(name.lower())}" + (f"@{quote(version)}" if version else "")
            return Extracted(packages=(_installed(metadata, name, version, purl),))
        if name and version and _is_unpacked(file.path, name, version):
            return Extracted(packages=(_installed(metadata, name, version),))
        return _wishes(metadata)


def _is_unpacked(path: str, name: str, version: str) -> bool:
    """Return whether a description lies in a folder named for its version, as NuGet unpacks packages."""
    folder = path.rpartition("/")[0].rpartition("/")[2].lower()
    return folder in {version.lower(), f"{name}.{version}".lower()}


def _installed(metadata: Element, name: str, version: str, purl: str = "") -> Package:
    licence = metadata.child("license")
    told = licence.text.strip() if licence and licence.attributes.get("type") == "expression" else ""
    place = metadata.child("id") or metadata
    licenses = (told,) if told else ()
    return Package(key=name, name=name, version=version, line=place.line, licenses=licenses, purl=purl)


def _wishes(metadata: Element) -> Extracted:
    wishes = Wishes()
    seen: set[tuple[str, str]] = set()
    for entry in (*metadata.each("dependencies", "dependency"), *metadata.each("dependencies", "group", "dependency")):
        name, wish = entry.attributes.get("id", "").strip(), entry.attributes.get("version", "").strip()
        if name and (name, wish) not in seen and "$" not in name:
            seen.add((name, wish))
            wishes.add(name, entry.line, version=resolved(wish), constraint="" if "$" in wish else wish)
        elif not name:
            wishes.bad(entry.line, "a dependency without an id")
    return wishes.extracted()
