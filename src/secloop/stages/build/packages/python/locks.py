"""`uv.lock` and `poetry.lock`: resolved packages with their edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.shapes import items, string, table
from secloop.stages.build.packages import toml
from secloop.stages.build.packages.base import (
    DEV,
    OPTIONAL,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    bounded,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.python import blocks
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from secloop.scan.base import SourceFile

_HEADS = frozenset({"version", "metadata", "package"})


class UvLock(Extractor):
    """`uv.lock` (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile): holds the project itself, too."""

    name = "uv.lock"
    ecosystem = "PyPI"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `uv.lock`."""
        return path.rpartition("/")[2] == "uv.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages, edges, and the roots that the workspace members ask for."""
        read = toml.blocks(text_of(file))
        names, usable, problems = blocks.named(read, _HEADS)
        packages = [
            Package(
                key=blocks.key_of(block.table),
                name=blocks.name_of(block.table),
                version=string(block.table.get("version")),
                line=block.line,
                needs=tuple(dict.fromkeys(_uv_needs(block.table, names))),
                own=_is_own(block.table),
                origin=_uv_origin(block.table),
                hashes=blocks.file_hashes(blocks.files_of(block.table)),
            )
            for block in usable
        ]
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out, roots=_uv_roots([b.table for b in usable], names))


class PoetryLock(Extractor):
    """`poetry.lock`: versions 1.0 to 2.1 of the format. Which packages are direct only `pyproject.toml` knows."""

    name = "poetry.lock"
    ecosystem = "PyPI"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `poetry.lock`."""
        return path.rpartition("/")[2] == "poetry.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return packages and edges; scopes where the format has them (`category`, `groups`, `optional`)."""
        read = toml.blocks(text_of(file))
        names, usable, problems = blocks.named(read, _HEADS)
        packages = [
            Package(
                key=blocks.key_of(block.table),
                name=blocks.name_of(block.table),
                version=string(block.table.get("version")),
                line=block.line,
                needs=tuple(
                    key
                    for need in table(block.table.get("dependencies"))
                    for key in names.get(package_name("PyPI", need), [])[: blocks.MOST_MEANT]
                ),
                scope=_poetry_scope(block.table),
                own=string(table(block.table.get("source")).get("type")) == "directory",
                origin=_poetry_origin(block.table),
                hashes=blocks.file_hashes(items(block.table.get("files"))),
            )
            for block in usable
        ]
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out)


def _is_own(entry: dict[str, Any]) -> bool:
    """Return whether a package of uv.lock is the project's own: it stands in the tree."""
    return bool(table(entry.get("source")).keys() & {"editable", "virtual", "directory"})


def _uv_origin(entry: dict[str, Any]) -> str:
    """Return the origin of a uv.lock entry; a git address carries the commit behind `#`."""
    source = table(entry.get("source"))
    return clean_url(string(source.get("git")) or string(source.get("url"))) or blocks.index(
        string(source.get("registry"))
    )


def _poetry_origin(entry: dict[str, Any]) -> str:
    source = table(entry.get("source"))
    url, commit = string(source.get("url")), string(source.get("resolved_reference"))
    return clean_url(f"{url}#{commit}") if string(source.get("type")) == "git" else blocks.index(url)


def _uv_edges(entries: Iterable[Any], names: blocks.Names) -> Iterator[str]:
    """Yield the keys that dependency entries mean; they hold a version only where the name alone is ambiguous."""
    for entry in entries:
        name = package_name("PyPI", string(table(entry).get("name")))
        version = string(table(entry).get("version"))
        keys = names.get(name, [])[: blocks.MOST_MEANT]
        exact = f"{name}@{version}"
        yield from [exact] if version and exact in names.get(name, ()) else keys


def _uv_needs(entry: dict[str, Any], names: blocks.Names) -> Iterator[str]:
    yield from _uv_edges(items(entry.get("dependencies")), names)
    if not _is_own(entry):  # extras of a dependency are locked only when someone asks for them
        for group in table(entry.get("optional-dependencies")).values():
            yield from _uv_edges(items(group), names)


def _uv_roots(entries: list[dict[str, Any]], names: blocks.Names) -> dict[str, str] | None:
    """Return what the project's own packages ask for, with the strongest scope; None for a lock without them."""
    own = [entry for entry in entries if _is_own(entry)]
    if not own:
        return None
    asked = [(RUNTIME, items(entry.get("dependencies"))) for entry in own]
    for entry in own:
        asked += [(OPTIONAL, items(group)) for group in table(entry.get("optional-dependencies")).values()]
    for entry in own:
        asked += [
            (group_scope(name) or DEV, items(group)) for name, group in table(entry.get("dev-dependencies")).items()
        ]
    roots: dict[str, str] = {}
    for scope, group in asked:
        for key in _uv_edges(group, names):
            roots.setdefault(key, scope)
    own_keys = {blocks.key_of(entry) for entry in own}
    return {key: scope for key, scope in roots.items() if key not in own_keys}


def _poetry_scope(entry: dict[str, Any]) -> str:
    """Return the scope of a poetry.lock entry: `category` (1.x), `groups` (2.x) and `optional`."""
    if entry.get("optional") is True:
        return OPTIONAL
    groups = [string(group) for group in items(entry.get("groups"))] or [string(entry.get("category")) or "main"]
    if "main" in groups:
        return RUNTIME
    return min((group_scope(group) or DEV for group in groups), default=DEV, key=(RUNTIME, OPTIONAL, "test", DEV).index)
