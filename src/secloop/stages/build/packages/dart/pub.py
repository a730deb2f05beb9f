"""`pubspec.lock` and `pubspec.yaml` (https://dart.dev/tools/pub/pubspec)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import DEV, RUNTIME, Extracted, Extractor, Package, UnreadableError, text_of
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.wishes import Wishes, extracted
from secloop.stages.build.packages.yaml import YamlTable, parse_yaml

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_HOSTED = ("https://pub.dev", "https://pub.dartlang.org")
_EXACT = lazy(r"\d+\.\d+\.\d+[0-9A-Za-z.+-]*")


class PubspecLock(Extractor):
    """`pubspec.lock`: says of each package whether it is direct, but not what needs it."""

    name = "pubspec.lock"
    ecosystem = "Pub"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `pubspec.lock`."""
        return posixpath.basename(path) == "pubspec.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages; those of a path are the project's own."""
        document = parse_yaml(text_of(file))
        if "packages" not in document:
            raise UnreadableError("not a lock file: it has no packages", 1)
        entries = _entries(document, "packages")
        return extracted([_locked(name, table(entry), entries.line(name)) for name, entry in entries.items()])


class PubspecYaml(Extractor):
    """`pubspec.yaml`: wishes."""

    name = "pubspec.yaml"
    ecosystem = "Pub"

    def wants(self, path: str) -> bool:
        """Return whether this is a `pubspec.yaml`."""
        return posixpath.basename(path) in {"pubspec.yaml", "pubspec.yml"}

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; SDK packages come with the SDK."""
        document, wishes = parse_yaml(text_of(file)), Wishes()
        for field, scope in (("dependencies", RUNTIME), ("dev_dependencies", DEV)):
            entries = _entries(document, field)
            for name, wish in entries.items():
                fields = table(wish)
                asked = string(fields.get("version")) or string(wish)
                if "sdk" not in fields:
                    wishes.add(
                        name,
                        entries.line(name),
                        version=asked if _EXACT.fullmatch(asked) else "",
                        constraint="" if asked == "any" else asked,
                        scope=scope,
                        origin=_git(fields.get("git")),
                        own="path" in fields,
                    )
        return wishes.extracted()


def _entries(document: YamlTable, key: str) -> YamlTable:
    value = document.get(key)
    return value if isinstance(value, YamlTable) else YamlTable()


def _locked(name: str, entry: dict[str, Any], line: int) -> Package:
    kind = string(entry.get("dependency"))
    about = table(entry.get("description"))
    url = clean_url(string(about.get("url")))
    commit = string(about.get("resolved-ref"))
    digest = hex_hash(string(about.get("sha256")), "sha256")
    return Package(
        key=name,
        name=name,
        version=string(entry.get("version")),
        line=line,
        direct=kind.startswith("direct") if kind else None,
        scope=DEV if kind == "direct dev" else RUNTIME,
        own=string(entry.get("source")) == "path",
        origin="" if url in _HOSTED else clean_url(f"{url}#{commit}" if commit else url),
        hashes=(digest,) if digest else (),
    )


def _git(value: Any) -> str:
    fields = table(value)
    commit = string(fields.get("ref"))
    url = string(fields.get("url")) or string(value)
    return clean_url(f"{url}#{commit}" if commit else url)
