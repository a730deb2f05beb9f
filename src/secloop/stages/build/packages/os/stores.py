"""Package managers beside the distribution's own: Portage, snap, Flatpak, Homebrew, and Container-Optimized OS.

Each notes a package in a file of its own, and none has advisories at OSV: they are told for the inventory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote

from secloop.model.regex import lazy
from secloop.model.shapes import string, table, tables
from secloop.stages.build.packages.base import Extracted, Extractor, Package, Problem, UnreadableError, bounded, text_of
from secloop.stages.build.packages.json import Lines, parse_json
from secloop.stages.build.packages.xml import parse_xml
from secloop.stages.build.packages.yaml import parse_yaml

if TYPE_CHECKING:
    import re

    from secloop.scan.base import SourceFile

# https://wiki.gentoo.org/wiki/Package_Manager_Specification: PF is the name, the version, and a revision.
_PORTAGE = lazy(r"(?:.*/)?var/db/pkg/([^/]+)/([^/]+)/PF")
_PF = lazy(r"([A-Za-z0-9+_-]+?)-(\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)\d*)*(?:-r\d+)?)")
_SNAP = lazy(r"(?:.*/)?snap/[^/]+/[^/]+/meta/snap\.yaml")
_BREW = lazy(r"(?:.*/)?Cellar/([^/]+)/([^/]+)/INSTALL_RECEIPT\.json")
_CASK = lazy(r"(?:.*/)?Caskroom/([^/]+)/\.metadata/([^/]+)/[^/]+/Casks/[^/]+\.(?:json|rb)")
_FLATPAK = lazy(r"(?:.*/)?flatpak/app/([^/]+)/.*/metainfo/[^/]+\.metainfo\.xml")
_COS = lazy(r"(?:.*/)?etc/cos-package-info\.json")


class _Store(Extractor):
    """A reader of files at `places` of a root."""

    ecosystem: ClassVar[str] = "generic"
    lock: ClassVar[bool] = True
    places: ClassVar[tuple[re.Pattern[str], ...]]

    def wants(self, path: str) -> bool:
        """Return whether the manager keeps its note of a package at `path`."""
        return any(place.fullmatch(path) for place in self.places)


class Portage(_Store):
    """Reads `var/db/pkg/CATEGORY/NAME-VERSION/PF`, the name and version of an installed package of Gentoo."""

    name: ClassVar[str] = "portage"
    places: ClassVar[tuple[re.Pattern[str], ...]] = (_PORTAGE,)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package. Raises: UnreadableError for what is no name and version."""
        path, found = _PORTAGE.fullmatch(file.path), _PF.fullmatch(text_of(file).strip())
        if path is None or found is None:
            raise UnreadableError("not a package's name and version", 1)
        return _one("ebuild", found[1], found[2], 1, namespace=path[1])


class Snap(_Store):
    """Reads `snap/NAME/REVISION/meta/snap.yaml`."""

    name: ClassVar[str] = "snap"
    places: ClassVar[tuple[re.Pattern[str], ...]] = (_SNAP,)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package. Raises: UnreadableError without a name and version."""
        document = parse_yaml(text_of(file))
        name, version = string(document.get("name")), string(document.get("version"))
        if not name or not version:
            raise UnreadableError("a snap without a name or version", 1)
        return _one("snap", name, version, document.line("name"), licence=string(document.get("license")))


class Homebrew(_Store):
    """Takes formulas and casks by the folders that Homebrew unpacks them to; their notes hold neither name nor version.

    Casks are those of `.metadata`, which Homebrew itself goes by.
    """

    name: ClassVar[str] = "homebrew"
    places: ClassVar[tuple[re.Pattern[str], ...]] = (_BREW, _CASK)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package that the path names. Raises: UnreadableError for another path."""
        found = _BREW.fullmatch(file.path) or _CASK.fullmatch(file.path)
        if found is None:
            raise UnreadableError("not in a folder of Homebrew", 1)
        return _one("brew", found[1], found[2], 1)


class Flatpak(_Store):
    """Reads the metainfo of an application below `flatpak/app/`; the newest release is the installed one."""

    name: ClassVar[str] = "flatpak"
    places: ClassVar[tuple[re.Pattern[str], ...]] = (_FLATPAK,)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the application. Raises: UnreadableError without an id and a release."""
        root = parse_xml(file.data)
        release = next(iter(root.each("releases", "release")), None)
        name = root.value("id").removesuffix(".desktop")
        version = release.attributes.get("version", "") if release else ""
        if not name or not version:
            raise UnreadableError("an application without an id or release", root.line)
        place = root.child("id") or root
        return _one("flatpak", name, version, place.line, licence=root.value("project_license"))


class ContainerOptimizedOs(_Store):
    """Reads `etc/cos-package-info.json`; versions are those that Google's advisories speak of, not Gentoo's."""

    name: ClassVar[str] = "cos"
    places: ClassVar[tuple[re.Pattern[str], ...]] = (_COS,)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the installed packages; those that only built the image are none. Raises: UnreadableError."""
        text = text_of(file)
        document, lines = parse_json(text), Lines(text, opener='"')
        packages: list[Package] = []
        problems: list[Problem] = []
        for entry in tables(document.get("installedPackages")):
            told = table(entry)
            line = lines.take("name")
            name, version = string(told.get("name")), string(told.get("version"))
            if name and version:
                purl = _purl("cos", string(told.get("category")), name, version)
                packages.append(Package(key=f"{purl}:{line}", name=name, version=version, line=line, purl=purl))
            else:
                problems.append(Problem(line=line, reason="a package without a name or version"))
        kept, bad = bounded(packages, problems)
        return Extracted(packages=kept, problems=bad)


def _one(kind: str, name: str, version: str, line: int, *, namespace: str = "", licence: str = "") -> Extracted:
    purl = _purl(kind, namespace, name, version)
    licenses = (licence,) if licence else ()
    package = Package(key=name, name=name, version=version, line=line, direct=True, licenses=licenses, purl=purl)
    return Extracted(packages=(package,))


def _purl(kind: str, namespace: str, name: str, version: str) -> str:
    path = "/".join(quote(part, safe=":") for part in (namespace, name) if part)
    return f"pkg:{kind}/{path}@{quote(version, safe=':')}"
