"""What a gate policy can read: the fields of `f` (a finding row) and of `run` (coverage and feeds), with their types.

The tables are the reference: docs/policies.md prints them, and a test holds both equal.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.base import Value
from secloop.model.coverage import Coverage
from secloop.model.enums import FileClass, Status
from secloop.model.quality import Quality
from secloop.model.run import Feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from secloop.model.report import FindingRow

UNKNOWN_AGE = 100_000
"""The age, in days, of a feed whose date is missing or no date: older than any limit."""


class RunFacts(Value):
    """What a run rests on. `today` is an ISO day; `expired` the ids of exceptions that no longer hold.

    `quality` is None where nothing asked for it to be measured.
    """

    coverage: Coverage = Coverage()
    feeds: tuple[Feed, ...] = ()
    today: str = ""
    expired: tuple[str, ...] = ()
    quality: Quality | None = None


class Field(NamedTuple):
    """A field a policy can read: its CEL type, where it comes from, and what it means."""

    type: str
    read: Callable[[Any], Any]
    meaning: str


def is_new(row: FindingRow) -> bool:
    """Return whether a row is new on its ref: not in the baseline and not open before, so a reopened one is new."""
    return row.status in {Status.NEW, Status.REOPENED}


def _text(name: str) -> Callable[[FindingRow], str]:
    return lambda row: str(getattr(row, name) or "")


def _list(name: str) -> Callable[[FindingRow], list[Any]]:
    return lambda row: list(getattr(row, name))


def _number(name: str) -> Callable[[FindingRow], int]:
    return lambda row: int(getattr(row, name) or 0)


def _evidence(name: str) -> Callable[[FindingRow], str]:
    return lambda row: row.evidence.get(name, "")


def _double(name: str) -> Callable[[FindingRow], float]:
    def read(row: FindingRow) -> float:
        try:
            return float(row.evidence.get(name) or 0)
        except ValueError:
            return 0.0

    return read


FINDING: Mapping[str, Field] = {
    "id": Field("string", _text("id"), "the finding's id"),
    "occurrence": Field("string", _text("occurrence"), "the id of this occurrence"),
    "kind": Field("string", _text("kind"), "secret, vulnerability, license, weakness ..."),
    "stage": Field("string", _text("stage"), "plan, code, build, test, release, deploy, operate or monitor"),
    "rule": Field("string", _text("rule"), "the rule's id"),
    "title": Field("string", _text("title"), "the rule's title"),
    "message": Field("string", _text("message"), "what was found"),
    "severity": Field("string", _text("severity"), "critical, high, medium, low, info or unknown"),
    "severity_rank": Field("int", lambda row: row.severity.rank, "5 for critical down to 0 for unknown"),
    "severity_raw": Field("string", _text("severity_raw"), "the severity as its source gives it"),
    "confidence": Field("string", _text("confidence"), "high, medium or low"),
    "audience": Field("string", _text("audience"), "regular, pedantic or auditor"),
    "status": Field("string", _text("status"), "new, open or reopened"),
    "new": Field("bool", is_new, "whether it is new on this ref, or came back"),
    "cwe": Field("list<int>", _list("cwe"), "CWE numbers"),
    "ids": Field("list<string>", _list("ids"), "CVE, GHSA and other advisory ids"),
    "controls": Field(
        "map<string, list<string>>", lambda row: {k: list(v) for k, v in row.controls.items()}, "controls by framework"
    ),
    "threats": Field("list<string>", _list("threats"), "STRIDE letters and ids of threats"),
    "file": Field("string", _text("file"), "path from the root"),
    "line": Field("int", _number("line"), "first line, from 1; 0 without one"),
    "component": Field("string", _text("component"), "the package's name"),
    "version": Field("string", _text("version"), "the package's version"),
    "purl": Field("string", _text("purl"), "the package's purl"),
    "fixed": Field("list<string>", _list("fixed"), "versions that fix it"),
    "fixable": Field("bool", lambda row: bool(row.fixed), "whether a version that fixes it is known"),
    "has_fix": Field("bool", lambda row: row.fix is not None, "whether `secloop fix` can write the change"),
    "direct": Field("bool", lambda row: bool(row.direct), "whether the package is a direct dependency"),
    "scope": Field("string", _text("scope"), "runtime, dev, test, optional or build"),
    "kev": Field(
        "bool", lambda row: row.evidence.get("kev") == "true", "whether it is known to be exploited (CISA KEV)"
    ),
    "epss": Field("double", _double("epss"), "probability of exploitation, 0.0 to 1.0 (EPSS)"),
    "reachable": Field(
        "string", _evidence("reachable"), "`symbol-reached`, `in-use`, `not-in-use`; empty where nothing is claimed"
    ),
    "resource": Field("string", _text("resource"), "the address of an IaC resource"),
    "endpoint": Field("string", _text("endpoint"), "method and route"),
    "owner": Field("string", _text("owner"), "the owning team"),
    "tools": Field("list<string>", lambda row: [tool.tool for tool in row.tools], "the tools that report it"),
    "evidence": Field("map<string, string>", lambda row: dict(row.evidence), "what explains it"),
}
"""Fields of `f`. A row without a value has "", 0, 0.0, false or an empty list, so that no condition fails for that."""


def _gaps(outcome: FileClass) -> Callable[[RunFacts], int]:
    return lambda run: sum(gap.outcome is outcome and gap.accepted is None for gap in run.coverage.gaps)


def age_days(feed: Feed, today: str) -> int:
    """Return how old a feed's newest content is on the ISO day `today`; UNKNOWN_AGE where either is no date."""
    try:
        return max(0, (date.fromisoformat(today[:10]) - date.fromisoformat(feed.date[:10])).days)
    except ValueError:
        return UNKNOWN_AGE


def _feeds(run: RunFacts) -> list[dict[str, Any]]:
    return [{"name": f.name, "date": f.date, "age_days": age_days(f, run.today), "note": f.note} for f in run.feeds]


def _quality(run: RunFacts) -> Quality:
    return run.quality or Quality()


RUN: Mapping[str, Field] = {
    "complete": Field("bool", lambda run: run.coverage.complete, "whether all that was wanted was looked at"),
    "files": Field("int", lambda run: run.coverage.files.seen, "files seen"),
    "scanned": Field("int", lambda run: run.coverage.files.scanned, "files wholly scanned"),
    "excluded": Field("int", lambda run: run.coverage.files.excluded, "files left out on purpose"),
    "partial": Field("int", _gaps(FileClass.PARTIAL), "(file, sensor) pairs read in part and not accepted"),
    "limited": Field("int", _gaps(FileClass.LIMITED), "(file, sensor) pairs that hit a bound and are not accepted"),
    "failed": Field("int", _gaps(FileClass.FAILED), "(file, sensor) pairs that failed and are not accepted"),
    "missing": Field("list<string>", lambda run: list(run.coverage.missing), "sensors that did not run, feeds too old"),
    "stages": Field(
        "map<string, string>",
        lambda run: {stage.value: state.value for stage, state in run.coverage.stages.items()},
        "complete, incomplete or not-covered, by stage",
    ),
    "feeds": Field("list<map<string, dyn>>", _feeds, "data feeds: name, date, age_days, note"),
    "oldest_feed_days": Field(
        "int", lambda run: max((age_days(f, run.today) for f in run.feeds), default=0), "age of the oldest feed in days"
    ),
    "quality.measured": Field("bool", lambda run: run.quality is not None, "whether the sources were measured"),
    "quality.lines": Field("int", lambda run: _quality(run).lines, "lines of code"),
    "quality.functions": Field("int", lambda run: _quality(run).functions, "functions"),
    "quality.worst_complexity": Field(
        "int", lambda run: max(_quality(run).complexities, default=0), "cyclomatic complexity of the worst function"
    ),
    "quality.complexities": Field(
        "list<int>", lambda run: list(_quality(run).complexities), "of the 1,000 most complex functions, highest first"
    ),
    "quality.duplication": Field(
        "double", lambda run: _quality(run).duplication, "share of lines that stand elsewhere too, 0.0 to 1.0"
    ),
    "quality.has_coverage": Field(
        "bool", lambda run: bool(_quality(run).reports), "whether a coverage report was found"
    ),
    "quality.coverage": Field(
        "double", lambda run: _quality(run).coverage, "share of lines that tests ran, 0.0 to 1.0"
    ),
    "expired_exceptions": Field("list<string>", lambda run: list(run.expired), "ids of exceptions that no longer hold"),
}
"""Fields of `run`."""

VARIABLES: Mapping[str, str] = {
    **{f"f.{name}": field.type for name, field in FINDING.items()},
    **{f"run.{name}": field.type for name, field in RUN.items()},
}
"""The variables of a gate policy, by CEL type; each field is one, so that a wrong name or type is found at load."""


def readers(fields: Mapping[str, Field], prefix: str, names: Iterable[str]) -> dict[str, Callable[[Any], Any]]:
    """Return, by variable name such as `f.kev`, how to read each of `names` that starts with `prefix`."""
    return {name: fields[name.removeprefix(prefix)].read for name in sorted(names) if name.startswith(prefix)}
