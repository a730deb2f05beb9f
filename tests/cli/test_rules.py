"""`secloop rules` and `secloop explain`, as a user sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from secloop.cli.explain import wrap
from secloop.cli.main import run
from secloop.rules.generate import expand

if TYPE_CHECKING:
    from pathlib import Path

    from pytest import CaptureFixture, MonkeyPatch  # noqa: PT013 - types only


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: MonkeyPatch) -> Path:
    """Stand in an empty project."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "secloop.toml").write_text("")
    monkeypatch.chdir(root)
    return root


def output(capsys: CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Run secloop; return what it printed, errors after results."""
    assert run(list(arguments)) == code
    printed = capsys.readouterr()
    return printed.out + printed.err


def test_a_new_rule_passes_its_test_as_it_stands_and_is_used(capsys: CaptureFixture[str], project: Path) -> None:
    assert "wrote" in output(capsys, "rules", "new", "acme-token")
    assert (project / ".secloop" / "rules" / "acme-token.md").is_file()
    assert output(capsys, "rules", "test") == "1 page, 4 cases, 0 failed\n"
    assert "acme-token" in output(capsys, "rules", "list")
    verbose = output(capsys, "rules", "test", "-v", ".secloop/rules/acme-token.md")
    assert ".secloop/rules/acme-token.md:36: bad prefixed ok\n" in verbose


def test_a_new_rule_never_replaces_a_page(capsys: CaptureFixture[str], project: Path) -> None:
    output(capsys, "rules", "new", "acme-token")
    page = project / ".secloop" / "rules" / "acme-token.md"
    page.write_text(page.read_text().replace("Acme token", "Mine"))
    assert "the rule id acme-token is taken by" in output(capsys, "rules", "new", "acme-token", code=2)
    assert "title: Mine" in page.read_text()
    assert "the rule id github-token is taken by" in output(capsys, "rules", "new", "github-token", code=2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Bad_Id"], "is not kebab-case"),
        (["../up"], "id"),
        (["x-token", "--engine", "nope"], "there is no skeleton for the engine nope. Use secret"),
        (["x-token", "--root", "absent"], "the root absent is no folder"),
    ],
)
def test_a_new_rule_that_cannot_be_is_one_clear_line(
    capsys: CaptureFixture[str], project: Path, arguments: list[str], says: str
) -> None:
    text = output(capsys, "rules", "new", *arguments, code=2)
    assert says in text
    assert text.count("\n") == 1
    assert not list(project.glob("**/*.md"))


def test_a_page_whose_case_fails_exits_1_and_names_the_line(capsys: CaptureFixture[str], project: Path) -> None:
    output(capsys, "rules", "new", "acme-token")
    page = project / ".secloop" / "rules" / "acme-token.md"
    page.write_text(page.read_text().replace("{{base62:12}}", "{{base62:32}}"))
    text = output(capsys, "rules", "test", code=1)
    assert "acme-token.md:49: case.py line 1 is found, though good" in text
    assert text.endswith("1 page, 4 cases, 1 failed\n")


def test_a_wrong_page_or_path_or_no_page_exits_2_in_one_line(capsys: CaptureFixture[str], project: Path) -> None:
    assert "the project has no rule pages of its own" in output(capsys, "rules", "test", code=2)
    assert "there is no page absent.md" in output(capsys, "rules", "test", "absent.md", code=2)
    (project / "bad.md").write_text("---\nid: bad\n---\n")
    text = output(capsys, "rules", "test", "bad.md", code=2)
    assert "bad.md:2: the page has no title" in text
    assert text.count("\n") == 1


def test_the_list_fits_80_columns_and_counts_rules(capsys: CaptureFixture[str]) -> None:
    lines = output(capsys, "rules", "list").splitlines()
    rows = json.loads(output(capsys, "rules", "list", "--format", "json"))
    assert lines[0] == "code"
    assert max(map(len, lines)) <= 80
    assert lines[-1] == f"{len(rows)} rules on {len({row['page'] for row in rows})} pages"
    listed = [line.split()[:2] for line in lines[:-1] if line.startswith("  ")]
    assert sorted(listed) == sorted([row["id"], row["severity"]] for row in rows)


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (["--stage", "code"], True),
        (["--stage", "deploy"], False),
        (["--cwe", "798"], True),
        (["--cwe", "CWE-798"], True),
        (["--cwe", "79"], False),
        (["--engine", "secret"], True),
        (["--engine", "cel"], False),
        (["--control", "IA-5"], True),
        (["--control", "nist-800-53:IA-5"], True),
        (["--control", "other:IA-5"], False),
    ],
)
def test_the_list_is_filtered(capsys: CaptureFixture[str], filters: list[str], *, kept: bool) -> None:
    rows = json.loads(output(capsys, "rules", "list", "--format", "json", *filters))
    assert ("github-token" in {row["page"] for row in rows}) is kept


def test_explain_prints_a_rule_in_80_columns_without_anything_key_shaped(capsys: CaptureFixture[str]) -> None:
    text = output(capsys, "explain", "github-token")
    assert all(len(line) <= 80 for line in text.splitlines() if "https://" not in line)
    for part in (
        "github-token: ",
        "CWE-798",
        "What it finds",
        "Why it matters",
        "How to fix",
        "Found, in",
        "<30 letters",
    ):
        assert part in text
    assert "{{" not in text


def test_explain_takes_a_matchers_id_and_a_former_id(capsys: CaptureFixture[str], project: Path) -> None:
    output(capsys, "rules", "new", "acme-token")
    page = project / ".secloop" / "rules" / "acme-token.md"
    second = "  - {id: other, severity: low, title: Another, match: {keywords: [x], regex: xyz}}\n---\n"
    text = page.read_text().replace("---\n", "---\naliases: [old-token]\n", 1).replace("\n---\n", f"\n{second}", 1)
    page.write_text(text)
    assert output(capsys, "explain", "old-token") == output(capsys, "explain", "acme-token")
    assert output(capsys, "explain", "acme-token.other").startswith("acme-token.other: Another\n  severity  low")


def test_explain_suggests_what_was_meant(capsys: CaptureFixture[str]) -> None:
    text = output(capsys, "explain", "github-tokn", code=2)
    assert text == "secloop: there is no rule github-tokn. Did you mean github-token.\n"


def test_explain_of_a_finding_without_a_store_says_what_to_do(capsys: CaptureFixture[str], project: Path) -> None:
    text = output(capsys, "explain", "s-3fab", code=2)
    assert text.endswith("is remembered. Run secloop scan first.\n")
    assert [path.name for path in project.iterdir()] == ["secloop.toml"]


def test_explain_of_a_finding_shows_it_and_its_rule(capsys: CaptureFixture[str], project: Path) -> None:
    (project / "a.py").write_text(expand("t = '{{crc32:ghp_,30}}'\n"))
    output(capsys, "scan", ".", code=1)
    (row,) = json.loads(output(capsys, "findings", "--format", "json"))
    text = output(capsys, "explain", row["id"][:8])
    assert text.startswith(row["id"])
    for part in ("a.py", "history", "github-token.classic: GitHub token", "How to fix"):
        assert part in text


def test_a_cwe_that_is_no_number_is_refused(capsys: CaptureFixture[str]) -> None:
    text = output(capsys, "rules", "list", "--cwe", "abc", code=2)
    assert text == "secloop: --cwe 'abc' is no weakness. Write a number, as 798 or CWE-798.\n"


def test_prose_is_filled_and_code_and_lists_stay() -> None:
    markdown = "one\ntwo three\n\n- first item is long\n  and goes on\n- second\n\n```sh\na    b\n```\nend"
    assert wrap(markdown, 20) == (
        "  one two three\n\n  - first item is\n    long and goes on\n  - second\n\n  ```sh\n  a    b\n  ```\n  end"
    )


@pytest.mark.parametrize("command", [["rules"], ["rules", "list"], ["rules", "new"], ["rules", "test"], ["explain"]])
def test_every_command_has_help(capsys: CaptureFixture[str], command: list[str]) -> None:
    assert "Usage: secloop " + " ".join(command) in output(capsys, *command, "--help")
