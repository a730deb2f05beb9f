"""SARIF 2.1.0 in two flavours: what GitHub code scanning takes, and the archive that keeps what was hidden."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

from secloop.interop import rows
from secloop.interop.base import json_bytes
from secloop.interop.sarif.runs import Flavour, run_of
from secloop.model.enums import StageCoverage

if TYPE_CHECKING:
    from secloop.interop.base import Options
    from secloop.model.enums import Stage
    from secloop.model.report import Report
    from secloop.rules.base import RuleSet

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MAX_RESULTS = 25_000
_MAX_GZIPPED = 10 << 20


def write_github(report: Report, rules: RuleSet | None, options: Options) -> bytes:
    """Return the flavour for GitHub code scanning: standing findings only, within its limits, worst first.

    Limits: 25,000 results a run and 10 MiB gzipped (GitHub docs, "SARIF support for code scanning"). What is cut is
    said in `toolExecutionNotifications`.
    """
    most = _MAX_RESULTS
    while True:
        raw = json_bytes(_document(report, rules, options, Flavour(most=most)))
        if len(raw) <= _MAX_GZIPPED or len(gzip.compress(raw, 6, mtime=0)) <= _MAX_GZIPPED or most <= 1:
            return raw
        most //= 2


def write_archive(report: Report, rules: RuleSet | None, options: Options) -> bytes:
    """Return everything, uncut: hidden findings with `suppressions`, closed ones with `baselineState` absent."""
    return json_bytes(_document(report, rules, options, Flavour(archive=True)))


def _document(report: Report, rules: RuleSet | None, options: Options, flavour: Flavour) -> dict[str, Any]:
    runs = [run_of(report, rules, options, flavour, stage) for stage in _stages(report)]
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}


def _stages(report: Report) -> list[Stage | None]:
    """Return the stages that ran or have findings, in order; None stands for a run in which no stage did anything."""
    found = {row.stage for row in (*report.findings, *report.closed)}
    ran = [s for s, state in rows.stages(report).items() if state is not StageCoverage.NOT_COVERED or s in found]
    return [*ran] or [None]
