"""What the TOML lock files of Python have in common: blocks with a name and a version, and hashes of their files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import Problem, UnreadableError
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.stages.build.packages import toml

Names = dict[str, list[str]]
"""Keys of packages by name: one name may be locked in several versions."""

MOST_MEANT = 16
"""Packages that one edge may mean: an edge without a version means all versions, and locks hold few of one package."""

_MOST_HASHES = 64
_PYPI = "https://pypi.org/simple"


def named(read: toml.Blocks, heads: frozenset[str]) -> tuple[Names, list[toml.Block], list[Problem]]:
    """Return the keys by package name, the blocks that have a name, and the problems.

    Raises: UnreadableError when there is no package and the top of the file has none of the keys `heads`.
    """
    names: defaultdict[str, list[str]] = defaultdict(list)
    usable, problems, seen = [], list(read.problems), set()
    for block in read.packages:
        if not name_of(block.table):
            problems.append(Problem(line=block.line, reason="a package without a name"))
        elif (key := key_of(block.table)) not in seen:
            seen.add(key)
            names[name_of(block.table)].append(key)
            usable.append(block)
    if not usable and not problems and not read.head.keys() & heads and read.head:
        raise UnreadableError("not a lock file: it names neither a version nor packages", 1)
    return names, usable, problems


def name_of(entry: dict[str, Any]) -> str:
    """Return the normalised name of a block, empty where it has none."""
    return package_name("PyPI", string(entry.get("name")))


def key_of(entry: dict[str, Any]) -> str:
    """Return `name@version` of a block."""
    return f"{name_of(entry)}@{string(entry.get('version'))}"


def meant(name: str, names: Names) -> list[str]:
    """Return the keys that an edge to `name` means."""
    return names.get(package_name("PyPI", name), [])[:MOST_MEANT]


def file_hashes(files: Iterable[Any]) -> tuple[str, ...]:
    """Return `algorithm:hex` of files: `hash = "sha256:..."` or `hashes = {sha256 = "..."}` in each."""
    found: dict[str, None] = {}
    for one in files:
        fields = table(one)
        told = [string(fields.get("hash"))]
        told += [f"{name}:{string(digest)}" for name, digest in table(fields.get("hashes")).items()]
        found.update((digest, None) for text in told if (digest := hex_hash(text)))
    return tuple(found)[:_MOST_HASHES]


def index(url: str) -> str:
    """Return an index address as an origin: empty for PyPI's own."""
    clean = clean_url(url)
    return "" if clean == _PYPI or clean.startswith("https://pypi.org/") else clean


def files_of(entry: dict[str, Any]) -> list[Any]:
    """Return the archives that a block of uv.lock or pylock.toml names."""
    return [*items(entry.get("wheels")), *(entry[key] for key in ("sdist", "archive") if key in entry)]
