"""Policies, their verdicts, and what was accepted."""

from __future__ import annotations

from enum import StrEnum

from msgspec import field

from secloop.model.base import Value
from secloop.model.enums import Confidence, Kind, Severity


class When(Value, forbid_unknown_fields=True):
    """Which findings a gate rule looks at; an absent field is no condition.

    `fixable` true asks for a known fixed version. `new` true looks at new findings only.
    """

    kinds: tuple[Kind, ...] = ()
    stages: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    min_severity: Severity | None = None
    min_confidence: Confidence | None = None
    new: bool = False


class GateRule(Value, forbid_unknown_fields=True):
    """One rule of a gate. `fail` is CEL: true fails.

    With `f` in the expression it is asked per finding that `when` selects; without, once, on `run` alone.
    """

    id: str
    fail: str
    reason: str
    to_pass: str
    when: When = When()
    source: str = ""


class Decision(Value):
    """A rule of a gate that failed, on which findings and occurrences of them, and what would make it pass."""

    rule: str
    reason: str
    to_pass: str
    findings: tuple[str, ...] = ()
    occurrences: tuple[str, ...] = ()


class GateOutcome(StrEnum):
    """What a gate says. `unknown` never counts as passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ASKED = "not-asked"


class Verdict(Value):
    """What the gate decided and the coverage it rests on; `exit` follows the precedence of contracts.md."""

    exit: int
    gate: GateOutcome
    complete: bool
    profile: str
    decisions: tuple[Decision, ...] = ()
    exits: tuple[str, ...] = ()
    new_only: bool = False


class Exception_(Value, forbid_unknown_fields=True):  # noqa: N801 - the field's word
    """An accepted finding, as written in `.secloop/exceptions.yaml`.

    At least one selector (`fingerprint`, `rule`, `purl`, `path`, `resource`) is given; all given ones must hold.
    `fingerprint` is a finding id (every occurrence) or an occurrence id.
    `expires` is the last ISO day on which it holds.
    """

    id: str
    reason: str
    owner: str = ""
    approved_by: str = ""
    expires: str = ""
    created: str = ""
    ticket: str = ""
    fingerprint: str = ""
    rule: str = ""
    purl: str = ""
    path: str = ""
    resource: str = ""
    vex: dict[str, str] = field(default_factory=dict)


class Hidden(Value):
    """Why a finding is not counted: an ignore comment, an exception or the baseline."""

    by: str
    reason: str
    source: str
    until: str = ""
