"""What git writes to a hook's stdin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UsageError
from secloop.stages.code.hooks.base import Hook
from secloop.stages.code.hooks.updates import Update, from_pre_commit, parse

A, B, NONE = "a" * 40, "b" * 40, "0" * 40


def test_pre_push_names_the_local_side_first() -> None:
    assert parse(Hook.PRE_PUSH, f"refs/heads/x {A} refs/heads/y {B}\n") == (Update(ref="refs/heads/y", old=B, new=A),)


def test_pre_push_takes_an_expression_with_spaces_as_local_side() -> None:
    line = f"HEAD@{{1 day ago}} {A} refs/heads/y {B}\n"
    assert parse(Hook.PRE_PUSH, line) == (Update(ref="refs/heads/y", old=B, new=A),)


def test_pre_receive_names_the_old_object_first() -> None:
    assert parse(Hook.PRE_RECEIVE, f"{A} {B} refs/heads/x\n") == (Update(ref="refs/heads/x", old=A, new=B),)


def test_a_ref_that_is_not_there_is_empty() -> None:
    created, deleted = parse(Hook.PRE_RECEIVE, f"{NONE} {B} refs/heads/x\n{A} {NONE} refs/heads/y\n")
    assert (created.old, created.new) == ("", B)
    assert (deleted.old, deleted.new) == (A, "")


def test_nothing_pushed_is_no_update() -> None:
    assert parse(Hook.PRE_PUSH, "") == ()


@pytest.mark.parametrize("hook", [Hook.PRE_PUSH, Hook.PRE_RECEIVE])
@given(text=st.text(alphabet="ab0 /\n-", max_size=200))
def test_what_git_does_not_write_is_refused_in_one_line(hook: Hook, text: str) -> None:
    if not text.strip(" \n"):
        return
    with pytest.raises(UsageError) as error:
        parse(hook, text)
    assert "\n" not in str(error.value)


@given(st.lists(st.tuples(st.sampled_from([A, B, "c" * 64]), st.sampled_from([A, B, NONE])), max_size=5))
def test_every_line_is_an_update(rows: list[tuple[str, str]]) -> None:
    text = "".join(f"{old} {new} refs/heads/x\n" for old, new in rows)
    assert [(u.old, u.new) for u in parse(Hook.PRE_RECEIVE, text)] == [(o, n.replace(NONE, "")) for o, n in rows]


def test_the_pre_commit_framework_says_what_is_pushed_in_its_environment() -> None:
    environ = {"PRE_COMMIT": "1", "PRE_COMMIT_FROM_REF": A, "PRE_COMMIT_TO_REF": B, "PRE_COMMIT_REMOTE_BRANCH": "r"}
    assert from_pre_commit(environ) == (Update(ref="r", old=A, new=B),)
    assert from_pre_commit({"PRE_COMMIT": "1"}) == (Update(ref="", old="", new="HEAD"),)
    assert from_pre_commit({}) is None
