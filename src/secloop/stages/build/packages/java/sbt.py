"""`build.sbt.lock`, written by sbt-dependency-lock (https://stringbean.github.io/sbt-dependency-lock/)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string
from secloop.stages.build.packages.base import Extracted, Extractor, Package, Problem, bounded, text_of
from secloop.stages.build.packages.java.coordinates import configurations_scope, name_of
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_ENTRY = lazy(r"\{\s*+\"org\"")


class SbtLock(Extractor):
    """What each configuration of an sbt build resolves to; no edges."""

    name = "build.sbt.lock"
    ecosystem = "Maven"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a lock of sbt-dependency-lock."""
        return path.endswith(".sbt.lock")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the locked modules. Raises: UnreadableError."""
        text = text_of(file)
        document, lines = parse_json(text), Lines(text, opener='{"')
        starts = _lines_of(text)
        packages: list[Package] = []
        problems: list[Problem] = []
        for number, entry in enumerate(items(document.get("dependencies"))):
            line = starts[number] if number < len(starts) else lines.take("org")
            package = _package(entry, line)
            if package:
                packages.append(package)
            else:
                problems.append(Problem(line=line, reason="a dependency without org, name or version"))
        kept, bad = bounded(packages, problems)
        return Extracted(packages=kept, problems=bad)


def _lines_of(text: str) -> list[int]:
    """Return the lines on which the entries start, as the plugin writes them: `org` is the first key of each."""
    out, line, at = [], 1, 0
    for found in _ENTRY.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        out.append(line)
    return out


def _package(entry: Any, line: int) -> Package | None:
    if not isinstance(entry, dict):
        return None
    org, name, version = (string(entry.get(key)) for key in ("org", "name", "version"))
    if not (org and name and version):
        return None
    hashes = [string(one.get("hash")) for one in items(entry.get("artifacts")) if isinstance(one, dict)]
    return Package(
        key=f"{org}:{name}:{version}:{line}",
        name=name_of(org, name),
        version=version,
        line=line,
        scope=configurations_scope([string(one) for one in items(entry.get("configurations"))]),
        hashes=tuple(dict.fromkeys(one for one in hashes if ":" in one)),
    )
