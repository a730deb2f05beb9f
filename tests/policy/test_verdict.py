"""Exit codes as a table: every combination, against the precedence of contracts.md."""

from __future__ import annotations

from itertools import product

import pytest

from policy.samples import COMPLETE, gap
from secloop.model.coverage import Coverage, FileCounts
from secloop.model.enums import FileClass
from secloop.model.errors import UsageError
from secloop.model.policy import Decision, GateOutcome
from secloop.policy.verdict import EXITS, asks_coverage, verdict

POLICY = Decision(rule="open-secret", reason="r", to_pass="p", findings=("s-1",))
GAP = Decision(rule="incomplete", reason="r", to_pass="p")
BROKEN = Coverage(files=FileCounts(seen=2, scanned=1, failed=1), gaps=(gap(FileClass.FAILED),))


def expected_exit(
    *, interrupted: bool, usage: bool, internal: bool, failed: bool, incomplete: bool, code: int, allow: bool
) -> int:
    """Precedence 130, 2, internal 3, policy failed 1, incomplete 3, 0, written out."""
    if interrupted:
        return 130
    if usage:
        return 2
    if internal:
        return 3
    if failed and code:
        return code
    return 3 if incomplete and not allow else 0


@pytest.mark.parametrize("flags", list(product([False, True], repeat=5)))
@pytest.mark.parametrize(("exit_code", "soft_fail"), [(1, False), (1, True), (7, False), (7, True), (0, False)])
@pytest.mark.parametrize("allow", [False, True])
def test_the_exit_code_follows_the_precedence(
    flags: tuple[bool, ...], exit_code: int, soft_fail: bool, allow: bool
) -> None:
    interrupted, usage, internal, failed, incomplete = flags
    decisions = [d for d, wanted in ((POLICY, failed), (GAP, incomplete)) if wanted]
    found = verdict(
        decisions,
        BROKEN if incomplete else COMPLETE,
        "default",
        interrupted=interrupted,
        usage=usage,
        internal=internal,
        exit_code=exit_code,
        soft_fail=soft_fail,
        allow_incomplete=allow,
    )
    assert found.exit == expected_exit(
        interrupted=interrupted,
        usage=usage,
        internal=internal,
        failed=failed,
        incomplete=incomplete,
        code=0 if soft_fail else exit_code,
        allow=allow,
    )
    assert found.exits == tuple(name for name, applied in zip(EXITS, flags, strict=True) if applied)


def test_an_incomplete_run_ends_with_3_although_no_rule_asks() -> None:
    found = verdict([], BROKEN, "commit")
    assert (found.exit, found.complete, found.exits) == (3, False, ("incomplete",))


def test_a_failed_rule_on_coverage_alone_ends_with_3_although_the_run_counts_as_complete() -> None:
    found = verdict([Decision(rule="incomplete-feeds", reason="r", to_pass="p")], COMPLETE, "strict")
    assert (found.exit, found.gate, found.complete) == (3, GateOutcome.FAILED, True)


def test_allow_incomplete_never_forgives_an_internal_error() -> None:
    assert verdict([], BROKEN, "default", internal=True, allow_incomplete=True).exit == 3


def test_a_forgiven_failure_is_still_named() -> None:
    found = verdict([POLICY], COMPLETE, "default", soft_fail=True)
    assert (found.exit, found.gate, found.exits) == (0, GateOutcome.FAILED, ("policy-failed",))


def test_a_gate_over_nothing_does_not_pass() -> None:
    assert verdict([], Coverage(), "default").gate is GateOutcome.NOT_ASKED
    assert verdict([], COMPLETE, "default").gate is GateOutcome.PASSED


@pytest.mark.parametrize("stopped", ["usage", "internal", "interrupted"])
def test_a_run_that_stopped_did_not_pass(stopped: str) -> None:
    found = verdict([], COMPLETE, "default", usage=stopped == "usage", internal=stopped == "internal",
                    interrupted=stopped == "interrupted")  # fmt: skip
    assert found.gate is GateOutcome.NOT_ASKED


@pytest.mark.parametrize("code", [-1, 256])
def test_an_exit_code_no_system_has_is_refused(code: int) -> None:
    with pytest.raises(UsageError, match="not between 0 and 255"):
        verdict([], COMPLETE, "default", exit_code=code)


def test_only_ids_that_start_with_incomplete_ask_about_coverage() -> None:
    assert [asks_coverage(i) for i in ("incomplete", "incomplete-x", "incompletely", "x-incomplete")] == [
        True, True, False, False,
    ]  # fmt: skip
