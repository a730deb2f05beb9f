"""From verdicts to findings: `reachable` and the path that shows it go into the evidence of a vulnerability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.model.places import PackagePin
from secloop.stages.build.advisories.symbols import Symbols, joined
from secloop.stages.build.packages.registry import extractor_for
from secloop.stages.build.purl import ecosystem_of, package_name
from secloop.stages.build.reach.files import LANGUAGES
from secloop.stages.build.reach.judge import UNKNOWN, Judge, Verdict
from secloop.stages.build.reach.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.model.facts import Component, Imports
    from secloop.model.finding import Finding
    from secloop.stages.build.advisories.base import AdvisoryIndex

LEVEL, PATH = "reachable", "reachable_path"
"""The keys of the evidence; absent where nothing is claimed."""

_INVENTORIES = "packages.sbom"


def with_reach(
    found: Iterable[Finding],
    components: Sequence[Component],
    imports: Iterable[Imports],
    index: AdvisoryIndex,
    root: str,
) -> Iterator[Finding]:
    """Yield the findings, those on packages of a language that is read with what is known of their use.

    `components` and `imports` are all of the tree below `root`, whose files are read again where a verdict needs them.
    """
    findings = list(found)
    judged = {key for one in findings if (key := _key(one)) is not None}
    if not judged:
        yield from findings
        return
    judge = judge_of(components, imports, root)
    by_key = {(one.file, one.purl): one for one in components}
    asked = [by_key[key] for key in sorted(judged) if key in by_key]
    verdicts = judge.verdicts(asked)
    for one in findings:
        key = _key(one)
        if key is None or key not in verdicts:
            yield one
            continue
        symbols = _symbols(one, by_key[key], index)
        yield _told(one, judge.with_symbols(by_key[key], dict(symbols), verdicts[key]))


def judge_of(components: Iterable[Component], imports: Iterable[Imports], root: str) -> Judge:
    """Return the judge of a tree; components of inventories of other software are left out."""
    return Judge([one for one in components if not _is_inventory(one.file)], imports, Sources(root))


def _key(finding: Finding) -> tuple[str, str] | None:
    """Return the file and purl of a finding on a package of a language whose imports are read."""
    place = finding.place
    if isinstance(place, PackagePin) and ecosystem_of(place.purl) in LANGUAGES:
        return place.file, place.purl
    return None


def _is_inventory(file: str) -> bool:
    """Return whether a file is the inventory of other software, which this project's programs say nothing of."""
    reader = extractor_for(file)
    return reader is not None and _INVENTORIES in type(reader).__module__


def _symbols(finding: Finding, component: Component, index: AdvisoryIndex) -> Symbols:
    """Return the functions that the advisories of a finding name."""
    ecosystem = ecosystem_of(component.purl)
    out: Symbols = ()
    for group in index.groups(ecosystem, package_name(ecosystem, component.name)):
        if group.ids == finding.ids:
            for advisory in group.advisories:
                out = joined(out, advisory.symbols) if out else advisory.symbols
    return out


def _told(finding: Finding, verdict: Verdict) -> Finding:
    if verdict == UNKNOWN:
        return finding
    told = {LEVEL: verdict.level, PATH: verdict.path}
    return msgspec.structs.replace(finding, evidence=dict(sorted({**finding.evidence, **told}.items())))
