"""Baselines: what was there before. `.secloop/baseline.json` holds fingerprints only; any earlier SARIF is one too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

import msgspec

from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.policy import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from secloop.model.report import FindingRow

FILE = ".secloop/baseline.json"
SCHEMA = "secloop.baseline/1"
FINGERPRINT = "secloop/v1"
_MAX_BYTES = 512 << 20


class Baseline(Value):
    """What was there before.

    `occurrences` are ours, `findings` (finding id, file) of a SARIF of ours, `places` (rule, file, line) of another.
    A line moves when code above it changes, so a foreign SARIF covers less than one of ours.
    """

    occurrences: frozenset[str] = frozenset()
    findings: frozenset[tuple[str, str]] = frozenset()
    places: frozenset[tuple[str, str, int]] = frozenset()

    def __bool__(self) -> bool:
        """Return whether anything was there before."""
        return bool(self.occurrences or self.findings or self.places)

    def with_occurrences(self, occurrences: Iterable[str]) -> Baseline:
        """Return this baseline with more occurrences of ours."""
        return msgspec.structs.replace(self, occurrences=self.occurrences.union(occurrences))

    def covers(self, row: FindingRow) -> bool:
        """Return whether a row was there before."""
        if row.occurrence in self.occurrences or (row.id, row.file or "") in self.findings:
            return True
        if not self.places:
            return False
        rules = {row.rule, *row.ids, *(tool.rule for tool in row.tools)}
        return any((rule, row.file or "", row.line or 0) in self.places for rule in rules)


class Known(Protocol):
    """What can say whether a row was there before."""

    def covers(self, row: FindingRow) -> bool:
        """Return whether a row was there before."""
        ...


def read(path: Path) -> Baseline:
    """Return the baseline in a file: `.secloop/baseline.json`, or SARIF 2.1.0 of any tool; a missing file is empty.

    Raises: UsageError if the file is neither, or cannot be read.
    """
    if not files.exists(path):
        return Baseline()
    raw = files.read_bytes(path, _MAX_BYTES)
    try:
        head = msgspec.json.decode(raw, type=_Head)
        if head.runs is not None:
            return _from_sarif(head.runs)
        own = msgspec.json.decode(raw, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        what = f"{path} is no baseline ({error})"
        raise UsageError(what, "Write one with `secloop baseline`, or give a SARIF file") from error
    return Baseline(occurrences=frozenset(own.occurrences))


def write(path: Path, rows: Iterable[FindingRow]) -> int:
    """Write the occurrences of `rows` that nothing hides as a baseline; return their number. Raises: UsageError."""
    occurrences = sorted({row.occurrence for row in rows if row.suppressed is None})
    own = _File(schema=SCHEMA, occurrences=tuple(occurrences))
    files.replace(path, msgspec.json.format(msgspec.json.encode(own), indent=1) + b"\n")
    return len(occurrences)


class _File(Value):
    schema: str
    occurrences: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            msg = f"schema is {self.schema!r}, not {SCHEMA!r}"
            raise ValueError(msg)


class _ArtifactLocation(Value):
    uri: str = ""


class _Region(Value, rename="camel"):
    start_line: int = 0


class _Physical(Value, rename="camel"):
    artifact_location: _ArtifactLocation = _ArtifactLocation()
    region: _Region = _Region()


class _Location(Value, rename="camel"):
    physical_location: _Physical = _Physical()


class _RuleReference(Value):
    id: str = ""


class _Result(Value, rename="camel"):
    """The few fields of a SARIF result that place it (SARIF 2.1.0, section 3.27)."""

    rule_id: str = ""
    rule: _RuleReference = _RuleReference()
    baseline_state: str = ""
    fingerprints: dict[str, str] = msgspec.field(default_factory=dict)
    locations: tuple[_Location, ...] = ()


class _Run(Value):
    results: tuple[_Result, ...] | None = ()


class _Head(Value):
    runs: tuple[_Run, ...] | None = None


def _from_sarif(runs: Iterable[_Run]) -> Baseline:
    findings: set[tuple[str, str]] = set()
    places: set[tuple[str, str, int]] = set()
    for result in (result for run in runs for result in run.results or () if result.baseline_state != "absent"):
        own = result.fingerprints.get(FINGERPRINT)
        for location in result.locations or (_Location(),):
            file = _relative(location.physical_location.artifact_location.uri)
            if own:
                findings.add((own, file))
            elif file:
                line = location.physical_location.region.start_line
                places.add((result.rule_id or result.rule.id, file, line))
    return Baseline(findings=frozenset(findings), places=frozenset(places))


def _relative(uri: str) -> str:
    """Return a SARIF URI as a path from the root: percent-decoded, forward slashes, no leading `./`."""
    return unquote(uri).replace("\\", "/").removeprefix("file:///").removeprefix("./")
