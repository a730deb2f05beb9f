"""Rules of Semgrep's format and patterns on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secloop.stages.test.sast.foreign import Foreign, pattern_page
from secloop.stages.test.sast.semgrep.formula import BadRuleError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine, Repository

RULES = """
rules:
  - id: shell
    languages: [python, ruby]
    severity: ERROR
    message: A shell is started.
    metadata: {cwe: ["CWE-78: OS Command Injection"], confidence: LOW}
    pattern: os.system(...)
  - id: broken
    languages: [python]
    severity: INFO
    message: m
    pattern: "def ("
"""


def test_rules_of_semgrep_are_read_and_those_that_cannot_be_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULES)
    (tmp_path / "b.yml").write_text("rules: 1\n")
    read = Foreign([tmp_path])
    (page,) = read.pages
    assert (page.id, page.cwe, page.severity.value, page.confidence.value) == ("shell", (78,), "high", "low")
    assert page.matchers[0].languages == ("python",)
    assert [problem.partition(": ")[2] for problem in read.problems] == [
        "rule broken: python does not read the pattern 'def ('",
        "no list `rules`",
    ]


@pytest.mark.parametrize(
    "text", ["", "a: [", "- 1", "rules: [{id: a}]", "rules: [{id: a, languages: [python], patterns: 3}]"]
)
def test_no_text_of_rules_raises(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert Foreign([tmp_path]).pages == []


def test_a_pattern_is_read_in_the_languages_that_can() -> None:
    assert "go" not in pattern_page("def $F(...): ...", ["python", "go"]).matchers[0].languages
    with pytest.raises(BadRuleError):
        pattern_page(")(", ["python", "go"])


def test_sast_runs_foreign_rules(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "import os\nos.system('ls')\n")
    repo.write("rules/a.yaml", RULES)
    done = secloop("test", "sast", ".", "--rules", "rules", "-f", "json", cwd=repo.path)
    (row,) = done.json["findings"]
    assert (row["rule"], row["line"], row["cwe"]) == ("shell", 2, [78])
    assert not done.json["verdict"]["complete"]


def test_sast_finds_a_flow_and_shows_its_way(repo: Repository, secloop: CommandLine) -> None:
    repo.write(
        "web.py",
        "import os\nfrom flask import request\nfrom lib import line\n\n@app.route("
        "'/')\ndef view():\n    os.system(line(request.args['a']))\n    return 'ok'\n",
    )
    repo.write("lib.py", "def line(x):\n    return 'ls ' + x\n")
    (row,) = secloop("test", "sast", "-f", "json", "--no-store", cwd=repo.path).json["findings"]
    assert (row["rule"], row["file"], row["line"]) == ("os-command-injection.python", "web.py", 7)
    assert secloop("test", "sast", "--lang", "go", "-f", "json", "--no-store", cwd=repo.path).json["findings"] == []
    assert secloop("test", "sast", "--lang", "cobol", cwd=repo.path).code == 2


def test_a_pattern_is_tried_on_files(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "run(1)\nother(1)\n")
    done = secloop("rules", "try", "run($X)", "app.py", cwd=repo.path)
    assert done.code == 0
    assert "app.py:1" in done.out
    assert "app.py:2" not in done.out
    assert secloop("rules", "try", "run(((", "app.py", cwd=repo.path).code == 2
