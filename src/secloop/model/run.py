"""One execution: what went in, what it looked at, what it may close."""

from __future__ import annotations

from secloop.model.base import Value
from secloop.model.enums import Kind, Stage
from secloop.model.quality import Quality


class Feed(Value):
    """A data feed a run rests on; `date` is the day of its newest content, `note` its limits in one line."""

    name: str
    date: str
    digest: str = ""
    note: str = ""


class SensorRun(Value):
    """One sensor as it ran: its version, the digest of its own rules and configuration, and the kinds it looks for."""

    name: str
    version: str
    stage: Stage
    digest: str
    kinds: tuple[Kind, ...] = ()


class Scope(Value):
    """What a run looked at. `closes` is false for a worktree, `--since`, `--staged`, path-limited or incomplete run.

    A run may close findings only within (sensor, its rules digest, target, ref).
    """

    sensors: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    since: str | None = None
    closes: bool = False


class Run(Value):
    """One execution of a command on a project and a ref. Times are RFC 3339 UTC; `root` is shown, never identity.

    `quality` is measured only where a gate policy asks for it.
    """

    id: str
    command: str
    project: str
    ref: str
    started: str
    commit: str = ""
    dirty: bool = False
    root: str = "."
    finished: str = ""
    scope: Scope = Scope()
    sensors: tuple[SensorRun, ...] = ()
    feeds: tuple[Feed, ...] = ()
    quality: Quality | None = None
