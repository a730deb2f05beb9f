"""The diff of fixes: what git applies, without a secret."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.loop.fix_apply import Change
from secloop.loop.fix_diff import diff

if TYPE_CHECKING:
    from pathlib import Path

LINES = "".join(f"line {n}\n" for n in range(30))


def change(before: str, after: str, file: str = "r.txt") -> Change:
    return Change(file=file, before=before, after=after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LINES, LINES.replace("line 3\n", "LINE 3\n").replace("line 20\n", "LINE 20\n")),
        (LINES, LINES.replace("line 3\n", "LINE 3\n").replace("line 6\n", "LINE 6\n")),
        (LINES, LINES.replace("line 3\n", "line 3\nmore\nmore\n").replace("line 9\n", "line 9\nmore\n")),
        ("a==1", "a==2"),
        ("a==1\r\nb==1\r\n", "a==2\r\nb==1\r\n"),
        ("{}", '{\n  "overrides": {}\n}'),
    ],
    ids=["two-hunks", "one-hunk", "added-lines", "no-end", "crlf", "other-length"],
)
def test_git_applies_the_diff(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / "r.txt").write_bytes(before.encode())
    text = diff([change(before, after)])
    subprocess.run(["git", "apply", "-p1", "-"], cwd=tmp_path, input=text.encode(), check=True)
    assert (tmp_path / "r.txt").read_bytes() == after.encode()


def test_git_applies_the_diff_of_a_file_with_an_odd_name(tmp_path: Path) -> None:
    name = 'a "b" ü.txt'
    (tmp_path / name).write_text("a==1\n")
    text = diff([change("a==1\n", "a==2\n", name)])
    subprocess.run(["git", "apply", "-p1", "-"], cwd=tmp_path, input=text.encode(), check=True)
    assert (tmp_path / name).read_text() == "a==2\n"


def test_a_context_line_with_a_secret_ends_the_context() -> None:
    before = "--index-url https://me:pa55@example.org/\nx\na==1\nhidden line\n"
    text = diff([change(before, before.replace("a==1", "a==2"))], {"hidden line"})
    assert "pa55" not in text
    assert "hidden line" not in text
    assert "@@ -2,2 +2,2 @@\n x\n-a==1\n+a==2\n" in text


def test_a_changed_line_with_a_secret_is_starred() -> None:
    text = diff([change("https://me:pa55@example.org/a-1\n", "https://me:pa55@example.org/a-2\n")])
    assert "pa55" not in text
    assert "+https://****@example.org/a-2" in text


def test_nothing_changed_is_no_diff() -> None:
    assert diff([change("a\n", "a\n")]) == ""


@given(st.lists(st.sampled_from(["a\n", "b\n", "c\n"]), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_a_diff_holds_every_removed_and_added_line(old: list[str], letters: list[str]) -> None:
    new = [f"{letter}\n" for letter in letters]
    text = diff([change("".join(old), "".join(new))]).splitlines(keepends=True)[2:]
    kept = [line[1:] for line in text if line[0] == " "]
    removed = [line[1:] for line in text if line[0] == "-"]
    added = [line[1:] for line in text if line[0] == "+"]
    assert len(old) - len(removed) == len(new) - len(added)
    assert len(kept) <= len(old) - len(removed)
