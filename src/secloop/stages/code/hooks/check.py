"""What a commit, its message or a push adds: new secrets, and what could not be looked at.

1. Scan what comes in. Nothing found: done; this is nearly every commit, so all else is imported behind it.
2. Scan the versions with findings again, beside the versions they take the place of, with the project's identity key.
3. What an old version of the same file holds is not new. The rest meets ignore comments, exceptions and the baseline.
4. The gate profile `commit` decides, and what the project's own gate says of secrets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from secloop.model.coverage import Gap
from secloop.model.enums import FileClass, Kind
from secloop.scan import engine
from secloop.scan.base import Settings
from secloop.stages.code.hooks.base import Blob, Change
from secloop.stages.code.hooks.versions import Versions, VersionSecrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from secloop.model.config import Config
    from secloop.model.finding import Finding, Suppression
    from secloop.model.policy import GateRule
    from secloop.model.report import FindingRow
    from secloop.rules.base import RuleSet
    from secloop.scan.collect import ScanResult
    from secloop.scan.git import Git
    from secloop.scan.sources import Source
    from secloop.stages.code.hooks.message import Refused

PROFILE = "commit"
MESSAGE = "COMMIT_EDITMSG"
"""The path that a commit's message has in findings: git's name for the file."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the check needs beside the changes. `folder` is the project's `.secloop`, `today` an ISO day.

    `identity_key`, which walks the history, and `policies`, the rules of the project's own gate, are asked only when
    something was found.
    """

    git: Git
    config: Config
    rules: RuleSet
    folder: Path
    today: str
    identity_key: Callable[[], bytes]
    policies: Callable[[], Sequence[GateRule]] = tuple


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found: secrets the gate refuses, and gaps that make the look incomplete, by their real paths."""

    refused: tuple[Refused, ...] = ()
    gaps: tuple[Gap, ...] = ()


def check(changes: Sequence[Change], context: Context) -> Checked:
    """Return what the changes add that must not come in. Raises: UsageError for a wrong exceptions or baseline file."""
    if not changes:
        return Checked()
    result = _versions((change.new for change in changes), context, Settings().identity_key)
    gaps = tuple(_gaps(result, context.config))
    suspects = {_blob(finding) for finding in result.findings}
    if not suspects:
        return Checked(gaps=gaps)
    again = [change for change in changes if change.new in suspects]
    olds = (old for change in again for old in change.old)
    result = _versions((*suspects, *olds), context, context.identity_key())
    return Checked(refused=tuple(_refused(again, _Seen(result), context)), gaps=gaps)


def check_message(data: bytes, context: Context) -> Checked:
    """Return the secrets in a commit's message, which takes the place of nothing. Raises: UsageError as `check`."""
    from secloop.scan.sources import MemorySource

    blob = Blob(path=MESSAGE, oid="message")
    result = _scan(MemorySource({blob.key: data}), context, Settings().identity_key)
    gaps = tuple(_gaps(result, context.config))
    if not result.findings:
        return Checked(gaps=gaps)
    result = _scan(MemorySource({blob.key: data}), context, context.identity_key())
    return Checked(refused=tuple(_refused([Change(new=blob)], _Seen(result), context)), gaps=gaps)


def _versions(blobs: Iterable[Blob], context: Context, key: bytes) -> ScanResult:
    return _scan(Versions(context.git, blobs, _excluder(context.config)), context, key)


def _scan(source: Source, context: Context, key: bytes) -> ScanResult:
    config = context.config
    settings = Settings(config=config, root=str(context.git.root), identity_key=key, today=context.today)
    return engine.scan(source, [VersionSecrets()], settings, context.rules, jobs=config.scan.jobs)


class _Seen:
    """A scan's identified findings and its ignore comments, by version; files stand under their real paths."""

    def __init__(self, result: ScanResult) -> None:
        from secloop.model.ids import identify

        self.findings: dict[Blob, list[Finding]] = {}
        self.suppressions: dict[Blob, list[Suppression]] = {}
        for finding in result.findings:
            blob = _blob(finding)
            place = msgspec.structs.replace(finding.place, file=blob.path)
            self.findings.setdefault(blob, []).append(msgspec.structs.replace(finding, place=place))
        for one in result.suppressions:
            blob = Blob.of_key(one.file)
            self.suppressions.setdefault(blob, []).append(msgspec.structs.replace(one, file=blob.path))
        self.findings = {blob: identify(some) for blob, some in self.findings.items()}

    def known(self, change: Change) -> frozenset[str]:
        """Return the ids of the findings that the versions have which a change takes the place of."""
        return frozenset(finding.id for old in change.old for finding in self.findings.get(old, ()))


def _refused(changes: Sequence[Change], seen: _Seen, context: Context) -> Iterator[Refused]:
    """Yield the rows the gate fails on, each occurrence once, at its first change."""
    from secloop.policy import gates
    from secloop.policy.facts import RunFacts
    from secloop.stages.code.hooks.message import Refused

    rows: dict[str, tuple[FindingRow, str]] = {}
    for change, row in _admitted(changes, seen, context):
        rows.setdefault(row.occurrence, (row, change.commit))
    open_rows = [row for row, _ in rows.values()]
    run = RunFacts(today=context.today)
    own = gates.on_findings(context.policies(), frozenset({Kind.SECRET})) if open_rows else ()
    why = {
        finding: f"{decision.rule}: {decision.reason}"
        for decision in gates.decide(own, open_rows, run, new_only=True)
        for finding in decision.findings
    }
    for decision in gates.decide(gates.profile(PROFILE), open_rows, run, new_only=True):
        why |= dict.fromkeys(decision.findings, "")
    for row, commit in rows.values():
        if row.id in why:
            yield Refused(row=row, commit=commit, policy=why[row.id])


def _admitted(changes: Sequence[Change], seen: _Seen, context: Context) -> Iterator[tuple[Change, FindingRow]]:
    """Yield the new findings that no ignore comment, exception or baseline covers.

    A comment in any version that comes in holds for the file's other versions: one that is added after a push was
    refused must let the push through, without rewriting the commit before it.
    """
    from secloop.policy import baseline, exceptions
    from secloop.policy.admit import admit
    from secloop.policy.facts import is_new

    accepted = exceptions.load(context.folder / "exceptions.yaml")
    known = baseline.read(context.folder / "baseline.json")
    rows: list[tuple[Change, FindingRow]] = []
    for change in changes:
        admitted = admit(
            seen.findings.get(change.new, ()),
            suppressions=seen.suppressions.get(change.new, ()),
            exceptions=accepted,
            baseline=known,
            today=context.today,
            rules=context.rules,
            whole=False,
        )
        rows += [(change, row) for row in admitted.rows]
    hidden = {row.occurrence for _, row in rows if row.suppressed is not None}
    for change, row in rows:
        if is_new(row) and row.occurrence not in hidden and row.id not in seen.known(change):
            yield change, row


def _gaps(result: ScanResult, config: Config) -> Iterator[Gap]:
    """Yield what makes the look incomplete, by real paths, less what `[scan] accept_incomplete` names."""
    accepts = _acceptor(config) if result.gaps else None
    for gap in result.gaps:
        path = Blob.of_key(gap.file).path
        if gap.incomplete and not (accepts and accepts(path, gap.sensor)):
            yield msgspec.structs.replace(gap, file=path)
    for reason in result.missing:
        yield Gap(file=".", sensor=VersionSecrets.info.name, outcome=FileClass.FAILED, reason=reason)


def _acceptor(config: Config) -> Callable[[str, str], bool]:
    from secloop.scan.globs import Globs

    rules = [(one.sensor, Globs([one.path], "[scan] accept_incomplete path")) for one in config.scan.accept_incomplete]
    return lambda path, sensor: any(name in {"*", sensor} and globs.matches(path) for name, globs in rules)


def _excluder(config: Config) -> Callable[[str], bool]:
    if not config.scan.exclude:
        return lambda _: False
    from secloop.scan.globs import Globs

    return Globs(config.scan.exclude, "[scan] exclude pattern").matches


def _blob(finding: Finding) -> Blob:
    """Return the version a finding stands in; the sensor places every finding in a file."""
    return Blob.of_key(getattr(finding.place, "file", ""))
