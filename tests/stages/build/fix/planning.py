"""Plans over files given as text and advisories given as (ecosystem, package, first fixed version, ...)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model import ids
from secloop.model.facts import Component
from secloop.model.fix import FixRequest
from secloop.model.report import row_of
from secloop.rules.base import RuleSet
from secloop.stages.build.advisories.base import Advisory, Interval
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.dependencies.engine import matchers_by_ecosystem
from secloop.stages.build.dependencies.match import findings
from secloop.stages.build.fix.fixer import DependencyFixer
from secloop.stages.build.packages.folder import read_folder
from stages.build.dependencies.pages import page
from stages.build.reading import source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secloop.model.fix import Proposal

RULES = matchers_by_ecosystem(RuleSet([page()]))


def advisory(
    ecosystem: str, package: str, *spans: tuple[str, str], name: str = "CVE-2020-0001", versions: tuple[str, ...] = ()
) -> Advisory:
    """Return an advisory on versions from (introduced, fixed); an empty fixed one leaves the range open."""
    intervals = tuple(Interval(low=low, high=high, end="fixed" if high else "") for low, high in spans)
    return Advisory(id=name, ecosystem=ecosystem, package=package, intervals=intervals, versions=versions)


def plan(files: Mapping[str, str], *advisories: Advisory, only: Sequence[str] = ()) -> list[Proposal]:
    """Return what is proposed for a tree; `only` are the alias groups asked about."""
    index = MemoryIndex(advisories)
    read = {path: source(path, text) for path, text in files.items()}
    folders = sorted({path.rpartition("/")[0] or "." for path in files})
    components = [one for folder in folders for one in read_folder(read, folder) if isinstance(one, Component)]
    found = ids.identify(findings(components, index, RULES))
    request = FixRequest(
        findings=tuple(row_of(one) for one in found if not only or one.ids[0] in only),
        components=tuple(components),
        files=tuple(sorted(files)),
        read=lambda path: read[path].data if path in read else None,
    )
    return list(DependencyFixer(lambda: index).proposals(request))


def applied(files: Mapping[str, str], proposals: Sequence[Proposal]) -> dict[str, str]:
    """Return the files with all edits made."""
    out = dict(files)
    edits = {(e.file, e.start, e.end, e.text) for one in proposals for e in one.fix.edits}
    for file, start, end, text in sorted(edits, reverse=True):
        out[file] = out[file][:start] + text + out[file][end:]
    return out


def run_lines(proposals: Sequence[Proposal]) -> list[str]:
    """Return the commands of proposals as lines."""
    return [command.line for one in proposals for command in one.commands]
