"""What a Kyverno rule says of an object."""

from __future__ import annotations

from enum import StrEnum

from secloop.model.base import Value
from secloop.model.errors import UsageError


class Outcome(StrEnum):
    """The ways a rule ends."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    SKIP = "skip"


class Verdict(Value):
    """An outcome with the messages of what failed."""

    outcome: Outcome
    messages: tuple[str, ...] = ()


SKIPPED = Verdict(outcome=Outcome.SKIP)
PASSED = Verdict(outcome=Outcome.PASS)


class UnsupportedError(UsageError):
    """A rule needs something that this engine does not have."""
