"""`pdm.lock`, and `pylock.toml`, the lock file of PEP 751 that pip, uv and PDM write."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages import toml
from secloop.stages.build.packages.base import (
    DEV,
    OPTIONAL,
    RUNTIME,
    SCOPES,
    Extracted,
    Extractor,
    Package,
    bounded,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.python import blocks
from secloop.stages.build.packages.python.pep508 import read as read_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_PYLOCK = lazy(r"pylock(?:\.[^/.]+)?\.toml")
_GROUP = lazy(r"['\"]([^'\"]+)['\"] in (?:dependency_groups|extras)")


class PdmLock(Extractor):
    """`pdm.lock`; packages carry the groups that need them. Which are direct only `pyproject.toml` knows."""

    name = "pdm.lock"
    ecosystem = "PyPI"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `pdm.lock`."""
        return posixpath.basename(path) == "pdm.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages, edges, scopes and hashes; a package locked with extras is one package."""
        read = toml.blocks(text_of(file))
        names, usable, problems = blocks.named(read, frozenset({"metadata", "package"}))
        packages = [
            Package(
                key=blocks.key_of(block.table),
                name=blocks.name_of(block.table),
                version=string(block.table.get("version")),
                line=block.line,
                needs=tuple(dict.fromkeys(_required(block.table, names))),
                scope=_scope(items(block.table.get("groups"))),
                own="path" in block.table,
                origin=_pdm_origin(block.table),
                hashes=blocks.file_hashes(items(block.table.get("files"))),
            )
            for block in usable
        ]
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out)


class Pylock(Extractor):
    """`pylock.toml` and `pylock.<name>.toml` (https://packaging.python.org/en/latest/specifications/pylock-toml/)."""

    name = "pylock.toml"
    ecosystem = "PyPI"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether the specification allows this name for a lock file."""
        return _PYLOCK.fullmatch(posixpath.basename(path)) is not None

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages with hashes, and edges where the tool wrote them; a `directory` is the project's own."""
        read = toml.blocks(text_of(file), "packages")
        names, usable, problems = blocks.named(read, frozenset({"lock-version", "packages"}))
        needs: dict[str, dict[str, None]] = {}
        for block in read.packages:  # a version that several markers install stands there once for each
            needs.setdefault(blocks.key_of(block.table), {}).update(dict.fromkeys(_pylock_needs(block.table, names)))
        packages = [
            Package(
                key=blocks.key_of(block.table),
                name=blocks.name_of(block.table),
                version=string(block.table.get("version")),
                line=block.line,
                needs=tuple(needs[blocks.key_of(block.table)]),
                scope=_marker_scope(string(block.table.get("marker"))),
                own="directory" in block.table,
                origin=_pylock_origin(block.table),
                hashes=blocks.file_hashes(blocks.files_of(block.table)),
            )
            for block in usable
        ]
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out)


def _required(entry: dict[str, Any], names: blocks.Names) -> Iterator[str]:
    for need in items(entry.get("dependencies")):
        try:
            name = read_requirement(string(need)).name
        except ValueError:  # an edge that cannot be read is one edge less, the package stays
            continue
        yield from (key for key in blocks.meant(name, names) if key != blocks.key_of(entry))


def _scope(groups: list[Any]) -> str:
    """Return the strongest scope of PDM's groups: `default` is runtime, extras and dev groups share one list."""
    scopes = [RUNTIME if group == "default" else group_scope(string(group)) or OPTIONAL for group in groups]
    return min(scopes, default="", key=SCOPES.index)


def _pdm_origin(entry: dict[str, Any]) -> str:
    if git := string(entry.get("git")):
        return clean_url(f"{git}#{string(entry.get('revision'))}")
    return clean_url(string(entry.get("url")))


def _pylock_needs(entry: dict[str, Any], names: blocks.Names) -> Iterator[str]:
    for need in items(entry.get("dependencies")):
        fields = table(need)
        exact = blocks.key_of(fields)
        meant = blocks.meant(string(fields.get("name")), names)
        yield from [exact] if exact in meant else meant


def _marker_scope(marker: str) -> str:
    """Return the scope of a package that only extras or dependency groups install, empty for all others."""
    groups = _GROUP.findall(marker[:2000])
    if not groups or "default" in groups:
        return ""
    if "dependency_groups" not in marker:
        return OPTIONAL
    return min((group_scope(group) or DEV for group in groups), key=SCOPES.index)


def _pylock_origin(entry: dict[str, Any]) -> str:
    if vcs := table(entry.get("vcs")):
        return clean_url(f"{string(vcs.get('url')) or string(vcs.get('path'))}#{string(vcs.get('commit-id'))}")
    archive = table(entry.get("archive"))
    return clean_url(string(archive.get("url"))) or blocks.index(string(entry.get("index")))
