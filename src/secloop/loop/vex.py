"""VEX in and out: the documents that hide findings, and what the project says of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from secloop.loop import log, output
from secloop.loop.clock import now
from secloop.loop.project import open_project
from secloop.model.enums import Kind, Status
from secloop.model.errors import Exit, UsageError
from secloop.model.inventory import Inventory, Statement
from secloop.model.inventory import Status as Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.loop.project import Project
    from secloop.model.policy import Exception_
    from secloop.model.report import FindingRow, Report
    from secloop.policy.vex import Statements

FOLDER = "vex"
"""Below `.secloop`: the documents that every scan honours."""

_MAX_BYTES = 64 << 20
_MOST_FILES = 500
_HINT = "Perhaps not affected (vulnerable_code_not_in_execute_path)"
_SENSORS = {"dependencies", "reach"}
_STATUSES: dict[str, Word] = {word: word for word in get_args(Word)}


def statements(project: Project, given: Sequence[str]) -> Statements | None:
    """Return the statements of `.secloop/vex/*.json` and of the files given, None where there are none.

    Raises: UsageError for a document that cannot be read: half a decision is none.
    """
    folder = project.folder / FOLDER
    inside = sorted(folder.glob("*.json"))[:_MOST_FILES] if folder.is_dir() and not folder.is_symlink() else []
    files = [(path.relative_to(project.root).as_posix(), path) for path in inside if not path.is_symlink()]
    files += [(name, Path(name)) for name in given]
    if not files:
        return None
    from secloop.policy.vex import Statements

    documents = {name: _read(name, path) for name, path in files}
    return Statements(documents, _subjects(project))


def _subjects(project: Project) -> tuple[str, ...]:
    """Return what a statement may call the project itself: its id and, on GitHub, its purl with and without commit."""
    host, _, path = project.id.partition("/")
    if host != "github.com":
        return (project.id,)
    purl = f"pkg:github/{path.lower()}"
    return (project.id, purl, f"{purl}@{project.commit}")


def _read(name: str, path: Path) -> tuple[Statement, ...]:
    from secloop.interop.vex import codec

    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"Cannot read the VEX document {name}: {error.strerror}", "Check the path") from error
    if len(data) > _MAX_BYTES:
        raise UsageError(f"The VEX document {name} is larger than {_MAX_BYTES >> 20} MB", "Split it")
    return codec.read(data, name)


def write(given: dict[str, Any]) -> int:
    """Scan, and write what is to be said of each vulnerability; return 3 where the scan was incomplete, else 0."""
    import msgspec

    from secloop.interop.vex import codec
    from secloop.loop.inputs import version
    from secloop.loop.inventory import gather, subject_of
    from secloop.loop.pipeline import Options, run_scan
    from secloop.policy import exceptions

    project = _narrowed(open_project(given["paths"], root=given["root"], ref=given["ref"]))
    options = Options(advisories=given["advisories"], vex=given["vex"], no_store=True)
    report = run_scan(project, options).report
    decided = exceptions.load(project.folder / "exceptions.yaml")
    made = Inventory(
        subject=subject_of(project, given),
        statements=tuple(said(report.findings, decided)),
        created=now(),
        tools=(f"secloop {version()}",),
        authors=tuple(given["authors"]),
    )
    if given["format_"] == "cyclonedx":
        found = gather(project, options, subject=subject_of(project, given)).inventory
        made = msgspec.structs.replace(made, subject=found.subject, items=found.items)
    output.give(codec.write(made, given["format_"]), given["output"])
    _explain(report, made)
    if given["output"]:
        log.line("wrote", f"wrote {len(made.statements)} statements to {given['output']}")
    return int(Exit.OK if report.verdict.complete else Exit.INCOMPLETE)


def _narrowed(project: Project) -> Project:
    """Return the project with only those sensors that tell of vulnerable packages and their use."""
    import dataclasses

    import msgspec

    from secloop.scan import registry

    others = {one.name for one in registry.registered()} - _SENSORS
    scan = project.config.scan
    scan = msgspec.structs.replace(scan, disable=tuple(sorted(others.union(scan.disable))))
    return dataclasses.replace(project, config=msgspec.structs.replace(project.config, scan=scan))


def _explain(report: Report, made: Inventory) -> None:
    """Say on stderr why a document has no statement, and why the run was incomplete."""
    from secloop.loop.inventory import tell

    gaps = tuple(f"{gap.file}: {gap.reason}" for gap in report.coverage.gaps if gap.incomplete)
    tell(gaps)
    if not gaps and not report.verdict.complete:
        log.line("note", "incomplete: secloop scan says what was not looked at")
    if not made.statements:
        log.line("note", "no known vulnerability: the document has no statement, which OpenVEX does not allow")


def said(rows: Iterable[FindingRow], decided: Iterable[Exception_]) -> Iterator[Statement]:
    """Yield one statement per vulnerability and package, in order of both.

    An exception's own `vex` (status, justification, impact) says it; a hiding VEX document is repeated; what nothing
    seems to use is under investigation, with what speaks for it; the rest is affected, with the update as action.
    """
    by_id = {one.id: one for one in decided}
    seen: dict[tuple[str, str], Statement] = {}
    for row in rows:
        if row.kind is Kind.VULNERABILITY and row.ids and row.purl:
            seen.setdefault((row.ids[0], row.purl), _statement(row, by_id))
    for key in sorted(seen):
        yield seen[key]


def _statement(row: FindingRow, by_id: dict[str, Exception_]) -> Statement:
    hidden = row.suppressed
    told = by_id[hidden.source].vex if hidden and hidden.source in by_id else {}
    own = _STATUSES.get(told.get("status", ""))
    status: Word = own or "affected"
    justification = impact = action = ""
    if own and own != "affected":
        justification = told.get("justification", "")
        impact = told.get("impact", "") or (hidden.reason if hidden else "")
    elif hidden and hidden.by == "vex":
        status, impact = "not_affected", hidden.reason
    elif row.evidence.get("reachable") == "not-in-use" and row.status is not Status.ACCEPTED:
        status = "under_investigation"  # what a scan does not see is a hint for whoever decides, no decision
        impact = f"{_HINT}: {row.evidence.get('reachable_path', 'nothing imports the package')}"
    else:
        action = f"Update to {' or '.join(row.fixed[:3])}" if row.fixed else ""
        action = f"Accepted: {hidden.reason}" if hidden else action
    return Statement(
        vulnerability=row.ids[0],
        status=status,
        products=(row.purl or "",),
        aliases=row.ids[1:],
        justification=justification,
        impact=impact,
        action=action,
    )
