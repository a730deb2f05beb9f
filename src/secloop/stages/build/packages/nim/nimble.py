"""Nimble: `nimble.lock` and `*.nimble`, of which literal `requires` lines are read, nothing is run."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import (
    DEV,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    UnreadableError,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.json import Lines, parse_json
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.wishes import Wishes, extracted

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

# Nimble installs to `pkgs2/<name>-<version>-<checksum>/<name>.nimble`, before version 0.14 without the checksum.
_INSTALLED = lazy(r"(?:^|/)pkgs2?/([^/]+?)-(\d[^/-]*)(?:-[0-9a-f]{40})?/[^/]+\.nimble$")
_REQUIRES = lazy(r"^[ \t]*(?:requires\b|taskRequires\s*\(?\s*\"(\w+)\"\s*,)(.*)")
_STRING = lazy(r"\"([^\"]+)\"")
_WISH = lazy(r"\s*(\S+?)(?:\[[^\]]*\])?(?:\s+(.*)|\s*([<>=^~@#].*))?\s*")
_EXACT = lazy(r"==\s*(\d[\w.]*)")


class NimbleLock(Extractor):
    """`nimble.lock`: packages with their dependencies."""

    name = "nimble.lock"
    ecosystem = "Nim"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `nimble.lock`."""
        return posixpath.basename(path) == "nimble.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges, repositories and hashes."""
        text = text_of(file)
        document = parse_json(text)
        if "packages" not in document:
            raise UnreadableError("not a lock file: it has no packages", 1)
        lines, packages = Lines(text), []
        lines.enter("packages")
        for name, entry in table(document["packages"]).items():
            fields = table(entry)
            url, commit = string(fields.get("url")), string(fields.get("vcsRevision"))
            digest = hex_hash(string(table(fields.get("checksums")).get("sha1")), "sha1")
            packages.append(
                Package(
                    key=name,
                    name=name,
                    version=string(fields.get("version")),
                    line=lines.take(name),
                    needs=tuple(string(need) for need in items(fields.get("dependencies"))),
                    origin=clean_url(f"{url}#{commit}" if commit else url),
                    hashes=(digest,) if digest else (),
                ),
            )
        return extracted(packages)


class NimbleFile(Extractor):
    """`*.nimble`: an installed package is itself, which its path tells; the project's own is what it requires."""

    name = "*.nimble"
    ecosystem = "Nim"

    def wants(self, path: str) -> bool:
        """Return whether this is a package description of Nimble."""
        return path.endswith(".nimble")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package or its literal wishes; Nim itself is none."""
        if found := _INSTALLED.search(file.path):
            return Extracted(packages=(Package(key=found[1], name=found[1], version=found[2], line=1),))
        wishes = Wishes()
        for number, line in enumerate(text_of(file).splitlines(), 1):
            found = _REQUIRES.match(line)
            if found is None:
                continue
            scope = (group_scope(found[1]) or DEV) if found[1] else RUNTIME
            for text in (part for one in _STRING.findall(found[2]) for part in one.split(",")):
                wish = _WISH.fullmatch(text)
                if wish and wish[1].lower() != "nim" and wish[1][0].isalpha():
                    asked = (wish[2] or wish[3] or "").strip()
                    exact = _EXACT.fullmatch(asked)
                    url = clean_url(wish[1]) if "://" in wish[1] else ""
                    name = posixpath.basename(url).removesuffix(".git") if url else wish[1]
                    version = exact[1] if exact else ""
                    wishes.add(name, number, version=version, constraint=asked, scope=scope, origin=url)
        return wishes.extracted()
