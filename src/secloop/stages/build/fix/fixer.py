"""From findings in dependencies to proposals: for each package and place, the version and the way it gets there.

1. One case per (file, package version) that has findings, with what its file declares of it.
2. The version, by the advisory index (`choice`).
3. The way, by the kind of the file: a manifest is edited; a lock file follows its tool's command, after an edit of the
   manifest where that does not admit the version; what others bring in moves inside their ranges, else by an override.
4. Overrides of one manifest become one edit; cases that share a text (a property) move together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.enums import Kind
from secloop.stages.build.advisories.releases import component_keys, is_system
from secloop.stages.build.fix import advice, ways
from secloop.stages.build.fix.case import Case
from secloop.stages.build.fix.joining import joined
from secloop.stages.build.fix.tree import Tree
from secloop.stages.build.purl import ecosystem_of, package_name, qualifiers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.model.fix import FixRequest, Proposal
    from secloop.model.report import FindingRow
    from secloop.stages.build.advisories.base import AdvisoryIndex

_MALICIOUS = "malicious-package"


class DependencyFixer:
    """Proposes upgrades of vulnerable packages, and what to do about malicious ones."""

    sensors = ("dependencies", "supply")

    def __init__(self, index: Callable[[], AdvisoryIndex]) -> None:
        """Hold what opens the index that versions are chosen by."""
        self._index = index

    def wants(self, finding: FindingRow) -> bool:
        """Return whether a finding is about a vulnerable or malicious package in a file."""
        wanted = finding.kind is Kind.VULNERABILITY or _is_malicious(finding)
        return wanted and bool(finding.file and finding.purl)

    def proposals(self, request: FixRequest) -> Iterator[Proposal]:
        """Yield a proposal for each package and place that has findings, in the order of the findings."""
        tree = Tree(request)
        wanted = [row for row in request.findings if self.wants(row)]
        cases = [case for case in _cases(wanted, tree) if case]
        index = self._index()
        drafts = [ways.draft(case, tree, index) for case in cases if not case.malicious]
        yield from (advice.malicious(case) for case in cases if case.malicious)
        yield from joined(drafts, tree, index)


def _cases(findings: Sequence[FindingRow], tree: Tree) -> Iterator[Case | None]:
    """Yield one case per file and package version."""
    rows: dict[tuple[str, str], list[FindingRow]] = {}
    for row in findings:
        rows.setdefault((row.file or "", row.purl or ""), []).append(row)
    for (file, purl), own in rows.items():
        yield _case(file, purl, tuple(own), tree)


def _case(file: str, purl: str, rows: tuple[FindingRow, ...], tree: Tree) -> Case | None:
    component = tree.component(file, purl)
    if component is None:
        return None
    ecosystem = ecosystem_of(purl)
    keys = component_keys(ecosystem, qualifiers_of(purl))
    return Case(
        component=component,
        ecosystem=keys[0] if keys else ecosystem,
        name=package_name(ecosystem, component.name),
        rows=rows,
        system=is_system(ecosystem),
        malicious=any(_is_malicious(row) for row in rows),
    )


def _is_malicious(row: FindingRow) -> bool:
    return row.kind is Kind.SUPPLY_CHAIN and row.rule.partition(".")[0] == _MALICIOUS
