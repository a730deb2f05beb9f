"""Conda packages named by address: explicit lists (`conda list --explicit`) and `pixi.lock`."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.regex import lazy
from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import (
    MAX_PACKAGES,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.yaml import YamlList, parse_yaml
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_MARK = "@EXPLICIT"
_NAMES = lazy(r"(?:.*conda.*|.*explicit.*|spec-file.*|spec-list.*|.*(?:linux|osx|win)-[a-z0-9_]+.*)\.(?:lock|txt)")
_FILE = lazy(r"([A-Za-z0-9_][A-Za-z0-9_.-]*)-([^-/]+)-([^-/]+)\.(?:conda|tar\.bz2)")
_PLATFORM = lazy(r"/(?:noarch|(?:linux|osx|win|emscripten|wasi)-[a-z0-9]+)(?:/[^/]*)?$")
_NEED = lazy(r"\s*([A-Za-z0-9_.-]+)")
_WHEEL = lazy(r"([A-Za-z0-9._]+)-([0-9][A-Za-z0-9._!+]*)(?:-[^/]+\.whl|\.tar\.gz|\.zip)")


class Address(NamedTuple):
    """What the address of a Conda package tells."""

    name: str
    version: str
    channel: str


class ExplicitList(Extractor):
    """A list of addresses after `@EXPLICIT`, each with its hash: nothing is left to a solver."""

    name = "conda explicit list"
    ecosystem = "Conda"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether such lists are called like this."""
        name = posixpath.basename(path.lower())
        return _NAMES.fullmatch(name) is not None and "requirement" not in name

    def likely(self, head: bytes) -> bool:
        """Return whether the mark stands in the first lines."""
        return _MARK.encode() in head

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages. Raises: UnreadableError without the mark."""
        text = text_of(file)
        if _MARK not in text:
            raise UnreadableError(f"not an explicit list: it has no {_MARK}", 1)
        packages: list[Package] = []
        problems: list[Problem] = []
        for number, line in enumerate(text.splitlines(), 1):
            url, _, digest = line.strip().partition("#")
            if not url or url == _MARK or len(packages) > MAX_PACKAGES:
                continue
            if told := read_address(url):
                found = hex_hash(digest)
                packages.append(_package(told, number, hashes=(found,) if found else ()))
            else:
                problems.append(Problem(line=number, reason="not the address of a Conda package"))
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out)


class PixiLock(Extractor):
    """`pixi.lock` (versions 4 to 6): Conda's and PyPI's packages of every platform."""

    name = "pixi.lock"
    ecosystem = "Conda"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `pixi.lock`."""
        return posixpath.basename(path) == "pixi.lock"

    def extract(self, file: SourceFile) -> Extracted:
        """Return one package per name and version with its edges. Raises: UnreadableError."""
        listed = parse_yaml(text_of(file)).get("packages")
        if not isinstance(listed, YamlList):
            raise UnreadableError("not a lock file: it has no list of packages", 1)
        packages: dict[str, Package] = {}
        wanted: dict[str, list[str]] = {}
        problems: list[Problem] = []
        for entry, line in zip(listed, listed.lines, strict=True):
            fields = table(entry)
            package = _pypi(fields, line) if _is_pypi(fields) else _conda(fields, line)
            if package is None:
                problems.append(Problem(line=line, reason="a package without a name or a version"))
                continue
            packages.setdefault(package.key, package)
            needs = [found[1] for need in _needs(fields) if (found := _NEED.match(need))]
            wanted.setdefault(package.key, []).extend(needs)
        kept, problems_out = bounded(_linked(packages, wanted), problems)
        return Extracted(packages=kept, problems=problems_out)


def read_address(url: str) -> Address | None:
    """Return the parts of `CHANNEL/PLATFORM/NAME-VERSION-BUILD.conda`, None for what is none."""
    head, _, name = clean_url(url).rpartition("/")
    found = _FILE.fullmatch(name)
    if found is None:
        return None
    channel = _PLATFORM.sub("", head)
    return Address(found[1], found[2], "" if channel.startswith("https://repo.anaconda.com/pkgs/") else channel)


def _package(told: Address, line: int, *, hashes: tuple[str, ...] = (), license_: str = "") -> Package:
    return Package(
        key=f"conda:{told.name}@{told.version}",
        name=told.name,
        version=told.version,
        line=line,
        origin=told.channel,
        hashes=hashes,
        licenses=(license_,) if license_ else (),
    )


def _is_pypi(fields: dict[str, Any]) -> bool:
    return "pypi" in fields or string(fields.get("kind")) == "pypi"


def _conda(fields: dict[str, Any], line: int) -> Package | None:
    told = read_address(string(fields.get("conda")) or string(fields.get("url")))
    return _package(told, line, hashes=_hashes(fields), license_=string(fields.get("license"))) if told else None


def _pypi(fields: dict[str, Any], line: int) -> Package | None:
    url = string(fields.get("pypi")) or string(fields.get("url"))
    wheel = _WHEEL.search(url.rpartition("/")[2])
    name = string(fields.get("name")) or (wheel[1] if wheel else "")
    version = string(fields.get("version")) or (wheel[2] if wheel else "")
    name = package_name("PyPI", name)
    if not name:
        return None
    return Package(
        key=f"pypi:{name}@{version}",
        name=name,
        version=version,
        line=line,
        ecosystem="PyPI",
        own="://" not in url,
        hashes=_hashes(fields),
    )


def _hashes(fields: dict[str, Any]) -> tuple[str, ...]:
    found = (hex_hash(string(fields.get(name)), name) for name in ("sha256", "md5"))
    return tuple(digest for digest in found if digest)


def _needs(fields: dict[str, Any]) -> list[str]:
    """Return what an entry needs, without what only an extra asks for."""
    told = [*items(fields.get("depends")), *items(fields.get("requires_dist"))]
    return [need for need in map(string, told) if "extra ==" not in need and "extra==" not in need]


def _linked(packages: dict[str, Package], wanted: dict[str, list[str]]) -> list[Package]:
    """Return the packages with their edges; a Conda package of the name goes before PyPI's."""
    by_name: dict[str, str] = {}
    for key, package in sorted(packages.items()):
        by_name.setdefault(package_name("PyPI", package.name), key)
    out = []
    for key, package in packages.items():
        found = (by_name.get(package_name("PyPI", need), "") for need in wanted[key])
        out.append(replace(package, needs=tuple(dict.fromkeys(need for need in found if need and need != key))))
    return out
