"""What no edge of a lock says: what its packages take when they find it beside them, and which bring commands.

Peers of npm, extras of Poetry; the `bin` of npm, under which a package runs by a name that need not be its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.regex import lazy
from secloop.model.shapes import table

if TYPE_CHECKING:
    from secloop.stages.build.reach.sources import Sources

_ALL_NPM = frozenset({"package-lock.json", "npm-shrinkwrap.json"})
_NO_PEERS = frozenset({"uv.lock", "pdm.lock", "pylock.toml"})
_MODULES = "node_modules/"
_WISHED = ("peerDependencies", "optionalDependencies", "peerDependenciesMeta")
_NAME = r"['\"]?/?((?:@[\w.~-]+/)?[\w.~-]+)"
_PACKAGE = lazy(rf"^ {{0,2}}{_NAME}[@/][^\n]*:$")
_SECTION = lazy(r"^ {2,4}(peerDependencies|dependenciesMeta|peerDependenciesMeta|bin):$")
_ENTRY = lazy(rf"^ {{4,6}}{_NAME}['\"]?:")
_EXTRAS = lazy(r"^\[package\.extras\]\n((?:(?!\[)[^\n]*+\n)*+)", re.MULTILINE)
_WISH = lazy(r'"([A-Za-z0-9][\w.-]*)')


class Peers(NamedTuple):
    """Names in lower case: `wished` is what some package takes when it is there, `commands` what brings commands.

    `complete` says that the lock tells all of the first, `tools` that it tells all of the second.
    """

    wished: frozenset[str] = frozenset()
    commands: frozenset[str] = frozenset()
    complete: bool = True
    tools: bool = False


def peers_of(path: str, sources: Sources) -> Peers:
    """Return what a lock says of peers and commands; one that says nothing of them (yarn 1) is not complete."""
    name = path.rpartition("/")[2].lower()
    if name in _NO_PEERS:
        return Peers()
    text = sources.text(path)
    if not text:
        return Peers(complete=False)
    if name == "poetry.lock":
        found = (one for part in _EXTRAS.findall(text) for one in _WISH.findall(part))
        return Peers(frozenset(one.lower().replace("_", "-") for one in found))
    if name in _ALL_NPM:
        return _of_npm(text)
    if name == "pnpm-lock.yaml" or (name == "yarn.lock" and "__metadata:" in text):
        return _of_lines(text)
    return Peers(complete=False)


def _of_npm(text: str) -> Peers:
    """Read npm's lock since version 2; version 1 says nothing of peers."""
    import msgspec

    try:
        packages: dict[str, Any] = table(table(msgspec.json.decode(text)).get("packages"))
    except (msgspec.DecodeError, RecursionError):
        packages = {}
    wished: set[str] = set()
    commands: set[str] = set()
    for key, entry in packages.items():
        if not key:
            continue
        for field in _WISHED:
            wished.update(table(table(entry).get(field)))
        if table(entry).get("bin"):
            commands.add(key.rpartition(_MODULES)[2])
    return _lowered(wished, commands, complete=bool(packages))


def _of_lines(text: str) -> Peers:
    """Read pnpm's lock and that of yarn since version 2: a package, below it its fields, below these their entries."""
    wished: set[str] = set()
    commands: set[str] = set()
    package = section = ""
    for line in text.split("\n"):
        if found := _PACKAGE.match(line):
            package, section = found[1], ""
        elif found := _SECTION.match(line):
            section = found[1]
            if section == "bin":
                commands.add(package)
        elif line == "    hasBin: true":
            commands.add(package)
        elif section and (found := _ENTRY.match(line)):
            wished.add(found[1])
        elif not line.startswith("    "):
            section = ""
    return _lowered(wished, commands, complete=True)


def _lowered(wished: set[str], commands: set[str], *, complete: bool) -> Peers:
    return Peers(
        frozenset(name.lower() for name in wished),
        frozenset(name.lower() for name in commands),
        complete=complete,
        tools=complete,
    )
