"""What the packages of a lock file ask of each other: the ranges that say whether an update stays inside them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import string, strings, table, tables
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Asked = dict[tuple[str, str], dict[str, str]]
"""(name, version) of a package, as looked up -> what it asks for: name, as looked up, to range."""

_One = tuple[str, str, str, str]
"""A package's name and version, the name of what it asks for, and the range."""

_MODULES = "node_modules/"
_SPEC = lazy(r"    ([^\s()]+) \(([^()\s]+)\)")
_NEED = lazy(r"      ([^\s()!]+)(?: \(([^()]*)\))?")
_BERRY = lazy(r"^\"?__metadata\"?:", re.MULTILINE)
_REQUIREMENT = lazy(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*\(?([^;)]*)")


def asked(path: str, text: str) -> Asked:
    """Return what a lock file says of its packages' ranges; empty for a format that keeps none, or a broken file."""
    name = path.rpartition("/")[2]
    reader, ecosystem = _READERS.get(name, (None, ""))
    out: Asked = {}
    if reader is None:
        return out
    try:
        for parent, version, child, wish in reader(text):
            own = (package_name(ecosystem, parent), version)
            out.setdefault(own, {})[package_name(ecosystem, child)] = wish
    except UnreadableError:
        return {}
    return out


def _npm(text: str) -> Iterator[_One]:
    from secloop.stages.build.packages.json import parse_json

    document = parse_json(text)
    if not isinstance(document.get("packages"), dict):
        yield from _old_npm(table(document.get("dependencies")))
        return
    for path, entry in document["packages"].items():
        one = table(entry)
        name = string(one.get("name")) or path.rpartition(_MODULES)[2]
        for field in ("dependencies", "optionalDependencies", "peerDependencies"):
            if path:
                yield from _pairs(name, string(one.get("version")), table(one.get(field)))


def _old_npm(top: dict[str, Any]) -> Iterator[_One]:
    stack = [top]
    while stack:
        for name, entry in stack.pop().items():
            one = table(entry)
            yield from _pairs(name, string(one.get("version")), table(one.get("requires")))
            if inner := table(one.get("dependencies")):
                stack.append(inner)


def _yarn(text: str) -> Iterator[_One]:
    from secloop.stages.build.packages.javascript.indented import Block, read_indented, yaml_pair, yarn_pair
    from secloop.stages.build.packages.javascript.names import split_at

    document, _ = read_indented(text, yaml_pair if _BERRY.search(text) else yarn_pair)
    for header, entry in document.items():
        if not isinstance(entry, Block):
            continue
        name = split_at(header.split(",")[0].strip().strip('"'))[0]
        for field in ("dependencies", "optionalDependencies"):
            below = entry.block(field)
            for child in below:
                yield name, entry.text("version"), child, below.text(child).removeprefix("npm:")


def _poetry(text: str) -> Iterator[_One]:
    from secloop.stages.build.packages import toml

    for block in toml.blocks(text).packages:
        for child, wish in table(block.table.get("dependencies")).items():
            one = wish if isinstance(wish, str) else string(table(wish).get("version"))
            yield string(block.table.get("name")), string(block.table.get("version")), child, one


def _pdm(text: str) -> Iterator[_One]:
    from secloop.stages.build.packages import toml

    for block in toml.blocks(text).packages:
        for line in strings(block.table.get("dependencies")):
            if found := _REQUIREMENT.match(line):
                version = string(block.table.get("version"))
                yield string(block.table.get("name")), version, found[1], found[2].strip()


def _composer(text: str) -> Iterator[_One]:
    from secloop.stages.build.packages.json import parse_json

    document = parse_json(text)
    for field in ("packages", "packages-dev"):
        for one in tables(document.get(field)):
            version = string(one.get("version"))
            yield from _pairs(string(one.get("name")), version, table(one.get("require")))


def _bundler(text: str) -> Iterator[_One]:
    parent, version = "", ""
    for line in text.splitlines():
        if found := _SPEC.fullmatch(line):
            parent, version = found[1], found[2].partition("-")[0]
        elif (found := _NEED.fullmatch(line)) and parent:
            yield parent, version, found[1], found[2] or ""


def _pairs(name: str, version: str, wishes: Mapping[str, Any]) -> Iterator[_One]:
    for child, wish in wishes.items():
        if isinstance(wish, str):
            yield name, version, child, wish


_READERS: dict[str, tuple[Callable[[str], Iterator[_One]], str]] = {
    "package-lock.json": (_npm, "npm"),
    "npm-shrinkwrap.json": (_npm, "npm"),
    "yarn.lock": (_yarn, "npm"),
    "poetry.lock": (_poetry, "PyPI"),
    "pdm.lock": (_pdm, "PyPI"),
    "composer.lock": (_composer, "Packagist"),
    "Gemfile.lock": (_bundler, "RubyGems"),
    "gems.locked": (_bundler, "RubyGems"),
}
