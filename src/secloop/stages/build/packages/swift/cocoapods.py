"""`Podfile.lock` (https://guides.cocoapods.org/using/using-cocoapods.html)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import (
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.yaml import YamlList, YamlTable, parse_yaml

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_POD = lazy(r"\"?([^\s()\"]+)\"?(?: \(([^()]+)\))?\"?")


class PodfileLock(Extractor):
    """`Podfile.lock`. Subspecs (`Pod/Part`) are packages of their own, as the file has them."""

    name = "Podfile.lock"
    ecosystem = "CocoaPods"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `Podfile.lock`."""
        return posixpath.basename(path) == "Podfile.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the pods with edges; direct is what the Podfile asks for, a pod of a path is the project's own."""
        document = parse_yaml(text_of(file))
        pods = document.get("PODS")
        if not isinstance(pods, YamlList):
            raise UnreadableError("not a lock file: it has no list of pods", 1)
        sources = {**table(document.get("EXTERNAL SOURCES"))}
        for name, checkout in table(document.get("CHECKOUT OPTIONS")).items():
            sources[name] = {**table(sources.get(name)), **table(checkout)}
        packages: dict[str, Package] = {}
        problems: list[Problem] = []
        for entry, line in zip(pods, pods.lines, strict=True):
            if package := _pod(entry, line, sources):
                packages[package.key] = package
            else:
                problems.append(Problem(line=line, reason="not a pod with its version"))
        kept, problems_out = bounded(list(packages.values()), problems)
        asked = (_POD.match(string(one)) for one in items(document.get("DEPENDENCIES")))
        roots = {found[1]: RUNTIME for found in asked if found}
        return Extracted(packages=kept, problems=problems_out, roots=roots or None)


def _pod(entry: Any, line: int, sources: dict[str, Any]) -> Package | None:
    text, needs = (next(iter(entry.items()), ("", []))) if isinstance(entry, YamlTable) else (string(entry), [])
    found = _POD.fullmatch(text)
    if found is None or not found[2]:
        return None
    source = table(sources.get(found[1].partition("/")[0]))
    url, commit = string(source.get(":git")), string(source.get(":commit"))
    asked = (_POD.match(string(need)) for need in items(needs))
    return Package(
        key=found[1],
        name=found[1],
        version=found[2],
        line=line,
        needs=tuple(dict.fromkeys(need[1] for need in asked if need)),
        own=":path" in source,
        origin=clean_url(f"{url}#{commit}" if commit else url),
    )
