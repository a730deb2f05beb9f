"""Workflows of GitHub Actions as resources (docs.github.com, Workflow syntax).

`attrs` holds `events` (names of what starts it), `permissions` of the workflow and of jobs as `grants`, and all `steps`
of all jobs in order, each with its `job`, its `uses` split into `action` and `ref`, and its script as `run`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.regex import lazy
from secloop.model.resource import Lines, Resource
from secloop.stages.deploy.iac.documents.yamltext import documents

if TYPE_CHECKING:
    from secloop.stages.deploy.iac.documents.yamltext import Text

TYPE = "github_workflow"
MAX_STEPS = 5_000
_PINNED = lazy(r"[0-9a-f]{40}|[0-9a-f]{64}")
_EXPRESSION = lazy(r"\$\{\{(.{0,500}?)\}\}")


def resources(text: str, path: str) -> list[Resource]:
    """Return the workflow of a file. Raises: UnreadableError."""
    found = [one for one in documents(text) if isinstance(one.value, dict) and "jobs" in one.value]
    return [_workflow(one, path) for one in found[:1]]


def is_workflow(path: str) -> bool:
    """Return whether a path names a workflow."""
    folder, _, name = f"/{path}".rpartition("/")
    return folder.endswith("/.github/workflows") and name.endswith((".yml", ".yaml"))


def _workflow(document: Text, path: str) -> Resource:
    value = document.value
    lines = dict(document.lines)
    steps: list[dict[str, Any]] = []
    grants: list[dict[str, Any]] = []
    _grant(value.get("permissions"), "permissions", "", grants, lines)
    jobs = value["jobs"] if isinstance(value["jobs"], dict) else {}
    for name, job in jobs.items():
        if isinstance(job, dict):
            _grant(job.get("permissions"), f"jobs.{name}.permissions", name, grants, lines)
            _steps(name, job, steps, lines)
    attrs = {
        "events": _events(value.get("on")),
        "has_permissions": "permissions" in value or all("permissions" in job for job in jobs.values() if job),
        "grants": grants,
        "steps": steps[:MAX_STEPS],
    }
    return Resource(type=TYPE, address=path, attrs=attrs, file=path, line=1, end_line=1, lines=lines)


def _events(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list | dict) else []


def _grant(value: Any, path: str, job: str, grants: list[dict[str, Any]], lines: dict[str, Lines]) -> None:
    if value is None:
        return
    writes = [key for key, one in value.items() if one == "write"] if isinstance(value, dict) else []
    if path in lines:
        lines[f"grants[{len(grants)}]"] = lines[path]
    grants.append({"job": job, "all": value == "write-all", "writes": writes})


def _steps(name: str, job: dict[str, Any], steps: list[dict[str, Any]], lines: dict[str, Lines]) -> None:
    held = job.get("steps")
    for at, step in enumerate(held if isinstance(held, list) else ()):
        if not isinstance(step, dict):
            continue
        here = f"jobs.{name}.steps[{at}]"
        new = f"steps[{len(steps)}]"
        for key, place in document_lines(lines, here):
            lines[new + key] = place
        uses = step.get("uses") if isinstance(step.get("uses"), str) else ""
        action, _, ref = str(uses).partition("@")
        run = step.get("run") if isinstance(step.get("run"), str) else ""
        _point_at_expression(str(run), f"{new}.run", lines)
        steps.append({
            "job": name,
            "uses": str(uses),
            "action": action,
            "ref": ref,
            "pinned": bool(_PINNED.fullmatch(ref)) or action.startswith("./") or "sha256:" in ref,
            "run": str(run),
            "expressions": [one.strip() for one in _EXPRESSION.findall(str(run))[:200]],
            "with": step.get("with") if isinstance(step.get("with"), dict) else {},
        })  # fmt: skip


def document_lines(lines: dict[str, Lines], path: str) -> list[tuple[str, Lines]]:
    """Return (rest of the path, place) of what lies at and below a path."""
    return [
        (key[len(path) :], place)
        for key, place in lines.items()
        if key == path or key.startswith((f"{path}.", f"{path}["))
    ]


def _point_at_expression(run: str, path: str, lines: dict[str, Lines]) -> None:
    """Let the place of a script be the line of its first expression, where a block of lines is one text."""
    at = run.find("${{")
    if at >= 0 and path in lines and lines[path].last > lines[path].first:
        line = lines[path].first + 1 + run.count("\n", 0, at)
        lines[path] = Lines(first=line, last=line)
