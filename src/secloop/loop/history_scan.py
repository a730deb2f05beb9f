"""The flow of `secloop code history`: what was ever committed, decided and reported like a scan.

A history is a target of its own: it is remembered under the ref `history/<branch>` (`history` for all refs), so that a
scan of files closes nothing of it, and it nothing of theirs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from secloop.loop import comparison, inputs
from secloop.loop.clock import today
from secloop.loop.pipeline import Options, Outcome, run_flow
from secloop.model.config import seconds, size_bytes
from secloop.model.coverage import FileCounts
from secloop.model.enums import FileClass, Kind, Stage
from secloop.model.errors import UsageError
from secloop.model.places import place_file, place_line
from secloop.model.run import SensorRun
from secloop.policy.admit import Admitted
from secloop.scan.collect import ScanResult, ScanStats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.loop.memory import Memory
    from secloop.loop.project import Project
    from secloop.model.finding import Finding, Suppression
    from secloop.model.policy import Exception_
    from secloop.model.report import FindingRow
    from secloop.policy.baseline import Baseline
    from secloop.rules.base import RuleSet
    from secloop.scan.git import Git
    from secloop.stages.code.history.base import HistoryResult, Sighting

COMMAND = "code history"
SENSOR = "secrets"

_Key = tuple[str, tuple[str, ...], str]
"""Rule, identity and path."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which commits: those that `revisions` (arguments of git log) name; `ref` is what the run stands for."""

    revisions: tuple[str, ...]
    ref: str
    range: str = ""


def span_of(git: Git, *, branch: str = "", range_: str = "", all_refs: bool = False) -> Span:
    """Return the commits that the flags name; without any, HEAD's history. Raises: UsageError."""
    if sum(map(bool, (branch, range_, all_refs))) > 1:
        raise UsageError("--branch, --range and --all-refs exclude each other", "Name one of them")
    if all_refs:
        return Span(revisions=("--all",), ref="history")
    if range_:
        return Span(revisions=_range(git, range_), ref=f"history/{git.branch() or git.head()}", range=range_)
    if branch:
        return Span(revisions=(git.resolve(branch),), ref=f"history/{branch}")
    head = git.head()
    return Span(revisions=(head,) if head else (), ref=f"history/{git.branch() or head}")


def _range(git: Git, text: str) -> tuple[str, ...]:
    """Return A..B as revisions; an empty side is HEAD, an A of zeros (a new branch) is all that no ref has yet."""
    old, dots, new = text.partition("..")
    if not dots or new.startswith("."):
        raise UsageError(f"--range {text!r} is not A..B", "Write two commits, branches or tags with two dots")
    tip = git.resolve(new or "HEAD")
    if old and not old.strip("0"):
        return (tip, "--not", "--all")
    return (tip, f"^{git.resolve(old or 'HEAD')}")


def run_history(
    project: Project, options: Options, *, branch: str = "", range_: str = "", all_refs: bool = False
) -> Outcome:
    """Scan the history that the flags (see `span_of`) name; return the outcome. Raises: SecloopError."""
    if project.git is None:
        raise UsageError(f"{project.root} is not in a git repository", "secloop code secrets looks at plain files")
    span = span_of(project.git, branch=branch, range_=range_, all_refs=all_refs)
    target = replace(project, ref=span.ref, dirty=False)
    options = replace(options, command=COMMAND, since=span.range)
    return run_flow(target, options, HistoryFlow(target, options, project.git, span))


class HistoryFlow:
    """What of the pipeline differs for history. Single use."""

    def __init__(self, project: Project, options: Options, git: Git, span: Span) -> None:
        """Bind what is looked at."""
        self._project = project
        self._options = options
        self._git = git
        self._span = span
        self._comments: dict[_Key, tuple[Suppression, ...]] = {}

    def gather(self) -> inputs.Inputs:
        """Return the rules, the secrets sensor and the settings. Raises: UsageError."""
        return inputs.only(self._project, SENSOR)

    def look(self, used: inputs.Inputs, notes: list[str]) -> ScanResult:
        """Scan the history. Raises: GitError, UsageError."""
        from secloop.stages.code.history.base import NAME
        from secloop.stages.code.history.look import Look
        from secloop.stages.code.history.memory import open_memory
        from secloop.stages.code.history.scan import HistoryScan

        sensor, config = used.sensors[0], self._project.config.scan
        digest = sensor.configure(used.settings, used.rules)
        look = Look(sensor, max_bytes=size_bytes(config.max_file_size), seconds=seconds(config.file_timeout))
        salt = f"{inputs.version()} {sensor.info.version} {digest} {config.max_file_size}".encode()
        memory = open_memory(salt, self._git.toplevel, notes, cached=not self._options.no_cache)
        try:
            scan = HistoryScan(self._git, look, memory, self._options.progress)
            found = scan.run(self._span.revisions, self._project.paths)
        finally:
            memory.close()
        notes.append(_summary(found))
        run = SensorRun(name=NAME, version=sensor.info.version, stage=Stage.CODE, digest=digest, kinds=(Kind.SECRET,))
        return self._result(found, run)

    def known(self, used: inputs.Inputs, store: Memory, notes: list[str]) -> Baseline:
        """Return what is known of this history, besides what is known of the files. Raises: UsageError."""
        base = comparison.known(self._project, self._options, used, store, notes)
        return base.with_occurrences(row.occurrence for row in store.known(self._project.ref))

    def admit(self, findings: tuple[Finding, ...], result: ScanResult, known: Baseline, rules: RuleSet) -> Admitted:
        """Return the rows, each under the ignore comments of its own newest version only."""
        from secloop.policy import admit, exceptions

        del result
        decided = exceptions.load(self._project.folder / "exceptions.yaml")
        rows: list[FindingRow] = []
        expired: tuple[Exception_, ...] = ()
        for layer in self._layers(findings):
            admitted = admit.admit(
                layer,
                suppressions=[one for finding in layer for one in self._comments.get(_key(finding), ())],
                exceptions=decided,
                baseline=known,
                today=today(),
                honour=not self._options.ignore_suppressions,
                rules=rules,
                whole=False,
            )
            rows += admitted.rows
            expired = admitted.expired
        return Admitted(rows=tuple(sorted(rows, key=_row_order)), expired=expired)

    def _result(self, found: HistoryResult, run: SensorRun) -> ScanResult:
        """Return a scan's result; files count by version."""
        looked = found.looked
        excluded = sum(looked.excluded.values())
        partial = len({gap.file for gap in found.gaps if gap.outcome is FileClass.PARTIAL})
        findings = tuple(_told(sighting) for sighting in found.sightings)
        self._comments = {_key(one): sighting.comments for one, sighting in zip(findings, found.sightings, strict=True)}
        return ScanResult(
            findings=findings,
            gaps=tuple(found.gaps),
            excluded=looked.excluded,
            files=FileCounts(
                seen=looked.scanned + excluded + looked.limited + looked.failed,
                scanned=looked.scanned - partial,
                excluded=excluded,
                partial=partial,
                limited=looked.limited,
                failed=looked.failed,
            ),
            sensors=(run,),
            stats=ScanStats(analysed=looked.scanned - looked.cached, cached=looked.cached),
        )

    def _layers(self, findings: Sequence[Finding]) -> list[list[Finding]]:
        """Return the findings without comments, then lists of those with, in which none shares its line.

        A line of one version is another one's line in the next: a comment must not reach over.
        """
        layers: list[list[Finding]] = [[]]
        taken: Counter[tuple[str | None, int | None]] = Counter()
        for finding in findings:
            level = 0
            if self._comments.get(_key(finding)):
                place = (place_file(finding.place), place_line(finding.place))
                taken[place] += 1
                level = taken[place]
            if level == len(layers):
                layers.append([])
            layers[level].append(finding)
        return layers


def _told(sighting: Sighting) -> Finding:
    """Return a finding that tells its commit and whether HEAD still holds it."""
    finding, commit = sighting.finding, sighting.commit
    in_head = {True: "true", False: "false", None: "unknown"}[sighting.in_head]
    evidence = {"commit": commit.id, "author": commit.author, "date": commit.date, "in_head": in_head}
    when = f" on {commit.date[:10]}" if commit.date else ""
    now = {True: "", False: ", no longer in HEAD", None: ""}[sighting.in_head]
    message = f"{finding.message}, committed{when} in {commit.id[:10]}{now}"
    return msgspec.structs.replace(finding, message=message, evidence=finding.evidence | evidence)


def _summary(found: HistoryResult) -> str:
    looked = found.looked
    versions = looked.scanned + looked.limited + looked.failed
    known = f", {looked.cached} known from an earlier run" if looked.cached else ""
    return f"History: {versions} versions of files in {looked.commits} commits{known}"


def _key(finding: Finding) -> _Key:
    return (finding.rule, finding.identity, place_file(finding.place) or "")


def _row_order(row: FindingRow) -> tuple[str, int, str, str]:
    return (row.file or "", row.line or 0, row.rule, row.id)
