"""Gleam's `manifest.toml` and `gleam.toml` (https://gleam.run/writing-gleam/gleam-toml/)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages import toml
from secloop.stages.build.packages.base import DEV, RUNTIME, Extracted, Extractor, Package, text_of
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.wishes import ValueLines, Wishes, extracted

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_EXACT = lazy(r"(?:==\s*)?(\d+\.\d+\.\d+[0-9A-Za-z.+-]*)")


class GleamManifest(Extractor):
    """`manifest.toml`: resolved packages with their requirements. Other tools have files of this name, too."""

    name = "manifest.toml"
    ecosystem = "Hex"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this may be Gleam's `manifest.toml`."""
        return posixpath.basename(path) == "manifest.toml"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges; nothing of a manifest that is not Gleam's."""
        text = text_of(file)
        if "build_tools" not in text:
            return Extracted()
        lines = ValueLines(text, r"\bname\s*=\s*\"([^\"]+)\"")
        packages = []
        for entry in map(table, items(toml.parse(text).get("packages"))):
            name = string(entry.get("name"))
            digest = hex_hash(string(entry.get("outer_checksum")), "sha256")
            commit, repo = string(entry.get("commit")), string(entry.get("repo"))
            if name:
                packages.append(
                    Package(
                        key=name,
                        name=name,
                        version=string(entry.get("version")),
                        line=lines.take(name),
                        needs=tuple(string(need) for need in items(entry.get("requirements"))),
                        own=string(entry.get("source")) == "local",
                        origin=clean_url(f"{repo}#{commit}") if repo else "",
                        hashes=(digest,) if digest else (),
                    ),
                )
        return extracted(packages)


class GleamToml(Extractor):
    """`gleam.toml`: wishes."""

    name = "gleam.toml"
    ecosystem = "Hex"

    def wants(self, path: str) -> bool:
        """Return whether this is a `gleam.toml`."""
        return posixpath.basename(path) == "gleam.toml"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; a package of a path is the project's own."""
        text = text_of(file)
        document, positions, wishes = toml.parse(text), toml.Positions(text), Wishes()
        for section, scope in (("dependencies", RUNTIME), ("dev-dependencies", DEV), ("dev_dependencies", DEV)):
            for name, wish in table(document.get(section)).items():
                fields, asked = table(wish), string(wish)
                exact = _EXACT.fullmatch(asked)
                url, commit = string(fields.get("git")), string(fields.get("ref"))
                wishes.add(
                    name,
                    positions.key(section, name),
                    version=exact[1] if exact else "",
                    constraint=asked,
                    scope=scope,
                    origin=clean_url(f"{url}#{commit}" if commit else url),
                    own="path" in fields,
                )
        return wishes.extracted()
