"""Values the store tests share: rows, runs, and a short way to record them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.coverage import Coverage
from secloop.model.enums import Audience, Confidence, Kind, Severity, Stage, Status
from secloop.model.finding import ToolRef
from secloop.model.ids import finding_id, occurrence_id
from secloop.model.policy import GateOutcome, Hidden, Verdict
from secloop.model.report import FindingRow
from secloop.model.run import Run, Scope, SensorRun

if TYPE_CHECKING:
    from secloop.store import Context, Recorded
    from secloop.store.store import Store

VERDICT = Verdict(exit=0, gate=GateOutcome.PASSED, complete=True, profile="default")
SECRETS = SensorRun(name="secrets", version="1", stage=Stage.CODE, digest="rules-1")
DEPENDENCIES = SensorRun(name="dependencies", version="1", stage=Stage.BUILD, digest="rules-1")
HIDDEN = Hidden(by="exception", reason="test data", source="exceptions.yaml", until="2030-01-01")

_STAGE = {Kind.SECRET: Stage.CODE, Kind.VULNERABILITY: Stage.BUILD}


def row(name: str, path: str = "app/db.py", kind: Kind = Kind.SECRET, **changes: Any) -> FindingRow:
    """Return a row of the problem `name` in `path`; equal names are one finding."""
    id_ = finding_id(kind, (name,))
    base = FindingRow(
        id=id_,
        occurrence=occurrence_id(id_, path),
        kind=kind,
        stage=_STAGE[kind],
        rule="token" if kind is Kind.SECRET else "vulnerable-package",
        title=f"Title of {name}",
        message="A message",
        severity=Severity.HIGH,
        severity_raw="",
        confidence=Confidence.HIGH,
        audience=Audience.REGULAR,
        status=Status.NEW,
        file=path,
        line=1,
        end_line=1,
        column=1,
        end_column=9,
        tools=(ToolRef(tool="secloop", rule="token"),),
    )
    return msgspec.structs.replace(base, **changes)


def run(name: str, *, ref: str = "main", closes: bool = True, paths: tuple[str, ...] = (), **changes: Any) -> Run:
    """Return a run that closes what its two sensors no longer see, unless told otherwise."""
    base = Run(
        id=name,
        command="scan",
        project="example.org/shop",
        ref=ref,
        started="2026-11-01T10:00:00Z",
        finished="2026-11-01T10:00:05Z",
        scope=Scope(sensors=("secrets", "dependencies"), paths=paths, closes=closes),
        sensors=(SECRETS, DEPENDENCIES),
    )
    return msgspec.structs.replace(base, **changes)


def record(store: Store, what: Run, *rows: FindingRow, context: Context | None = None) -> Recorded:
    """Record a complete run."""
    if context is None:
        return store.record(what, rows, Coverage(), VERDICT)
    return store.record(what, rows, Coverage(), VERDICT, context=context)
