"""`vcpkg.json` (https://learn.microsoft.com/vcpkg/reference/vcpkg-json)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import BUILD, OPTIONAL, RUNTIME, Extracted, Extractor, text_of
from secloop.stages.build.packages.json import parse_json
from secloop.stages.build.packages.wishes import ValueLines, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

_PORT = lazy(r"#\d+$")


class Vcpkg(Extractor):
    """`vcpkg.json`: ports; a version stands only in `overrides`, all others follow from the registry's baseline."""

    name = "vcpkg.json"
    ecosystem = "generic"

    def wants(self, path: str) -> bool:
        """Return whether this is a manifest of vcpkg."""
        return posixpath.basename(path) == "vcpkg.json"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the ports of the project and of its features."""
        text = text_of(file)
        document, wishes = parse_json(text), Wishes()
        lines = ValueLines(text, r"\"([a-z0-9][a-z0-9-]*)\"(?!\s*:)")
        pinned = {string(table(one).get("name")): table(one) for one in items(document.get("overrides"))}
        for entry, scope in _ports(document):
            fields = table(entry)
            name = string(fields.get("name")) or string(entry)
            version = _version(pinned.get(name, {}))
            asked = string(fields.get("version>="))
            own = BUILD if fields.get("host") is True else scope
            if name:
                wishes.add(
                    name,
                    lines.take(name),
                    version=version,
                    constraint=f">={asked}" if asked else "",
                    scope=own,
                    origin="vcpkg",
                )
        return wishes.extracted()


def _ports(document: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    yield from ((entry, RUNTIME) for entry in items(document.get("dependencies")))
    for feature in table(document.get("features")).values():
        yield from ((entry, OPTIONAL) for entry in items(table(feature).get("dependencies")))


def _version(override: dict[str, Any]) -> str:
    names = ("version", "version-semver", "version-date", "version-string")
    return _PORT.sub("", next((text for name in names if (text := string(override.get(name)))), ""))
