"""`Pipfile.lock` and `Pipfile` (https://pipenv.pypa.io/en/latest/pipfile.html)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.shapes import items, string, table
from secloop.stages.build.packages import toml
from secloop.stages.build.packages.base import (
    DEV,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    bounded,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.json import Lines, parse_json
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.python.blocks import index
from secloop.stages.build.packages.python.pep508 import pinned
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_NO_GROUPS = {"_meta", "source", "requires", "scripts", "pipenv", "build-system"}


class PipfileLock(Extractor):
    """`Pipfile.lock`: every category with its versions and hashes, no edges."""

    name = "Pipfile.lock"
    ecosystem = "PyPI"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `Pipfile.lock`."""
        return posixpath.basename(path) == "Pipfile.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages of all categories; one without a version that is no repository is left out."""
        text = text_of(file)
        document = parse_json(text) if text.strip() else {}
        lines = Lines(text)
        sources = {
            string(table(source).get("name")): index(string(table(source).get("url")))
            for source in items(table(document.get("_meta")).get("sources"))
        }
        packages = []
        for group, entries in document.items():
            if group in _NO_GROUPS:
                continue
            lines.enter(group)
            for name, entry in table(entries).items():
                line = lines.take(name)
                if package := _locked(name, table(entry), sources):
                    packages.append(Package(line=line, key=f"{group}:{name}", scope=_scope(group), **package))
        kept, problems = bounded(packages, [])
        return Extracted(packages=kept, problems=problems)


class Pipfile(Extractor):
    """`Pipfile`: wishes by category."""

    name = "Pipfile"
    ecosystem = "PyPI"

    def wants(self, path: str) -> bool:
        """Return whether this is a `Pipfile`."""
        return posixpath.basename(path) == "Pipfile"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; only exact ones have a version."""
        text = text_of(file)
        document, positions = toml.parse(text), toml.Positions(text)
        packages = []
        for group, entries in document.items():
            if group in _NO_GROUPS:
                continue
            for name, wish in table(entries).items():
                fields = table(wish)
                asked = string(fields.get("version")) or string(wish)
                package = Package(
                    key=f"{group}:{name}",
                    name=package_name("PyPI", name),
                    version=pinned(asked),
                    line=positions.key(group, name),
                    direct=True,
                    scope=_scope(group),
                    own=bool(fields.keys() & {"path", "file"}),
                    constraint="" if asked.strip() == "*" else asked,
                    origin=clean_url(string(fields.get("git"))),
                )
                packages.append(package)
        kept, problems = bounded(packages, [])
        return Extracted(packages=kept, problems=problems)


def _locked(name: str, entry: dict[str, Any], sources: dict[str, str]) -> dict[str, Any] | None:
    """Return the fields of a locked package; None for a path or an entry that names nothing to install."""
    repository = string(entry.get("git"))
    version = string(entry.get("version")).lstrip("=").strip()
    if not version and not repository:
        return None
    origin = clean_url(f"{repository}#{string(entry.get('ref'))}") if repository else ""
    hashes = (hex_hash(string(one)) for one in items(entry.get("hashes")))
    return {
        "name": package_name("PyPI", name),
        "version": version,
        "origin": origin or sources.get(string(entry.get("index")), ""),
        "hashes": tuple(digest for digest in hashes if digest),
    }


def _scope(group: str) -> str:
    if group in {"default", "packages"}:
        return RUNTIME
    return DEV if group in {"develop", "dev-packages"} else group_scope(group) or RUNTIME
