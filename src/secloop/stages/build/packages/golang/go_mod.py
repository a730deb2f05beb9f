"""`go.mod` (https://go.dev/ref/mod#go-mod-file): requirements, replacements, and Go itself as the package `stdlib`."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
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
from secloop.stages.build.packages.golang.go_sum import modules_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile

STDLIB = "stdlib"
"""The name under which the Go vulnerability database keeps Go's standard library."""

# An unclosed quote takes the rest of its line, so that a line is read once whatever it holds.
_WORDS = lazy(r"\"(?:[^\"\\]++|\\.)*+\"?|`[^`]*+`?|//.*|=>|[()]|[^\s()\"`]+")
_VERSION = lazy(r"v\d+\.\d+\.\d+\S*")
_GO = lazy(r"(?:go)?(\d+\.\d+(?:\.\d+)?(?:(?:rc|beta)\d+)?)")
_WHOLE_LIST = (1, 17)
_LEVELS = 6  # folders between a workspace and its modules
_DIRECTIVES = {
    "module",
    "go",
    "toolchain",
    "require",
    "exclude",
    "replace",
    "retract",
    "tool",
    "godebug",
    "ignore",
    "use",
}


@dataclass(slots=True)
class _Module:
    """The directives of one file, with lines."""

    requires: list[tuple[int, str, str, bool]] = field(default_factory=list)  # line, path, version, direct
    replaces: list[tuple[int, str, str, str, str]] = field(default_factory=list)  # line, old, its version, new, version
    go: tuple[int, str] | None = None
    toolchain: tuple[int, str] | None = None
    paths: dict[str, list[str]] = field(default_factory=dict)  # of `module`, and the folders of `use` in a `go.work`
    known: int = 0


class GoMod(Extractor):
    """`go.mod`. Since Go 1.17 it names the whole build list; before, the rest of it stands in `go.sum`."""

    name = "go.mod"
    ecosystem = "Go"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a `go.mod`."""
        return path.rpartition("/")[2] == "go.mod"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the required modules after replacement; the standard library at the version the file asks for."""
        return self.extract_beside(file, {})

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return where the `go.work` of a workspace may be: in this folder and those above."""
        folder, found = posixpath.dirname(path), []
        for _ in range(_LEVELS):
            found.append(posixpath.join(folder, "go.work"))
            if not folder:
                break
            folder = posixpath.dirname(folder)
        return tuple(found)

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the modules as a workspace changes them; those of an old module's `go.sum` are transitive ones."""
        module, problems = _parse(text_of(file))
        if not module.known and problems:
            raise UnreadableError(f"not a go.mod file: {problems[0].reason}", problems[0].line)
        own = _join_workspace(module, file.path, near)
        packages = [package for package in (_stdlib(module), *_required(module, own)) if package]
        beside = near.get(file.path.removesuffix("go.mod") + "go.sum")
        if beside is not None and _is_old(module):
            known = {package.name for package in packages}
            packages += [
                Package(key=f"{name}@{version}", name=name, version=version, line=1, direct=False, scope=RUNTIME)
                for name, (version, _, built) in modules_of(text_of(beside))[0].items()
                if built and name not in known
            ]
        kept, problems_out = bounded(packages, problems)
        return Extracted(packages=kept, problems=problems_out)


class GoWork(Extractor):
    """`go.work` (https://go.dev/ref/mod#workspaces): at hand for the modules that it uses, no package by itself."""

    name = "go.work"
    ecosystem = "Go"

    def wants(self, path: str) -> bool:
        """Return whether this is a `go.work`."""
        return posixpath.basename(path) == "go.work"

    def referred(self, path: str, head: bytes) -> tuple[str, ...]:
        """Return the `go.mod` of the modules that it uses."""
        return _members(path, _parse(head.decode("utf-8", "replace"))[0])

    def extract(self, file: SourceFile) -> Extracted:
        """Return nothing but what could not be read. Raises: UnreadableError."""
        work, problems = _parse(text_of(file))
        if not work.known and problems:
            raise UnreadableError(f"not a go.work file: {problems[0].reason}", problems[0].line)
        return Extracted(problems=bounded([], problems)[1])


def _members(path: str, work: _Module) -> tuple[str, ...]:
    folder = posixpath.dirname(path)
    return tuple(posixpath.normpath(posixpath.join(folder, use, "go.mod")) for use in work.paths.get("use", ()))


def _join_workspace(module: _Module, path: str, near: Mapping[str, SourceFile]) -> frozenset[str]:
    """Add the replacements of the nearest `go.work` that uses the module at `path`; return the modules of its tree."""
    for place in GoMod().neighbours(path):
        work = _parse(text_of(near[place]))[0] if place in near else None
        members = _members(place, work) if work else ()
        if work and path in members:
            # The later wins; its line is of another file.
            module.replaces += [(0, old, only, new, version) for _, old, only, new, version in work.replaces]
            used = [_parse(text_of(near[one]))[0] for one in members if one in near]
            return frozenset(path for one in used for path in one.paths.get("module", ()))
    return frozenset()


def _is_old(module: _Module) -> bool:
    """Return whether a module is of the time before Go 1.17; one without a `go` line is."""
    return module.go is None or tuple(int(part) for part in re.findall(r"\d+", module.go[1])[:2]) < _WHOLE_LIST


def _parse(text: str) -> tuple[_Module, list[Problem]]:
    module, problems, block, opened = _Module(), [], "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        words = _WORDS.findall(raw)
        comment = words.pop() if words and words[-1].startswith("//") else ""
        if not words:
            continue
        if block and words == [")"]:
            block = ""
            continue
        directive, rest = (block, words) if block else (words[0], words[1:])
        if not block and directive in _DIRECTIVES and rest == ["("]:
            block, opened = directive, number
            continue
        if not _directive(module, number, directive, [word.strip('"`') for word in rest], comment):
            problems.append(Problem(line=number, reason="not a line that go.mod knows"))
        else:
            module.known += 1
    if block:
        problems.append(Problem(line=opened, reason=f"the block of {block} never ends"))
    return module, problems


def _directive(module: _Module, number: int, name: str, words: list[str], comment: str) -> bool:
    """Add one directive to `module`; return whether it could be read."""
    match name, words:
        case "module" | "use", [path]:
            module.paths.setdefault(name, []).append(path)
        case "require", [path, version]:
            module.requires.append((number, path, version, "indirect" not in comment))
            return _VERSION.fullmatch(version) is not None
        case "replace", [old, "=>", new]:
            module.replaces.append((number, old, "", new, ""))
        case "replace", [old, "=>", new, version]:
            module.replaces.append((number, old, "", new, version))
        case "replace", [old, only, "=>", new]:
            module.replaces.append((number, old, only, new, ""))
        case "replace", [old, only, "=>", new, version]:
            module.replaces.append((number, old, only, new, version))
        case "go", [version] if found := _GO.match(version):
            module.go = (number, found[1])
        case "toolchain", ["default" | "local"]:
            return True
        case "toolchain", [version] if found := _GO.match(version):
            module.toolchain = (number, found[1])
        case _:
            return name in _DIRECTIVES - {"require", "replace", "go", "toolchain"}
    return True


def _required(module: _Module, own_modules: frozenset[str]) -> list[Package]:
    """Return the requirements with replacements applied; what a local folder replaces is the project's own code."""
    replaces = {(old, only): (line, new, version) for line, old, only, new, version in module.replaces}
    out = []
    for line, path, version, direct in module.requires:
        if not _VERSION.fullmatch(version):
            continue
        replaced = replaces.get((path, version)) or replaces.get((path, ""))
        own = path in own_modules
        if replaced and not own:
            line, path, version = (replaced[0] or line, *replaced[1:])  # noqa: PLW2901 - the version in force is there
            own = path.startswith((".", "/")) or not version
        out.append(
            Package(
                key=f"{path}@{version}", name=path, version=version, line=line, direct=direct, scope=RUNTIME, own=own
            )
        )
    return list({package.key: package for package in reversed(out)}.values())[::-1]


def _stdlib(module: _Module) -> Package | None:
    """Return Go itself: the toolchain that is asked for, else the minimum version of the `go` line."""
    asked = module.toolchain or module.go
    if asked is None:
        return None
    return Package(key=STDLIB, name=STDLIB, version=asked[1], line=asked[0], direct=True, scope=RUNTIME)
