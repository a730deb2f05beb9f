"""From decisions and coverage to one verdict and one exit code. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.errors import Exit, UsageError
from secloop.model.policy import Decision, GateOutcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.model.coverage import Coverage

INCOMPLETE = "incomplete"
"""Gate rules named `incomplete`, or `incomplete-...`, ask about coverage: they end a run with 3, not with 1."""

EXITS = ("interrupted", "usage", "internal-error", "policy-failed", "incomplete")
"""What `Verdict.exits` may hold, in the order of precedence (contracts.md: 130, 2, internal 3, 1, incomplete 3, 0)."""

_MAX_EXIT = 255


def asks_coverage(rule: str) -> bool:
    """Return whether a gate rule, by its id, is about what was not looked at, rather than about what was found."""
    return rule == INCOMPLETE or rule.startswith(INCOMPLETE + "-")


def verdict(  # noqa: PLR0913 - each keyword is one independent input of the table of exit codes
    decisions: Sequence[Decision],
    coverage: Coverage,
    profile: str,
    *,
    usage: bool = False,
    internal: bool = False,
    interrupted: bool = False,
    exit_code: int = Exit.POLICY_FAILED,
    soft_fail: bool = False,
    allow_incomplete: bool = False,
    new_only: bool = False,
) -> Verdict:
    """Return the verdict on `decisions` (the rules that failed) and the coverage they rest on.

    `exits` names every code that applied, strongest first, also what a flag then forgave: `soft_fail` turns the 1 of a
    failed policy into 0, `exit_code` replaces it, `allow_incomplete` turns incomplete, never an internal error, into 0.
    A run that failed inside has no complete coverage, whatever it counted.

    Raises: UsageError if `exit_code` is not 0..255.
    """
    if not 0 <= exit_code <= _MAX_EXIT:
        raise UsageError(f"exit code {exit_code} is not between 0 and {_MAX_EXIT}", "Choose another one")
    stopped = internal or interrupted
    applied = {
        "interrupted": interrupted,
        "usage": usage,
        "internal-error": internal,
        "policy-failed": any(not asks_coverage(d.rule) for d in decisions),
        "incomplete": not coverage.complete or any(asks_coverage(d.rule) for d in decisions),
    }
    codes = {
        "interrupted": int(Exit.INTERRUPTED),
        "usage": int(Exit.USAGE),
        "internal-error": int(Exit.INTERNAL),
        "policy-failed": 0 if soft_fail else exit_code,
        "incomplete": 0 if allow_incomplete else int(Exit.INCOMPLETE),
    }
    exits = tuple(name for name in EXITS if applied[name])
    return Verdict(
        exit=next((codes[name] for name in exits if codes[name]), int(Exit.OK)),
        gate=_gate(decisions, coverage, asked=not (usage or stopped)),
        complete=coverage.complete and not stopped,
        profile=profile,
        decisions=tuple(decisions),
        exits=exits,
        new_only=new_only,
    )


def _gate(decisions: Sequence[Decision], coverage: Coverage, *, asked: bool) -> GateOutcome:
    """Return failed before not-asked before passed; over an empty set, or one cut short, a gate does not pass."""
    if decisions:
        return GateOutcome.FAILED
    looked = coverage.files.scanned + coverage.files.partial
    return GateOutcome.PASSED if asked and looked else GateOutcome.NOT_ASKED
