"""Composer (https://getcomposer.org/doc/04-schema.md): `composer.lock`, `composer.json`, `installed.json`."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import DEV, RUNTIME, Extracted, Extractor, Package, UnreadableError, text_of
from secloop.stages.build.packages.json import Lines, parse_json
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.wishes import Wishes, extracted, json_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.scan.base import SourceFile

_EXACT = lazy(r"=?=?\s*(v?\d+(?:\.\d+)*(?:[-+][0-9A-Za-z.+-]+)?)")
_MOST_MEANT = 16  # versions of one name that an edge may mean
_PACKAGIST = "packagist.org/"


class ComposerLock(Extractor):
    """`composer.lock`. Which packages are direct only `composer.json` knows."""

    name = "composer.lock"
    ecosystem = "Packagist"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `composer.lock`."""
        return posixpath.basename(path) == "composer.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages of both lists with edges and licences."""
        text = text_of(file)
        document = parse_json(text)
        if document and not document.keys() & {"packages", "packages-dev", "content-hash", "hash", "_readme"}:
            raise UnreadableError("not a lock file: it has no list of packages", 1)
        lists = [(entry, RUNTIME) for entry in items(document.get("packages"))]
        lists += [(entry, DEV) for entry in items(document.get("packages-dev"))]
        return _packages(text, lists)


class InstalledJson(Extractor):
    """`vendor/composer/installed.json`: what Composer 1 or 2 has installed."""

    name = "installed.json"
    ecosystem = "Packagist"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether Composer keeps its record under this path."""
        return path.endswith("composer/installed.json")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the installed packages with edges and licences."""
        text = text_of(file)
        document = parse_json(f'{{"packages":{text}}}' if text.lstrip().startswith("[") else text)
        dev = {string(name) for name in items(document.get("dev-package-names"))}
        entries = items(document.get("packages"))
        return _packages(text, [(one, DEV if string(table(one).get("name")) in dev else "") for one in entries])


class ComposerJson(Extractor):
    """`composer.json`: wishes, of which only exact ones have a version."""

    name = "composer.json"
    ecosystem = "Packagist"

    def wants(self, path: str) -> bool:
        """Return whether this is a `composer.json`."""
        return posixpath.basename(path) == "composer.json"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the wishes; PHP itself and its extensions are none."""
        text = text_of(file)
        document, lines, wishes = parse_json(text), Lines(text, opener='"'), Wishes()
        for field, scope in (("require", RUNTIME), ("require-dev", DEV)):
            for name, wish in table(document.get(field)).items():
                line = lines.take(name)
                if _is_package(name):
                    exact = _EXACT.fullmatch(string(wish).strip())
                    version = exact[1] if exact else ""
                    wishes.add(name, line, version=version, constraint=string(wish), scope=scope)
        return wishes.extracted()


def _is_package(name: str) -> bool:
    """Return whether a requirement is a package: platform packages (`php`, `ext-json`) have no vendor."""
    return "/" in name


def _packages(text: str, entries: Iterable[tuple[Any, str]]) -> Extracted:
    lines = json_values(text, "name")
    read = [(table(entry), scope) for entry, scope in entries if string(table(entry).get("name"))]
    keys: dict[str, list[str]] = {}
    for entry, _ in read:
        keys.setdefault(string(entry["name"]).lower(), []).append(_key(entry))
    packages = {}
    for entry, scope in read:
        name = string(entry["name"])
        needs = (key for need in table(entry.get("require")) for key in keys.get(need.lower(), ())[:_MOST_MEANT])
        packages[_key(entry)] = Package(
            key=_key(entry),
            name=name,
            version=string(entry.get("version")),
            line=lines.take(name),
            needs=tuple(dict.fromkeys(needs)),
            scope=scope if scope == DEV else "",
            own=string(table(entry.get("dist")).get("type")) == "path",
            origin=_origin(entry),
            hashes=_hashes(table(entry.get("dist"))),
            licenses=_licenses(entry.get("license")),
            install_script=string(entry.get("type")) == "composer-plugin",
        )
    return extracted(list(packages.values()))


def _key(entry: dict[str, Any]) -> str:
    return f"{string(entry.get('name')).lower()}@{string(entry.get('version'))}"


def _origin(entry: dict[str, Any]) -> str:
    """Return where a package comes from; nothing for Packagist, which is told of each download."""
    if _PACKAGIST in string(entry.get("notification-url")):
        return ""
    source = table(entry.get("source"))
    commit = string(source.get("reference"))
    url = string(source.get("url")) or string(table(entry.get("dist")).get("url"))
    return clean_url(f"{url}#{commit}" if url and commit else url)


def _hashes(dist: dict[str, Any]) -> tuple[str, ...]:
    digest = hex_hash(string(dist.get("shasum")), "sha1")
    return (digest,) if digest else ()


def _licenses(value: Any) -> tuple[str, ...]:
    return tuple(text for one in (value if isinstance(value, list) else [value]) if (text := string(one)))
