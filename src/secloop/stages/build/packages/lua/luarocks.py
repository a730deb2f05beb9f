"""LuaRocks: `*.rockspec` and `luarocks.lock`. Both are Lua; their literals are read, nothing is run."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import BUILD, RUNTIME, TEST, Extracted, Extractor, Package, text_of
from secloop.stages.build.packages.wishes import LineIndex, Wishes, extracted

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

# LuaRocks installs to `rocks-5.4/<name>/<version>/<name>-<version>.rockspec`.
_INSTALLED = lazy(r"(?:^|/)rocks(?:-\d+\.\d+)?/([^/]+)/([^/]+)/[^/]+\.rockspec$")
_TABLE = lazy(r"\b((?:build_|test_)?dependencies)\s*=\s*\{([^{}]*)\}")
_STRING = lazy(r"--[^\n]*|[\"']([^\"'\n]+)[\"']")
_LOCKED = lazy(r"(?:\[[\"']([^\"'\n]+)[\"']\]|([A-Za-z_]\w*))\s*=\s*[\"']([^\"'\n]+)[\"']")
_WISH = lazy(r"\s*(?:[\w.-]+/)?([A-Za-z0-9][\w.-]*)\s*(.*)")
_EXACT = lazy(r"==\s*(\d\S*)")
_SCOPES = {"dependencies": RUNTIME, "build_dependencies": BUILD, "test_dependencies": TEST}


class LuarocksLock(Extractor):
    """`luarocks.lock`: the versions that `luarocks make --pin` wrote."""

    name = "luarocks.lock"
    ecosystem = "LuaRocks"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `luarocks.lock`."""
        return posixpath.basename(path) == "luarocks.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the pinned rocks; Lua itself is none."""
        text, packages = text_of(file), []
        lines = LineIndex(text)
        for group in _TABLE.finditer(text):
            for found in _LOCKED.finditer(group[2]):
                name = found[1] or found[2]
                line = lines.at(group.start(2) + found.start())
                if name != "lua":
                    scope = _SCOPES[group[1]]
                    packages.append(
                        Package(key=f"{name}:{scope}", name=name, version=found[3], line=line, scope=scope),
                    )
        return extracted(packages)


class Rockspec(Extractor):
    """`*.rockspec`: an installed rock is itself, which its path tells; the project's own is what it depends on."""

    name = "*.rockspec"
    ecosystem = "LuaRocks"

    def wants(self, path: str) -> bool:
        """Return whether this is a rockspec."""
        return path.endswith(".rockspec")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the rock or its literal wishes."""
        if found := _INSTALLED.search(file.path):
            return Extracted(packages=(Package(key=found[1], name=found[1], version=found[2], line=1),))
        text, wishes = text_of(file), Wishes()
        lines = LineIndex(text)
        for group in _TABLE.finditer(text):
            for one in _STRING.finditer(group[2]):
                wish = _WISH.fullmatch(one[1] or "")
                if wish and wish[1] != "lua":
                    exact = _EXACT.fullmatch(wish[2].strip())
                    line = lines.at(group.start(2) + one.start())
                    version = exact[1] if exact else ""
                    wishes.add(wish[1], line, version=version, constraint=wish[2], scope=_SCOPES[group[1]])
        return wishes.extracted()
