"""What a refusal says."""

from __future__ import annotations

import pytest

from secloop.model.coverage import Gap
from secloop.model.enums import Audience, Confidence, FileClass, Kind, Severity, Stage, Status
from secloop.model.report import FindingRow
from secloop.stages.code.hooks.base import Hook
from secloop.stages.code.hooks.message import Refused, incomplete, refusal


def row(file: str = "a.py", line: int = 3) -> FindingRow:
    return FindingRow(
        id="s-0123",
        occurrence=f"s-0123@{file}",
        kind=Kind.SECRET,
        stage=Stage.CODE,
        rule="github-token.classic",
        title="GitHub token",
        message="GitHub token: ghp_****wxyz",
        severity=Severity.CRITICAL,
        severity_raw="",
        confidence=Confidence.HIGH,
        audience=Audience.REGULAR,
        status=Status.NEW,
        file=file,
        line=line,
        column=7,
    )


@pytest.mark.parametrize("hook", list(Hook))
def test_a_refusal_says_what_where_and_how_to_go_on(hook: Hook) -> None:
    text = refusal(hook, [Refused(row=row(), commit="f" * 40)])
    assert "a.py:3:7  github-token.classic  GitHub token: ghp_****wxyz  in commit ffffffffffff" in text
    assert 'secloop:ignore github-token.classic reason="..."' in text
    assert ("secloop accept s-0123" in text) is (hook is not Hook.COMMIT_MSG)
    assert ("--no-verify" in text) is not hook.on_server
    assert len(text.splitlines()) <= 8


def test_a_secret_that_only_the_project_refuses_names_its_policy() -> None:
    one = Refused(row=row(), policy="no-weak: Weak\x1b values are not ours")
    assert "(policy no-weak: Weak\\x1b values are not ours)" in refusal(Hook.PRE_COMMIT, [one])


def test_many_secrets_are_counted_and_the_first_shown() -> None:
    text = refusal(Hook.PRE_COMMIT, [Refused(row=row(line=n)) for n in range(1200)])
    assert "This commit adds 1,200 secrets" in text
    assert "and 1197 more" in text
    assert len(text.splitlines()) <= 10


def test_hostile_names_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in refusal(Hook.PRE_COMMIT, [Refused(row=row(file="\x1b[2Ja.py"))])
    gap = Gap(file="\x1b[2Ja.py", sensor="walk", outcome=FileClass.LIMITED, reason="larger than 5 MB")
    text = incomplete(Hook.PRE_COMMIT, [gap])
    assert "\x1b" not in text
    assert "larger than 5 MB" in text
