"""What was not checked: packages that no stored advisory could speak of. Not checked is not clean."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

from secloop.model.coverage import Partial
from secloop.stages.build.advisories import commits
from secloop.stages.build.advisories.releases import component_keys, is_system
from secloop.stages.build.dependencies.hits import look
from secloop.stages.build.packages.registry import extractor_for
from secloop.stages.build.purl import ecosystem_of, qualifiers_of
from secloop.stages.build.versions.base import ECOSYSTEMS

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from secloop.model.facts import Component
    from secloop.stages.build.advisories.base import AdvisoryIndex

_SYSTEM_TYPES = ("pkg:deb/", "pkg:rpm/", "pkg:apk/", "pkg:alpm/", "pkg:opkg/")
_UNPUBLISHED = frozenset({"Amazon Linux", "CocoaPods", "Fedora", "Oracle Linux"})
"""Ecosystems whose versions can be ordered, but whose advisories OSV does not publish."""
_INVENTORIES = "packages.sbom"
_SHOWN = 3
SENSOR = "dependencies"
UNCHECKED = "not checked: "
"""How every reason given here begins."""


def gaps(
    components: Sequence[Component], index: AdvisoryIndex, judged: Container[str], *, starter: bool
) -> Iterator[Partial]:
    """Yield what was not checked, by what is missing; `judged` are the ecosystems that rules cover.

    The packages of an operating system are installed: where none of its advisories is at hand, their file counts as not
    analysed, unless it is an inventory, maybe of something else. Other files were read whole, and what is not checked
    is one gap for the tree, with a share of 1. With the starter set, which its feed's note calls thin anyway, only
    operating systems are named, and none makes a run incomplete.
    """
    known = index.ecosystems()
    of_file: Counter[str] = Counter()
    systems: Counter[tuple[str, str]] = Counter()
    languages: Counter[str] = Counter()
    for one in components:
        if not one.version:
            continue
        of_file[one.file] += 1
        ecosystem = ecosystem_of(one.purl)
        if is_system(ecosystem) or one.purl.startswith(_SYSTEM_TYPES):
            told = qualifiers_of(one.purl)
            if known.isdisjoint(component_keys(ecosystem, told)):
                release = told.get("distro", "") or "an unknown release"
                systems[one.file, f"{ecosystem or 'no known ecosystem'} ({release})"] += 1
        elif not starter and ecosystem in judged and ecosystem not in known:
            languages[ecosystem] += 1
    for (file, label), count in sorted(systems.items()):
        share = 1.0 if starter or _is_inventory(file) else 1 - count / of_file[file]
        yield Partial(file=file, reason=_reason(label, count), share=share)
    for label, count in sorted(languages.items()):
        yield Partial(reason=_reason(label, count), share=1.0)
    yield from _of_commits(components, index)


def _is_inventory(file: str) -> bool:
    reader = extractor_for(file)
    return reader is not None and _INVENTORIES in type(reader).__module__


def _reason(label: str, count: int) -> str:
    packages = f"{count} package{'s' if count > 1 else ''}"
    ecosystem = label.partition(" (")[0]
    if ecosystem in _UNPUBLISHED or ecosystem not in ECOSYSTEMS:
        return f"{UNCHECKED}{packages} of {label}, which no source of advisories is known for"
    todo = f"secloop feeds pull {shlex.quote(f'osv:{ecosystem}')}"
    return f"{UNCHECKED}{packages} of {label}, which no stored advisory is on ({todo})"


def _of_commits(components: Sequence[Component], index: AdvisoryIndex) -> Iterator[Partial]:
    """Yield the packages at commits that advisories with versions or commit ranges cannot be held against."""
    for one in components:
        if not any(commits.source_of(one)) and not commits.is_commit(one.version):
            continue
        if unknown := look(index, one).unknown:
            more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
            text = f"{UNCHECKED}{one.name} at {one.version[:12]} against {', '.join(unknown[:_SHOWN])}{more}, since"
            yield Partial(file=one.file, reason=f"{text} its history is not here", share=1.0)
