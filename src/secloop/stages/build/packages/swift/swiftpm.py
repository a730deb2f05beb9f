"""`Package.resolved`, `Package.swift` (literals) and Carthage's `Cartfile.resolved`: packages are repositories."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import RUNTIME, Extracted, Extractor, Package, UnreadableError, text_of
from secloop.stages.build.packages.json import parse_json
from secloop.stages.build.packages.origin import clean_url, repository_name
from secloop.stages.build.packages.swift.xcode import asked, project_of
from secloop.stages.build.packages.wishes import Wishes, extracted, json_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile

_ADDRESS = lazy(r"\.package\(\s*(?:name:\s*\"[^\"]*\"\s*,\s*)?url:\s*\"([^\"\n]+)\"\s*,?\s*([^\n]*)")
_EXACT = lazy(r"(?:\.exact\(|exact:)\s*\"(\d[^\"]*)\"")
_CARTHAGE = lazy(r"(github|git|binary)\s+\"([^\"]+)\"\s+\"([^\"]+)\"")


class PackageResolved(Extractor):
    """`Package.resolved`, versions 1 to 3; a package is named by its repository, as advisories do."""

    name = "Package.resolved"
    ecosystem = "SwiftURL"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `Package.resolved`."""
        return posixpath.basename(path) == "Package.resolved"

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return the Xcode project that a lock in a workspace belongs to."""
        return project_of(path)

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the pins; what the Xcode project asks for is direct. Raises: UnreadableError."""
        found = self.extract(file)
        projects = [near[path] for path in self.neighbours(file.path) if path in near]
        if not projects:
            return found
        direct = frozenset().union(*map(asked, projects))
        roots = {one.key: RUNTIME for one in found.packages if one.name.lower() in direct}
        return replace(found, roots=roots or None)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the pins; one of a branch or a commit has no version, its commit stands in the origin."""
        text = text_of(file)
        document = parse_json(text)
        pins = document.get("pins", table(document.get("object")).get("pins"))
        if not isinstance(pins, list):
            raise UnreadableError("not a lock file: it has no pins", 1)
        lines = {key: json_values(text, key) for key in ("location", "repositoryURL")}
        packages = {}
        for pin in items(pins):
            key = "location" if "location" in table(pin) else "repositoryURL"
            url = string(table(pin).get(key))
            if url:
                packages[url] = _pinned(table(pin), url, lines[key].take(url))
        return extracted(list(packages.values()))


class PackageSwift(Extractor):
    """`Package.swift`: literal `.package(url: ...)` lines. The file is code; it is read, never run."""

    name = "Package.swift"
    ecosystem = "SwiftURL"

    def wants(self, path: str) -> bool:
        """Return whether this is a `Package.swift`."""
        return posixpath.basename(path) == "Package.swift"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; only `exact:` pins."""
        text, wishes = text_of(file), Wishes()
        for number, line in enumerate(text.splitlines(), 1):
            if (found := _ADDRESS.search(line)) and "//" not in line[: found.start()]:
                exact = _EXACT.match(found[2])
                asked = found[2].rstrip(" ,)")
                wishes.add(repository_name(found[1]), number, version=exact[1] if exact else "", constraint=asked)
        return wishes.extracted()


class Cartfile(Extractor):
    """`Cartfile.resolved` (https://github.com/Carthage/Carthage): one line per dependency."""

    name = "Cartfile.resolved"
    ecosystem = "SwiftURL"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `Cartfile.resolved`."""
        return posixpath.basename(path) == "Cartfile.resolved"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the dependencies; those without a scheme are repositories of GitHub."""
        packages = []
        for number, line in enumerate(text_of(file).splitlines(), 1):
            if found := _CARTHAGE.match(line.strip()):
                kind, place, version = found.groups()
                url = f"https://github.com/{place}" if kind == "github" and "://" not in place else place
                name = repository_name(url)
                origin = clean_url(url) if kind == "binary" else ""
                packages.append(Package(key=name, name=name, version=version, line=number, origin=origin))
        return extracted(packages)


def _pinned(pin: dict[str, Any], url: str, line: int) -> Package:
    state = table(pin.get("state"))
    version, commit = string(state.get("version")), string(state.get("revision"))
    return Package(
        key=url,
        name=repository_name(url),
        version=version,
        line=line,
        own=string(pin.get("kind")).startswith(("local", "fileSystem")),
        origin="" if version else clean_url(f"{url}#{commit}"),
    )
