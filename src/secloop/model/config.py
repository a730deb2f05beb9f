"""`secloop.toml` as values. Loading is the loop's; an unknown key is an error there."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import field

from secloop.model.base import Value
from secloop.model.enums import Audience, Severity

Duration = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(ms|s|m|h|d)$", description="e.g. 10s, 7d")]
Size = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(B|KB|MB|GB)?$", description="e.g. 500KB, 5MB (powers of 1024)")]

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"GB": 1 << 30, "MB": 1 << 20, "KB": 1 << 10, "B": 1}


def seconds(duration: str) -> float:
    """Return a Duration in seconds."""
    unit = duration.lstrip("0123456789")
    return int(duration[: -len(unit)]) * _SECONDS[unit]


def size_bytes(size: str) -> int:
    """Return a Size in bytes."""
    for suffix, factor in _BYTES.items():
        if size.endswith(suffix):
            return int(size.removesuffix(suffix)) * factor
    return int(size)


class _Table(Value, forbid_unknown_fields=True):
    """A table of the file: unknown keys are errors."""


class ProjectConfig(_Table):
    """`[project]`: what the project is. `identity_salt` keys the identity of secrets; `secloop init` writes it."""

    id: str = ""
    default_ref: str = "main"
    criticality: Literal["low", "medium", "high", "critical"] = "medium"
    exposure: Literal["internal", "authenticated", "internet"] = "internal"
    identity_salt: str = ""


class AcceptIncomplete(_Table):
    """A known-broken place that does not make a run incomplete."""

    path: str
    reason: str
    sensor: str = "*"


class ScanConfig(_Table):
    """`[scan]`: what is looked at and within which bounds. `jobs` 0 means one worker per core."""

    exclude: tuple[str, ...] = ()
    max_file_size: Size = "5MB"
    file_timeout: Duration = "10s"
    jobs: Annotated[int, msgspec.Meta(ge=0, le=256)] = 0
    disable: tuple[str, ...] = ()
    accept_incomplete: tuple[AcceptIncomplete, ...] = ()


class RulesConfig(_Table):
    """`[rules]`: own rule folders, and overrides of severity by rule id."""

    paths: tuple[str, ...] = (".secloop/rules",)
    severity: dict[str, Severity] = field(default_factory=dict)
    audience: Audience = Audience.REGULAR


class BuildConfig(_Table):
    """`[build]`: advisory sources (OSV folder, zip or snapshot) and how old a feed may be.

    `internal` are globs of package names that no public registry should answer for (`acme-*`, `@acme/*`).
    """

    advisories: tuple[str, ...] = ()
    max_feed_age: Duration = "30d"
    internal: tuple[str, ...] = ()


class GateConfig(_Table):
    """`[gate]`: the profile and the folders of own policies."""

    profile: str = "default"
    policies: tuple[str, ...] = (".secloop/policies",)
    new_only: bool = False


class OutputConfig(_Table):
    """`[output]`: reports to write after every run, format = path."""

    reports: dict[str, str] = field(default_factory=dict)


class TeamConfig(_Table):
    """`[teams.NAME]`: owners and SLA by severity."""

    owners: tuple[str, ...] = ()
    sla: dict[Severity, Duration] = field(default_factory=dict)


class Config(_Table):
    """The whole file."""

    project: ProjectConfig = ProjectConfig()
    scan: ScanConfig = ScanConfig()
    rules: RulesConfig = RulesConfig()
    build: BuildConfig = BuildConfig()
    gate: GateConfig = GateConfig()
    output: OutputConfig = OutputConfig()
    teams: dict[str, TeamConfig] = field(default_factory=dict)
