"""Where reports go: stdout, files, and the lines beside them on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from secloop.loop import log
from secloop.loop.inputs import load_rules
from secloop.model.base import Record
from secloop.model.enums import Stage
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.loop.pipeline import Outcome
    from secloop.loop.project import Project


PLANNED = {
    Stage.PLAN: "threat model as code",
    Stage.TEST: "SAST and DAST",
    Stage.RELEASE: "signatures and attestations",
    Stage.DEPLOY: "infrastructure as code, admission",
    Stage.OPERATE: "cloud posture and drift",
    Stage.MONITOR: "log detection and incidents",
}
"""What a stage that nothing covers yet is for."""


class Wanted(Record, frozen=True, kw_only=True):
    """The main output and the reports beside it, as (format, path)."""

    format: str
    path: str
    reports: tuple[tuple[str, str], ...] = ()


class View(Record, frozen=True, kw_only=True):
    """How much the terminal shows."""

    quiet: bool = False
    verbose: bool = False
    summary: bool = False


def wanted(format_: str, path: str, reports: Sequence[str]) -> Wanted:
    """Return the outputs that flags ask for. Raises: UsageError for an unknown format or a report without `=`."""
    pairs = []
    for report in reports:
        name, found, target = report.partition("=")
        if not found or not target:
            raise UsageError(f"--report {report!r} is not FORMAT=PATH", "Write for example --report sarif=out/a.sarif")
        pairs.append((name, target))
    out = Wanted(format=format_, path=path, reports=tuple(pairs))
    _check(out)
    return out


def with_configured(wanted: Wanted, project: Project) -> Wanted:
    """Return the outputs with those of `[output] reports` added, which lie below the root. Raises: UsageError."""
    named = {name for name, _ in wanted.reports}
    configured = tuple(
        (name, _place(project.root, path)) for name, path in project.config.output.reports.items() if name not in named
    )
    out = msgspec.structs.replace(wanted, reports=wanted.reports + configured)
    _check(out)
    return out


def _place(root: Path, path: str) -> str:
    """Return where a configured report goes. Raises: UsageError where links of the tree would lead it elsewhere.

    A repository nobody trusts may configure reports; the configuration has checked the path, but not what lies there.
    """
    target = root / path
    folder = Path(os.path.realpath(target.parent))
    if not folder.is_relative_to(os.path.realpath(root)) or ".git" in (part.lower() for part in folder.parts):
        raise UsageError(f'[output] report path "{path}" leads out of the project', "Use a path below the root")
    if os.path.lexists(target) and not target.is_file():
        raise UsageError(f'[output] report path "{path}" is not a file', "Name a new file or one to replace")
    return str(target)


def emit(outcome: Outcome, project: Project, wanted: Wanted, view: View) -> None:
    """Write the main output and all reports; notes go to stderr. Raises: UsageError where a file cannot be written."""
    for name, path in wanted.reports:
        _write_file(path, _render(name, outcome, project, view, color=False))
        if not view.quiet:
            log.line("wrote", f"wrote {name} report to {path}")
    color = not wanted.path and wants_color()
    give(_render(wanted.format, outcome, project, view, color=color), wanted.path)
    if wanted.format != "table":
        for note in outcome.notes:
            log.line("note", note)


def give(body: bytes, path: str = "") -> None:
    """Write `body` to the file at `path`, whole or not at all, else to stdout. Raises: UsageError."""
    if path:
        _write_file(path, body)
    else:
        sys.stdout.buffer.write(body)
        sys.stdout.flush()


def wants_color() -> bool:
    """Return whether stdout should be coloured: NO_COLOR, FORCE_COLOR, then whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def _check(wanted: Wanted) -> None:
    from secloop.interop import formats

    for name in (wanted.format, *(name for name, _ in wanted.reports)):
        formats.check(name)


def _render(name: str, outcome: Outcome, project: Project, view: View, *, color: bool) -> bytes:
    from secloop.interop import formats

    options: dict[str, object] = {"planned": PLANNED}
    if name == "table":
        options |= {"width": _width(), "color": color}
        options |= {"quiet": view.quiet, "verbose": view.verbose, "summary": view.summary}
    if name in formats.SOURCES:
        from secloop.loop.material import reader

        options["sources"] = reader(project.root)
    rules = load_rules(project, prose=True) if name in formats.PROSE else outcome.rules
    return formats.write(name, outcome.report, rules, **options)


def _width() -> int:
    import shutil

    return max(60, min(shutil.get_terminal_size((80, 24)).columns, 120))


def _write_file(path: str, body: bytes) -> None:
    """Write a whole file or nothing: a new temporary file beside it is renamed over it.

    A pipe, a device or a name below /dev and /proc is written to, never replaced: `/dev/null` and `/dev/stdout`, which
    leads to a plain file under `> FILE`, would be files afterwards.
    """
    target = Path(path)
    partial = target.parent / f".{target.name}.{os.urandom(8).hex()}.partial"
    try:
        if target.exists() and (not target.is_file() or _is_systems(target)):
            target.write_bytes(body)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("xb") as file:  # new, so that it cannot be a link somebody laid
            file.write(body)
        partial.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise UsageError(f"Cannot write {path}: {error.strerror}", "Choose another place or make room") from error


def _is_systems(target: Path) -> bool:
    """Return whether the folder of `target` is the operating system's; a link below it is not ours to replace."""
    return target.parent.resolve().parts[1:2] in {("dev",), ("proc",)}
