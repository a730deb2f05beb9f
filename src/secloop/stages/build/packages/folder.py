"""The manifests and lock files of one folder, read together: what one file leaves open, its neighbour answers.

1. Every file is read by itself; one that cannot be read costs itself only.
2. A lock takes its direct dependencies from the manifest beside it where it does not name them (`poetry.lock`, npm 1).
3. A manifest says nothing about a package that a readable lock beside it resolves: the lock is the place.
4. A reader is silent beside a readable file of a reader that it yields to.
5. A constraints file pins what a requirements file beside it leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secloop.model.coverage import Partial, Skipped
from secloop.model.enums import FileClass
from secloop.model.facts import Component
from secloop.scan.masking import mask
from secloop.stages.build.packages.base import BUILD, SCOPES, Extracted, UnreadableError
from secloop.stages.build.packages.graph import reach
from secloop.stages.build.packages.registry import extractor_for, extractor_for_head
from secloop.stages.build.purl import purl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.base import Extractor, Package
    from secloop.stages.build.packages.graph import Reach

_HEAD = 16
_STEMS = (".in", ".txt")
_MOST_STEPS = 12
"""Parents of parents that are followed."""

_SHELVED = (".pom",)
"""Ends of the names of files that are looked up."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One file as read."""

    path: str
    extractor: Extractor
    content: Extracted


def neighbours(
    members: Iterable[str], heads: Mapping[str, bytes], shelf: Mapping[str, Sequence[str]] | None = None
) -> set[str]:
    """Return the files of other folders that the readers of `members` may want, and what those want in turn.

    `heads` holds the first bytes of all files of the tree, by path; `shelf` is what `shelved` says of them.
    """
    found: set[str] = set()
    new = set(members)
    on_shelf = shelved(heads) if shelf is None else shelf
    for _ in range(_MOST_STEPS):
        asked = {path: extractor for path in new if (extractor := extractor_for(path))}
        named = {near for path, extractor in asked.items() for near in extractor.referred(path, heads[path])}
        if on_shelf:
            wanted = {name for path, extractor in asked.items() for name in extractor.looks_up(path, heads[path])}
            named.update(path for name in wanted for path in on_shelf.get(name, ()))
        new = (named & heads.keys()) - found
        if not new:
            break
        found |= new
    return found


def shelved(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the files that readers look up by name wherever they stand, by that name."""
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.endswith(_SHELVED) and (extractor := extractor_for(path)) and (name := extractor.shelf(path)):
            found.setdefault(name, []).append(path)
    return found


def read_folder(files: Mapping[str, SourceFile], folder: str = "") -> Iterator[Observation]:
    """Yield the components of a folder's files (paths relative to the root), and a gap for what could not be read.

    With `folder` (`.` for the root, or one of the files), others are only looked at by readers that refer to them.
    """
    read: list[_Read] = []
    for path in sorted(files):
        if folder and folder not in {path, path.rpartition("/")[0] or "."}:
            continue
        if extractor := extractor_for(path) or extractor_for_head(files[path].data[:_HEAD]):
            try:
                content = extractor.extract_beside(files[path], files)
            except UnreadableError as error:
                yield Skipped(outcome=FileClass.FAILED, reason=mask(error.what), file=path)
                continue
            read.append(_Read(path, extractor, content))
            if content.problems:
                yield _partial(path, content)
    present = {one.extractor.name for one in read}
    for one in read:
        if not present.intersection(one.extractor.yields_to):
            yield from _components(one, read)


def _partial(path: str, content: Extracted) -> Partial:
    first, more = content.problems[0], len(content.problems) - 1
    reason = mask(f"line {first.line}: {first.reason}") + (f" (and {more} more)" if more else "")
    return Partial(reason=reason, share=content.share, file=path)


def _components(one: _Read, read: list[_Read]) -> Iterator[Component]:
    """Yield one component per purl of a file, where several places install it: the strongest of them."""
    content = _constrained(one, read)
    reached = reach(content.packages, _roots(one, read))
    hidden = _resolved_elsewhere(one, read)
    purls = {package.key: _purl(one, package) for package in content.packages if not package.own}
    chosen: dict[str, tuple[Package, Reach]] = {}
    needs: dict[str, list[str]] = {}
    for package in content.packages:
        if package.own or package.name in hidden:
            continue
        own, how = purls[package.key], reached[package.key]
        needs.setdefault(own, []).extend(package.needs)
        if own not in chosen or _strength(how) < _strength(chosen[own][1]):
            chosen[own] = (package, how)
    for own, (package, how) in chosen.items():
        yield Component(
            name=package.name,
            version=package.version,
            purl=purls[package.key],
            file=one.path,
            line=package.line,
            direct=how.direct,
            scope=how.scope,
            via=how.via,
            needs=tuple(dict.fromkeys(purls[need] for need in needs[own] if need in purls)),
            constraint=package.constraint,
            origin=package.origin,
            hashes=package.hashes,
            licenses=package.licenses,
            install_script=package.install_script,
        )


def _purl(one: _Read, package: Package) -> str:
    if package.purl:
        return package.purl
    return purl(package.ecosystem or one.extractor.ecosystem, package.name, package.version, package.qualifiers)


def _strength(how: Reach) -> tuple[bool, int, int]:
    """Return what orders the ways to reach a package: direct first, then by scope, then by the length of the path."""
    return (not how.direct, SCOPES.index(how.scope), len(how.via))


def _roots(one: _Read, read: list[_Read]) -> Mapping[str, str] | None:
    """Return the roots of a file; those of a lock that names none come from the manifest beside it."""
    if one.content.roots is not None or not one.extractor.lock:
        return one.content.roots
    wishes: dict[str, str] = {}
    for package in _wishes(one.extractor.ecosystem, read):
        wishes.setdefault(package.name, package.scope)
    if not wishes:
        return None
    # In an npm 1 lock the direct dependency is the one installed at the top, the first of its name in the document.
    roots: dict[str, str] = {}
    named: set[str] = set()
    for package in one.content.packages:
        if package.name in wishes and package.name not in named:
            named.add(package.name)
            roots[package.key] = wishes[package.name]
    return roots


def _wishes(ecosystem: str, read: Iterable[_Read]) -> Iterator[Package]:
    for other in read:
        if other.extractor.ecosystem == ecosystem and not other.extractor.lock and not other.content.pinned_by:
            yield from (package for package in other.content.packages if package.scope != BUILD)


def _resolved_elsewhere(one: _Read, read: list[_Read]) -> set[str]:
    """Return the names that a better file of the folder resolves: a lock, or pip-compile's output of a `.in` file."""
    if one.extractor.lock:
        return set()
    better = [o for o in read if o.extractor.ecosystem == one.extractor.ecosystem and _is_better(o, one)]
    return {package.name for other in better for package in other.content.packages}


def _is_better(other: _Read, one: _Read) -> bool:
    if one.extractor.name == "requirements.txt":
        source, compiled = _STEMS
        return one.path.endswith(source) and other.path == one.path.removesuffix(source) + compiled
    return other.extractor.lock


def _constrained(one: _Read, read: list[_Read]) -> Extracted:
    """Return the content of a requirements file with the pins of the constraints files beside it."""
    if one.extractor.name != "requirements.txt":
        return one.content
    pins: dict[str, str] = {}
    for other in read:
        pins.update(other.content.pinned_by)
    if not pins:
        return one.content
    packages = tuple(p if p.version else replace(p, version=pins.get(p.name, "")) for p in one.content.packages)
    return replace(one.content, packages=packages)
