"""Conda: `environment.yml`, `conda-lock.yml`, and what is installed (`conda-meta/*.json`)."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import (
    DEV,
    RUNTIME,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    group_scope,
    text_of,
)
from secloop.stages.build.packages.json import Lines, parse_json
from secloop.stages.build.packages.origin import clean_url, hex_hash
from secloop.stages.build.packages.python.pep508 import read as read_requirement
from secloop.stages.build.packages.python.pep508 import wish_text
from secloop.stages.build.packages.yaml import YamlList, YamlTable, parse_yaml
from secloop.stages.build.purl import package_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile

_ENVIRONMENTS = ("environment*.yml", "environment*.yaml", "*environment.yml", "*environment.yaml", "conda.y*ml")
# A match specification: name, then a version wish, then `=build` (conda's documentation, "Package match specification")
_SPEC = lazy(r"(?:[^:\s\[]+::)?([A-Za-z0-9_.-]+)\s*+([^\[]*)")
_LONGEST_SPEC = 1000
_EXACT = lazy(r"\s*(?:==?\s*)?(\d[A-Za-z0-9._+!-]*?)(?:\s*=\s*[A-Za-z0-9_.*+-]+|\s+[A-Za-z0-9_]+)?\s*")

_SERIES = lazy(r"=\s*\d+(?:\.\d+)?")
"""`python=3.11` is any 3.11; a longer version with one `=` is what `conda env export` writes of an installed one."""


class CondaEnvironment(Extractor):
    """`environment.yml` (https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html)."""

    name = "environment.yml"
    ecosystem = "Conda"

    def wants(self, path: str) -> bool:
        """Return whether conda users call such a file an environment."""
        name = posixpath.basename(path)
        return any(fnmatchcase(name, pattern) for pattern in _ENVIRONMENTS)

    def extract(self, file: SourceFile) -> Extracted:
        """Return Conda packages and those of the `pip:` list; nothing of a file without a list of dependencies."""
        document = parse_yaml(text_of(file))
        entries = document.get("dependencies")
        if not isinstance(entries, YamlList):
            return Extracted()
        scope = group_scope(posixpath.basename(file.path).rpartition(".")[0].replace("environment", "")) or RUNTIME
        packages: list[Package] = []
        problems: list[Problem] = []
        for entry, line in zip(entries, entries.lines, strict=True):
            if isinstance(entry, YamlTable):
                _pip(entry.get("pip"), scope, packages, problems)
            elif package := _spec(string(entry), line, scope):
                packages.append(package)
            else:
                problems.append(Problem(line=line, reason="not a package match specification"))
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out)


class CondaLock(Extractor):
    """`conda-lock.yml`, version 1: every platform's packages, Conda's and pip's."""

    name = "conda-lock.yml"
    ecosystem = "Conda"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a lock file of conda-lock."""
        return fnmatchcase(posixpath.basename(path), "*conda-lock.y*ml")

    def extract(self, file: SourceFile) -> Extracted:
        """Return one package per name and version with its edges."""
        document = parse_yaml(text_of(file))
        entries = document.get("package")
        if not isinstance(entries, YamlList):
            raise UnreadableError("not a lock file: it has no list of packages", 1)
        read = {_key(entry): (entry, line) for entry, line in zip(entries, entries.lines, strict=True)}
        keys = {key.partition("@")[0]: key for key in read}
        packages = [_locked(entry, line, keys) for entry, line in read.values() if string(table(entry).get("name"))]
        kept, problems = bounded(packages, [])
        return Extracted(packages=kept, problems=problems)


class CondaMeta(Extractor):
    """`conda-meta/<name>-<version>-<build>.json`: one installed package."""

    name = "conda-meta"
    ecosystem = "Conda"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether conda keeps a package's record under this path."""
        return path.endswith(".json") and posixpath.basename(posixpath.dirname(path)) == "conda-meta"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package. Raises: UnreadableError for a record without a name or a version."""
        text = text_of(file)
        document = parse_json(text)
        name, version = string(document.get("name")), string(document.get("version"))
        if not name or not version:
            raise UnreadableError("a record without a name or a version", 1)
        package = Package(
            key=name,
            name=name,
            version=version,
            line=Lines(text, opener='"').take("name"),
            origin=_channel(string(document.get("channel"))),
            hashes=_hashes(document),
            licenses=(string(document.get("license")),) if string(document.get("license")) else (),
        )
        return Extracted(packages=(package,))


def _spec(text: str, line: int, scope: str) -> Package | None:
    found = _SPEC.fullmatch(text.partition("#")[0].strip())
    if found is None or len(text) > _LONGEST_SPEC:
        return None
    wish = found[2].strip()
    exact = _EXACT.fullmatch(wish)
    pinned = exact[1] if exact and "*" not in wish.split("=")[-1] and not _SERIES.fullmatch(wish) else ""
    return Package(
        key=f"{found[1]}:{line}",
        name=found[1],
        version=pinned,
        line=line,
        direct=True,
        scope=scope,
        constraint="" if pinned else wish,
    )


def _pip(entries: Any, scope: str, packages: list[Package], problems: list[Problem]) -> None:
    """Add the requirements of a `pip:` list; options and files (`-r other.txt`) are none."""
    if not isinstance(entries, YamlList):
        return
    for entry, line in zip(entries, entries.lines, strict=True):
        text = string(entry).partition(" #")[0].strip()
        if text.startswith(("-", ".", "/")) or not text or "://" in text.partition("@")[0]:
            continue
        try:
            wish = read_requirement(text)
        except ValueError as error:
            problems.append(Problem(line=line, reason=f"not a requirement: {error}"))
            continue
        name = package_name("PyPI", wish.name)
        packages.append(
            Package(
                key=f"pip:{name}:{line}",
                name=name,
                version=wish.version,
                line=line,
                direct=True,
                scope=scope,
                ecosystem="PyPI",
                constraint=wish_text(text, wish),
            ),
        )


def _key(entry: Any) -> str:
    fields = table(entry)
    return f"{string(fields.get('manager'))}:{string(fields.get('name'))}@{string(fields.get('version'))}"


def _locked(entry: Any, line: int, keys: Mapping[str, str]) -> Package:
    fields = table(entry)
    manager, name = string(fields.get("manager")), string(fields.get("name"))
    needs = (
        keys.get(f"{manager}:{need}") or keys.get(f"conda:{need}") or "" for need in table(fields.get("dependencies"))
    )
    category = string(fields.get("category"))
    return Package(
        key=_key(entry),
        name=package_name("PyPI", name) if manager == "pip" else name,
        version=string(fields.get("version")),
        line=line,
        needs=tuple(need for need in needs if need),
        scope=RUNTIME if category in {"", "main"} else group_scope(category) or DEV,
        ecosystem="PyPI" if manager == "pip" else "",
        origin="" if manager == "pip" else _channel(string(fields.get("url"))),
        hashes=_hashes(table(fields.get("hash"))),
    )


def _hashes(fields: Mapping[str, Any]) -> tuple[str, ...]:
    found = (hex_hash(string(fields.get(name)), name) for name in ("sha256", "md5"))
    return tuple(digest for digest in found if digest)


def _channel(url: str) -> str:
    """Return the channel of an address, without platform and file; empty for the default channel's own."""
    clean = clean_url(url)
    head = re.sub(r"/(?:noarch|linux-[a-z0-9]+|osx-[a-z0-9]+|win-[a-z0-9]+)(?:/[^/]*)?$", "", clean)
    return "" if head.startswith("https://repo.anaconda.com/pkgs/") else head


READERS: tuple[Extractor, ...] = (CondaLock(), CondaEnvironment(), CondaMeta())
"""In the order in which they are asked."""
