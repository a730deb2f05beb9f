"""`Gemfile` and `gems.rb`: literal `gem` lines and their groups. The file is code; it is read, never run."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    DEV,
    RUNTIME,
    SCOPES,
    Extracted,
    Extractor,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_GEM = lazy(r"gem[ (]\s*[\"']([A-Za-z0-9._-]+)[\"'](.*)")
_ARGUMENT = lazy(r"\s*,\s*\[?\s*[\"']([^\"']*)[\"']")
_OPTION = lazy(r"(?:\b([a-z_]+):|:([a-z_]+)\s*=>)\s*(?:[\"']([^\"']*)[\"']|(:\w+|\[[^\]]*\]))")
_GROUPS = lazy(r"group[ (]([^#]*?)\)?\s+do\b")
_NAME = lazy(r":?[\"']?([A-Za-z_]\w*)")
_OPENS = lazy(r"\bdo\b(?:\s*\|[^|]*\|)?\s*$|^(?:if|unless|case|begin|def|while)\b")
_EXACT = lazy(r"(?:=\s*)?(\d[0-9A-Za-z.]*)")
_LONGEST = 5000  # characters of one statement


class Gem(NamedTuple):
    """One `gem` line: its wishes as written, its scope, origin, and whether it stands in the tree."""

    name: str
    line: int
    wishes: tuple[str, ...]
    scope: str
    origin: str
    own: bool


class Gemfile(Extractor):
    """`Gemfile` and `gems.rb`."""

    name = "Gemfile"
    ecosystem = "RubyGems"

    def wants(self, path: str) -> bool:
        """Return whether Bundler reads a file of this name."""
        name = posixpath.basename(path)
        return name in {"Gemfile", "gems.rb"} or name.endswith(".gemfile")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the literal wishes; a single version, bare or behind `=`, pins."""
        wishes = Wishes()
        for gem in _gems(text_of(file)):
            asked = ", ".join(gem.wishes)
            wishes.add(
                gem.name,
                gem.line,
                version=exact_version(asked),
                constraint=asked,
                scope=gem.scope,
                origin=gem.origin,
                own=gem.own,
            )
        return wishes.extracted()


def scopes_of(text: str) -> dict[str, str]:
    """Return the strongest scope of each gem that a Gemfile names."""
    scopes: dict[str, str] = {}
    for gem in _gems(text):
        scopes[gem.name] = min(gem.scope, scopes.get(gem.name, gem.scope), key=SCOPES.index)
    return scopes


def exact_version(wish: str) -> str:
    """Return the version that a RubyGems requirement pins, empty where it leaves a choice."""
    found = _EXACT.fullmatch(wish.strip())
    return found[1] if found else ""


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each statement without its comment; one that ends in a comma goes on."""
    joined, start = "", 1
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(?:^|\s)#(?!\{).*$", "", raw).strip()
        start = start if joined else number
        joined = f"{joined} {line}".strip()
        if joined.endswith((",", "(", "[")) and len(joined) < _LONGEST:
            continue
        if joined:
            yield start, joined[:_LONGEST]
        joined = ""
    if joined:
        yield start, joined[:_LONGEST]


def _gems(text: str) -> Iterator[Gem]:
    """Yield the literal gems with the scope of the `group ... do` blocks around them."""
    around: list[str] = []
    for number, line in statements(text):
        if found := _GROUPS.match(line):
            around.append(_scope(found[1]))
        elif _OPENS.search(line):
            around.append("")
        elif re.match(r"end\b", line) and around:
            around.pop()
        elif found := _GEM.match(line):
            yield _gem(found[1], number, found[2], next((scope for scope in reversed(around) if scope), RUNTIME))


def _gem(name: str, line: int, rest: str, scope: str) -> Gem:
    wishes, at = [], 0
    while found := _ARGUMENT.match(rest, at):
        wishes.append(found[1])
        at = found.end()
    options = {found[1] or found[2]: found[3] or found[4] for found in _OPTION.finditer(rest)}
    groups = options.get("group") or options.get("groups")
    host = {"github": "https://github.com/", "gist": "https://gist.github.com/"}
    origin = options.get("git") or next((host[key] + options[key] for key in host if key in options), "")
    commit = options.get("ref", "")
    return Gem(
        name=name,
        line=line,
        wishes=tuple(wishes),
        scope=_scope(groups) if groups else scope,
        origin=clean_url(f"{origin}#{commit}" if origin and commit else origin or options.get("source", "")),
        own="path" in options and not origin,
    )


def _scope(groups: str) -> str:
    """Return the strongest scope of group names; groups that are neither test nor development count as runtime."""
    named = [name for name in _NAME.findall(groups) if name != "optional"]
    scopes = [group_scope(name) or (DEV if name.startswith("dev") else RUNTIME) for name in named]
    return min(scopes, default=RUNTIME, key=SCOPES.index)
