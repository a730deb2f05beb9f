"""Accepting findings: exceptions with an end, and baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from secloop.loop import folder, history
from secloop.loop.clock import today
from secloop.model.errors import UsageError
from secloop.model.policy import Exception_

if TYPE_CHECKING:
    from secloop.loop.project import Project
    from secloop.model.report import FindingRow


@dataclass(frozen=True, kw_only=True)
class Request:
    """What `secloop accept` was asked for."""

    finding: str
    reason: str
    until: str
    owner: str = ""
    approved_by: str = ""
    ticket: str = ""
    everywhere: bool = False
    file: str = ""


def accept(project: Project, request: Request, *, state: str, ref: str) -> str:
    """Write an exception for a finding or one occurrence of it; return what was done.

    Raises: UsageError where the finding is unknown, has several places and none is named, or the end is past.
    """
    from secloop.policy import exceptions

    if not exceptions.is_day(request.until):
        raise UsageError(f"--until {request.until!r} is not a date", "Write it as YYYY-MM-DD")
    if exceptions.is_expired(request.until, today()):
        raise UsageError(f"--until {request.until} is past", "Name a day to come")
    if not request.reason.strip():
        raise UsageError("--reason is empty", "Say why this is acceptable")
    fingerprint, places = _chosen(project, request, state=state, ref=ref)
    path = project.folder / "exceptions.yaml"
    known = exceptions.load(path)
    if held := next((e for e in known if _holds(e, fingerprint)), None):
        what = f"{request.finding} is accepted already, until {held.expires or 'it is removed'} ({held.id})"
        raise UsageError(what, f"Change the entry in {path.relative_to(project.root)}")
    wanted = Exception_(
        id="new",
        reason=request.reason,
        owner=request.owner,
        approved_by=request.approved_by,
        ticket=request.ticket,
        expires=request.until,
        created=today(),
        fingerprint=fingerprint,
    )
    done = folder.prepare(project)
    exceptions.add(path, _with_id(wanted, exceptions.new_id(wanted, [e.id for e in known])))
    shown = ", ".join(sorted(places))
    said = f"accepted {fingerprint} ({shown}) until {request.until}; written to {path.relative_to(project.root)}"
    return "\n".join([*done, said])


def _holds(exception: Exception_, fingerprint: str) -> bool:
    from secloop.policy.exceptions import is_expired

    return exception.fingerprint == fingerprint and not is_expired(exception.expires, today())


def baseline(project: Project, *, state: str, run_id: str) -> str:
    """Write `.secloop/baseline.json` from a stored run; return what was written. Raises: UsageError."""
    from secloop.policy import baseline as file

    report = history.stored_report(project, state=state, run_id=run_id)
    path = project.folder / "baseline.json"
    folder.prepare(project)
    number = file.write(path, report.findings)
    return f"wrote {path.relative_to(project.root)}: {number} occurrences of run {report.run.id[:8]}"


def check_baseline(project: Project, *, state: str, run_id: str) -> tuple[str, bool]:
    """Return how a stored run differs from `.secloop/baseline.json`, and whether it does. Raises: UsageError."""
    from secloop.policy import baseline as file

    report = history.stored_report(project, state=state, run_id=run_id)
    known = file.read(project.folder / "baseline.json")
    live = [row for row in report.findings if row.suppressed is None]
    new = [row for row in live if not known.covers(row)]
    gone = known.occurrences - {row.occurrence for row in live}
    lines = [f"run {report.run.id[:8]}: {len(new)} not in the baseline, {len(gone)} of the baseline no longer found"]
    lines += [f"  new  {row.occurrence}  {row.file}:{row.line}" for row in new]
    return "\n".join(lines), bool(new or gone)


def _chosen(project: Project, request: Request, *, state: str, ref: str) -> tuple[str, set[str]]:
    """Return the fingerprint to accept, a finding's or an occurrence's, and the files it covers."""
    places = history.places(project, request.finding, state=state, ref=ref)
    if request.everywhere:
        return places[0].id, {_place(row) for row in places}
    if "@" in request.finding:
        places = [row for row in places if row.occurrence.startswith(request.finding)]
    if request.file:
        places = [row for row in places if row.file == request.file]
    occurrences = {row.occurrence for row in places}
    if not occurrences:
        raise UsageError(f"{request.finding} has no such place", "secloop findings ID lists its places")
    if len(occurrences) > 1:
        where = ", ".join(sorted({row.file or "" for row in places}))
        raise UsageError(f"{request.finding} stands in {where}", "Name one with --file, or use --everywhere")
    return occurrences.pop(), {_place(row) for row in places}


def _place(row: FindingRow) -> str:
    return row.file or row.resource or row.endpoint or row.id


def _with_id(exception: Exception_, own: str) -> Exception_:
    import msgspec

    return msgspec.structs.replace(exception, id=own)
