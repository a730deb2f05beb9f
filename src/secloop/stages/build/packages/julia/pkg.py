"""Julia's `Manifest.toml`, formats 1 and 2, and `Project.toml` (https://pkgdocs.julialang.org/v1/toml-files/)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages import toml
from secloop.stages.build.packages.base import OPTIONAL, RUNTIME, TEST, Extracted, Extractor, Package, text_of
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.wishes import ValueLines, Wishes, extracted

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_MANIFEST = lazy(r"(?:Julia)?Manifest(?:-v\d+\.\d+)?\.toml")
_EXACT = lazy(r"=\s*(\d+\.\d+\.\d+\S*)")


class Manifest(Extractor):
    """`Manifest.toml`. Packages of a path are the project's own."""

    name = "Manifest.toml"
    ecosystem = "Julia"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether Julia would read this file as a manifest."""
        return _MANIFEST.fullmatch(posixpath.basename(path)) is not None

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with edges; which are direct only `Project.toml` knows."""
        text = text_of(file)
        document = toml.parse(text)
        modern = "manifest_format" in document or isinstance(document.get("deps"), dict)
        tables = table(document.get("deps")) if modern else document
        lines = ValueLines(text, r"^\[\[(?:deps\.)?\"?([^\]\"\n]+)\"?\]\]")
        entries = [(name, table(one), lines.take(name)) for name, many in tables.items() for one in items(many)]
        keys: dict[str, list[str]] = {}
        for name, entry, _ in entries:
            keys.setdefault(name, []).append(_key(name, entry))
        julia = string(document.get("julia_version"))
        return extracted([_package(name, entry, line, keys, julia) for name, entry, line in entries])


class Project(Extractor):
    """`Project.toml`: wishes, with what `[compat]` says about them."""

    name = "Project.toml"
    ecosystem = "Julia"

    def wants(self, path: str) -> bool:
        """Return whether Julia would read this file as a project."""
        return posixpath.basename(path) in {"Project.toml", "JuliaProject.toml"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return dependencies, weak ones and extras, and the project's own package."""
        text = text_of(file)
        document, positions, wishes = toml.parse(text), toml.Positions(text), Wishes()
        compat = table(document.get("compat"))
        if own := string(document.get("name")):
            wishes.add(own, positions.key("", "name"), version=string(document.get("version")), own=True)
        for section, scope in (("deps", RUNTIME), ("weakdeps", OPTIONAL), ("extras", TEST)):
            for name in table(document.get(section)):
                asked = string(compat.get(name))
                exact = _EXACT.fullmatch(asked)
                line = positions.key(section, name)
                wishes.add(name, line, version=exact[1] if exact else "", constraint=asked, scope=scope)
        return wishes.extracted()


def _key(name: str, entry: dict[str, Any]) -> str:
    return string(entry.get("uuid")) or name


def _package(name: str, entry: dict[str, Any], line: int, keys: dict[str, list[str]], julia: str) -> Package:
    needs = entry.get("deps")
    version = string(entry.get("version"))
    if not entry.keys() & {"version", "path", "git-tree-sha1", "repo-url"}:
        version = julia  # a part of the standard library has the version of Julia
    url, tree = string(entry.get("repo-url")), string(entry.get("repo-rev")) or string(entry.get("git-tree-sha1"))
    named = table(needs)
    return Package(
        key=_key(name, entry),
        name=name,
        version=version,
        line=line,
        needs=tuple(string(uuid) for uuid in named.values())
        or tuple(key for need in items(needs) for key in keys.get(string(need), ())[:1]),
        own="path" in entry,
        origin=clean_url(f"{url}#{tree}" if url and tree else url),
        qualifiers=(("uuid", string(entry.get("uuid"))),),
    )
