"""`project.pbxproj` of Xcode: the Swift packages that a project asks for. Its lock lies in the project's workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.model.shapes import string, table, tables
from secloop.stages.build.packages.base import Extracted, Extractor, UnreadableError, text_of
from secloop.stages.build.packages.json import parse_json
from secloop.stages.build.packages.origin import clean_url, repository_name
from secloop.stages.build.packages.wishes import LineIndex, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile

_REFERENCE = lazy(r"\brepositoryURL = \"?([^\";\s]++)\"?;\s*+requirement = \{([^{}]{0,500})\}")
_SETTING = lazy(r"\b(\w++) = \"?([^\";\n]++)\"?;")
_PROJECT = ".xcodeproj"
_OWN_LOCK = "project.xcworkspace/xcshareddata/swiftpm/Package.resolved"
_LOCK = lazy(r"(.*)\.xcworkspace/xcshareddata/swiftpm/Package\.resolved")
_RANGES = {
    "upToNextMajorVersion": "from {minimumVersion}",
    "upToNextMinorVersion": "from {minimumVersion}, same minor version",
    "versionRange": "{minimumVersion} to {maximumVersion}",
    "branch": "branch {branch}",
}


class XcodeProject(Extractor):
    """`NAME.xcodeproj/project.pbxproj`."""

    name = "project.pbxproj"
    ecosystem = "SwiftURL"

    def wants(self, path: str) -> bool:
        """Return whether Xcode keeps a project under this path."""
        return path.endswith(f"{_PROJECT}/project.pbxproj")

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return the locks of the project's own workspace, and of one that is named like it."""
        folder = path.rpartition("/")[0]
        beside = f"{folder.removesuffix(_PROJECT)}.xcworkspace/{_OWN_LOCK.partition('/')[2]}"
        return (f"{folder}/{_OWN_LOCK}", beside)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; only an exact version pins."""
        return self.extract_beside(file, {})

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the wishes that no lock of the project resolves."""
        locked = {name for path in self.neighbours(file.path) if path in near for name in _locked(near[path])}
        text, wishes = text_of(file), Wishes()
        lines = LineIndex(text)
        for found in _REFERENCE.finditer(text):
            told: dict[str, str] = dict(_SETTING.findall(found[2]))
            name = repository_name(found[1])
            if name.lower() in locked:
                continue
            kind, commit = told.get("kind", ""), told.get("revision", "")
            wishes.add(
                name,
                lines.at(found.start()),
                version=told.get("version", "") if kind == "exactVersion" else "",
                constraint=_RANGES.get(kind, "").format_map(_Told(told)),
                origin=clean_url(f"{found[1]}#{commit}") if kind == "revision" and commit else "",
            )
        return wishes.extracted()


class _Told(dict[str, str]):
    """Settings of a requirement; what is not told is a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


def project_of(lock: str) -> tuple[str, ...]:
    """Return the project whose packages a lock at this path resolves, none for a lock beside a `Package.swift`."""
    found = _LOCK.fullmatch(lock)
    if found is None:
        return ()
    home = found[1].removesuffix("/project")
    return (f"{home if home.endswith(_PROJECT) else found[1] + _PROJECT}/project.pbxproj",)


def asked(file: SourceFile) -> frozenset[str]:
    """Return the lower-case names of the packages that a project asks for."""
    return frozenset(repository_name(found[1]).lower() for found in _REFERENCE.finditer(text_of(file)))


def _locked(file: SourceFile) -> Iterator[str]:
    try:
        document = parse_json(text_of(file))
    except UnreadableError:
        return  # a gap of its own, where it is read for itself
    for pin in tables(document.get("pins", table(document.get("object")).get("pins"))):
        if url := string(pin.get("location")) or string(pin.get("repositoryURL")):
            yield repository_name(url).lower()
