"""`secloop rules try`: one rule on files, as a user sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from secloop.rules.generate import expand

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine

TOKEN = expand("{{crc32:ghp_,30}}")
STRIPE = expand("sk_live_{{base62:24}}")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with two secrets, of which a comment hides one, and a broken Python file."""
    root = tmp_path / "shop"
    (root / "app").mkdir(parents=True)
    (root / "secloop.toml").write_text("", encoding="utf-8")
    (root / "app" / "a.py").write_text(f'x = 1\ntoken = "{TOKEN}"  # secloop:ignore reason="x"\n', encoding="utf-8")
    (root / "app" / "b.py").write_text(f'key = "{STRIPE}"\n', encoding="utf-8")
    return root


def test_a_rule_shows_each_of_its_hits_masked_and_no_others(secloop: CommandLine, project: Path) -> None:
    done = secloop("rules", "try", "github-token", cwd=project)
    assert done.code == 0, done.err
    first, excerpt, last = done.out.splitlines()
    assert first.startswith("app/a.py:2:10  github-token.classic  GitHub token: ghp_****")
    assert excerpt.startswith('    token = "ghp_****')
    assert last == "1 hit in 1 file, of 3 files looked at"
    assert TOKEN not in done.out


@pytest.mark.parametrize(("name", "hits"), [("github-token.classic", 1), ("github-token.app", 0), ("stripe-key", 0)])
def test_the_id_of_one_matcher_and_paths_narrow_it(secloop: CommandLine, project: Path, name: str, hits: int) -> None:
    done = secloop("rules", "try", name, "app/a.py", "--format", "json", cwd=project)
    assert [row["rule"] for row in done.json] == ["github-token.classic"] * hits


def test_a_page_that_is_no_rule_of_the_project_yet_can_be_tried(secloop: CommandLine, project: Path) -> None:
    assert secloop("rules", "new", "acme-token", cwd=project).code == 0
    page = project / ".secloop" / "rules" / "acme-token.md"
    draft = page.rename(project.parent / "acme-token.md")
    value = expand("acme_token_{{base62:32}}")
    (project / "app" / "c.py").write_text(f'ACME_TOKEN = "{value}"\n', encoding="utf-8")
    rows = json.loads(secloop("rules", "try", draft, "-f", "json", cwd=project).out)
    assert {row["file"] for row in rows} == {"app/c.py"}
    draft.write_text(draft.read_text().replace("regex: '", "regex: '("), encoding="utf-8")
    broken = secloop("rules", "try", draft, cwd=project)
    assert (broken.code, broken.err.count("\n")) == (2, 1)
    assert "secloop rules test" in broken.err


def test_a_rule_of_the_gitleaks_configuration_can_be_tried(secloop: CommandLine, project: Path) -> None:
    (project / ".gitleaks.toml").write_text('[[rules]]\nid = "acme"\nregex = "x = ([0-9])"\n', encoding="utf-8")
    done = secloop("rules", "try", "gitleaks.acme", cwd=project)
    assert "app/a.py:1:5  gitleaks.acme" in done.out


def test_rules_of_other_engines_are_tried_by_the_same_command(secloop: CommandLine, project: Path) -> None:
    (project / "requirements.txt").write_text("pyyaml==5.3.1\n", encoding="utf-8")
    done = secloop("rules", "try", "vulnerable-dependency", "requirements.txt", cwd=project)
    assert "requirements.txt:1  vulnerable-dependency.pypi" in done.out


def test_what_could_not_be_looked_at_is_said(secloop: CommandLine, project: Path) -> None:
    (project / "secloop.toml").write_text('[scan]\nmax_file_size = "1KB"\n', encoding="utf-8")
    (project / "app" / "big.py").write_text("x = 1\n" * 1000, encoding="utf-8")
    done = secloop("rules", "try", "github-token", "app", cwd=project)
    assert done.code == 3
    assert "app/big.py was not analysed (larger than 1 KB)" in done.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nope-rule",), "there is no rule and no page nope-rule"),
        (("nope.md",), "there is no page nope.md"),
        (("github-token", "nothing*.py"), "Nothing matches"),
    ],
)
def test_a_wrong_name_is_one_clear_line(
    secloop: CommandLine, project: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = secloop("rules", "try", *arguments, cwd=project)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert says in done.err
