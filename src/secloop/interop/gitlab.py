"""GitLab security reports, schema 15.0.7, which GitLab shows in merge requests and its vulnerability list.

GitLab wants a document per kind of scan, so there are three, which together hold every finding once. `gitlab` alone
holds all of them as one SAST report, for a pipeline that keeps one artifact; upload either that or the three.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.interop import rows
from secloop.interop.base import HOME, json_bytes
from secloop.model.enums import FileClass, Kind, Severity
from secloop.model.ids import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secloop.interop.base import Options
    from secloop.model.report import ComponentRow, FindingRow, Report
    from secloop.rules.base import RuleSet

VERSION = "15.0.7"
_SEVERITY = {
    Severity.CRITICAL: "Critical",
    Severity.HIGH: "High",
    Severity.MEDIUM: "Medium",
    Severity.LOW: "Low",
    Severity.INFO: "Info",
    Severity.UNKNOWN: "Unknown",
}
_MANAGERS = {"npm": "npm", "pypi": "pip", "golang": "go", "maven": "maven", "cargo": "cargo", "gem": "bundler"}
_NO_COMMIT = "0000000"
_MOST_NAME = 255
_MOST_SOLUTION = 7_000
_MOST_MESSAGES = 100


def write_all(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - the codec protocol
    """Return every standing finding as one SAST report."""
    return _written(report, rules, "sast", rows.standing(report))


def write_sast(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - the codec protocol
    """Return what is neither a secret nor about a package."""
    return _written(report, rules, "sast", _of_type(report, "sast"))


def write_secrets(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - as above
    """Return the secrets as a secret detection report."""
    return _written(report, rules, "secret_detection", _of_type(report, "secret_detection"))


def write_dependencies(report: Report, rules: RuleSet | None, options: Options) -> bytes:  # noqa: ARG001 - as above
    """Return what is about packages as a dependency scanning report, with the inventory as `dependency_files`."""
    return _written(report, rules, "dependency_scanning", _of_type(report, "dependency_scanning"))


def _of_type(report: Report, type_: str) -> list[FindingRow]:
    return [row for row in rows.standing(report) if _type(row) == type_]


def _type(row: FindingRow) -> str:
    if row.kind is Kind.SECRET:
        return "secret_detection"
    return "dependency_scanning" if row.component and row.file else "sast"


def _written(report: Report, rules: RuleSet | None, type_: str, found: Iterable[FindingRow]) -> bytes:
    document: dict[str, Any] = {
        "version": VERSION,
        "scan": _scan(report, type_),
        "vulnerabilities": [_vulnerability(report, rules, row, type_) for row in found],
    }
    if type_ == "dependency_scanning":
        document["dependency_files"] = _dependency_files(report.components)
    return json_bytes(document)


def _scan(report: Report, type_: str) -> dict[str, Any]:
    tool = {
        "id": "secloop",
        "name": "secloop",
        "url": HOME,
        "vendor": {"name": "secloop"},
        "version": report.tool.version or "0",
    }
    started = report.run.started[:19]
    return {
        "analyzer": tool,
        "scanner": tool,
        "type": type_,
        "start_time": started,
        "end_time": report.run.finished[:19] or started,
        "status": "success" if report.verdict.complete else "failure",
        "messages": _messages(report),
    }


def _messages(report: Report) -> list[dict[str, str]]:
    found = []
    for gap in report.coverage.gaps[:_MOST_MESSAGES]:
        level = "warn" if gap.outcome in {FileClass.FAILED, FileClass.LIMITED} else "info"
        text = f"{gap.file or 'the whole tree'}: {gap.sensor} {gap.outcome.value}: {gap.reason}"
        found.append({"level": level, "value": text})
    return found + [{"level": "warn", "value": f"Not done: {missing}"} for missing in report.coverage.missing]


def _vulnerability(report: Report, rules: RuleSet | None, row: FindingRow, type_: str) -> dict[str, Any]:
    rule = rows.describe(row, rules)
    found: dict[str, Any] = {
        "id": _own_id(row),
        "name": (row.title or row.rule)[:_MOST_NAME],
        "description": row.message or row.title or row.rule,
        "severity": _SEVERITY[row.severity],
        "identifiers": _identifiers(row),
        "location": _location(report, row, type_),
    }
    if rule.how:
        found["solution"] = rule.how[:_MOST_SOLUTION]
    if links := [link for link in rule.references if link.startswith(("https://", "http://"))]:
        found["links"] = [{"url": link} for link in links]
    if row.file:
        found["tracking"] = _tracking(row)
    return found


def _own_id(row: FindingRow) -> str:
    """Return an id that no other row of the report has: rows of one occurrence differ by place."""
    place = (row.file, row.line, row.end_line, row.column, row.end_column, row.purl, row.resource, row.endpoint)
    return digest((row.occurrence, row.rule, row.message, *(str(part) for part in place)))


def _identifiers(row: FindingRow) -> list[dict[str, str]]:
    """Return identifiers; the first, by which GitLab tells findings apart, stays: the advisory or our rule."""
    own = rows.rule_id(row)
    named = [own, *(other for other in row.ids if other != own)] if row.kind is Kind.VULNERABILITY else [*row.ids]
    found = [_advisory(name) for name in named if name != row.rule]
    rule = {"type": "secloop_rule", "name": f"secloop {row.rule}", "value": row.rule}
    found = [*found, rule] if row.kind is Kind.VULNERABILITY else [rule, *found]
    cwes = [
        {
            "type": "cwe",
            "name": f"CWE-{number}",
            "value": str(number),
            "url": f"https://cwe.mitre.org/data/definitions/{number}.html",
        }
        for number in row.cwe
    ]
    return found + cwes


def _advisory(name: str) -> dict[str, str]:
    kind = name.partition("-")[0].lower()
    return {"type": kind or "advisory", "name": name, "value": name, "url": f"https://osv.dev/vulnerability/{name}"}


def _location(report: Report, row: FindingRow, type_: str) -> dict[str, Any]:
    file = row.file or row.resource or row.endpoint or "secloop.toml"
    place = {"file": file, "start_line": row.line or 1, "end_line": row.end_line or row.line or 1}
    if type_ == "secret_detection":
        return {**place, "commit": {"sha": report.run.commit or _NO_COMMIT}}
    if type_ != "dependency_scanning":
        return place
    dependency: dict[str, Any] = {"package": {"name": row.component or ""}, "version": row.version or ""}
    if row.direct is not None:
        dependency["direct"] = row.direct
    return {"file": file, "dependency": dependency}


def _tracking(row: FindingRow) -> dict[str, Any]:
    """Return what lets GitLab follow code that moves: our own id does not depend on the line."""
    item = {
        "file": row.file,
        "start_line": row.line or 1,
        "end_line": row.end_line or row.line or 1,
        "signatures": [{"algorithm": "hash", "value": row.occurrence}],
    }
    return {"type": "source", "items": [item]}


def _dependency_files(components: Iterable[ComponentRow]) -> list[dict[str, Any]]:
    by_file: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for part in sorted(components, key=lambda c: (c.file, c.purl, c.line)):
        ecosystem = part.purl.removeprefix("pkg:").partition("/")[0]
        manager = _MANAGERS.get(ecosystem, ecosystem or "unknown")
        entry = {"package": {"name": part.name}, "version": part.version, "direct": part.direct}
        by_file.setdefault((part.file, manager), []).append(entry)
    return [
        {"path": file, "package_manager": manager, "dependencies": parts} for (file, manager), parts in by_file.items()
    ]
