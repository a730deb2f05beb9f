"""`secloop code`."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from secloop.rules.generate import expand

if TYPE_CHECKING:
    from conftest import CommandLine, Repository

TOKEN = expand("{{crc32:ghp_,30}}", "cli")


@pytest.fixture
def leaky(repo: Repository) -> Repository:
    """Return a repository that once held a token."""
    repo.write("app.py", f'token = "{TOKEN}"\n')
    repo.write("CODEOWNERS", "*.py @acme/web\n")
    repo.commit()
    repo.write("app.py", "token = read()\n")
    repo.commit()
    return repo


def test_help_names_the_verbs_without_importing_them(secloop: CommandLine) -> None:
    shown = secloop("code", "--help").out
    assert "history" in shown
    assert "secrets" in shown


def test_history_finds_what_a_scan_of_the_files_cannot(leaky: Repository, secloop: CommandLine) -> None:
    assert secloop("code", "secrets", cwd=leaky.path).code == 0
    result = secloop("code", "history", "-f", "json", cwd=leaky.path)
    [row] = result.json["findings"]
    first = leaky.git("rev-list", "--max-parents=0", "HEAD").strip()
    assert result.code == 1
    assert (row["file"], row["line"], row["owner"]) == ("app.py", 1, "@acme/web")
    assert (row["evidence"]["commit"], row["evidence"]["in_head"]) == (first, "false")
    assert "no longer in HEAD" in row["message"]
    assert result.json["run"]["ref"] == "history/main"
    assert TOKEN not in result.out


def test_history_leaves_the_findings_of_a_scan_alone(leaky: Repository, secloop: CommandLine) -> None:
    leaky.write("b.py", f'token = "{expand("{{crc32:ghp_,30}}", "b")}"\n')
    leaky.commit()
    scanned = secloop("scan", "-f", "json", cwd=leaky.path).json["findings"]
    assert secloop("code", "history", cwd=leaky.path).code == 1
    again = secloop("scan", "-f", "json", cwd=leaky.path)
    assert again.json["closed"] == []
    assert [row["id"] for row in again.json["findings"]] == [row["id"] for row in scanned]


def test_a_second_history_run_reports_nothing_new(leaky: Repository, secloop: CommandLine) -> None:
    secloop("code", "history", cwd=leaky.path)
    again = secloop("code", "history", "--new", "-f", "json", cwd=leaky.path)
    assert [row["status"] for row in again.json["findings"]] == ["open"]
    assert again.code == 0


def test_ignore_comments_and_exceptions_hold_for_history(leaky: Repository, secloop: CommandLine) -> None:
    leaky.write("kept.py", f'token = "{expand("{{crc32:ghp_,30}}", "kept")}"  # gitleaks:allow\n')
    leaky.commit()
    rows = secloop("code", "history", "-f", "json", cwd=leaky.path).json["findings"]
    hidden = {row["file"]: row["suppressed"] for row in rows}
    assert hidden["kept.py"]["by"] == "ignore"
    assert hidden["app.py"] is None


def test_a_range_costs_and_reports_its_own_commits_only(leaky: Repository, secloop: CommandLine) -> None:
    clean = secloop("code", "history", "--range", "HEAD~1..HEAD", "-f", "json", cwd=leaky.path)
    assert clean.json["findings"] == []
    assert clean.json["run"]["scope"]["since"] == "HEAD~1..HEAD"
    zeros = "0" * 40
    assert secloop("code", "history", "--range", f"{zeros}..HEAD", cwd=leaky.path).code == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--range", "HEAD"), "is not A..B"),
        (("--range", "a...b"), "is not A..B"),
        (("--branch", "nowhere"), "names no commit"),
        (("--branch", "--upload-pack=x"), "names no commit"),
        (("--branch", "main", "--all-refs"), "exclude each other"),
    ],
)
def test_wrong_revisions_are_told(leaky: Repository, secloop: CommandLine, flags: tuple[str, ...], said: str) -> None:
    result = secloop("code", "history", *flags, cwd=leaky.path)
    assert result.code == 2
    assert said in result.err


def test_history_needs_a_repository(secloop: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> None:
    result = secloop("code", "history", cwd=tmp_path_factory.mktemp("plain"))
    assert result.code == 2
    assert "not in a git repository" in result.err


def test_standard_input_is_one_file_with_the_name_given(
    secloop: CommandLine, leaky: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f'token = "{TOKEN}"\n'.encode())))
    result = secloop("code", "secrets", "--stdin", "--stdin-name", "x/a.py", "-f", "json", cwd=leaky.path)
    assert [(row["file"], row["line"]) for row in result.json["findings"]] == [("x/a.py", 1)]
    assert result.code == 1
    assert secloop("runs", cwd=leaky.path).code == 2


def test_standard_input_is_bounded(secloop: CommandLine, leaky: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    leaky.write("secloop.toml", '[scan]\nmax_file_size = "1KB"\n')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 2000)))
    result = secloop("code", "secrets", "--stdin", cwd=leaky.path)
    assert result.code == 2
    assert "larger than 1KB" in result.err


def test_standard_input_and_paths_exclude_each_other(secloop: CommandLine, leaky: Repository) -> None:
    assert secloop("code", "secrets", "--stdin", ".", cwd=leaky.path).code == 2
    assert secloop("code", "secrets", "--stdin-name", "a.py", cwd=leaky.path).code == 2
