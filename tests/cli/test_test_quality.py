"""`secloop test quality` and `secloop test routes` as a user calls them, and a gate that asks for quality."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from secloop.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

CODE = "def f(a):\n    if a and b:\n        return 1\n    return 2\n"
LCOV = "SF:shop/a.py\nDA:1,1\nDA:2,1\nDA:3,0\nDA:4,0\nend_of_record\n"
POLICY = """id: tests-run-the-code
fail: run.quality.measured && run.quality.has_coverage && run.quality.coverage < 0.8
reason: Tests run too little of the code
to_pass: Write tests
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.py").write_text(CODE)
    (tmp_path / "secloop.toml").write_text('[project]\nid = "shop"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_summary_names_the_worst_function(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "lcov.info").write_text(LCOV)
    assert run(["test", "quality"]) == 0
    out = capsys.readouterr().out
    assert "lines of code  4 in 1 files\n" in out
    assert "test coverage  50.0% of 4 lines (lcov.info)\n" in out
    assert "    3      0%      50%  f shop/a.py:1\n" in out


def test_json_has_every_file(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tree / "out" / "my.info"
    report.parent.mkdir()
    report.write_text(LCOV)
    assert run(["test", "quality", "-f", "json", "--coverage", str(report)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "secloop.quality/1"
    assert document["quality"]["coverage"] == 0.5
    assert document["quality"]["complexities"] == [3]
    assert document["files"][0]["worst"] == {"name": "f", "line": 1, "complexity": 3}


@pytest.mark.parametrize("content", [None, "nothing"])
def test_a_report_that_cannot_be_read_is_named(
    tree: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    if content is not None:
        (tree / "x.info").write_text(content)
    assert run(["test", "quality", "--coverage", "x.info"]) == 2
    assert "x.info" in capsys.readouterr().err


def test_a_gate_that_asks_for_quality_gets_it_and_the_stored_run_keeps_it(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "lcov.info").write_text(LCOV)
    (tree / ".secloop" / "policies").mkdir(parents=True)
    (tree / ".secloop" / "policies" / "tests.yaml").write_text(POLICY)
    assert run(["scan", "-f", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [one["rule"] for one in document["verdict"]["decisions"]] == ["tests-run-the-code"]
    assert document["run"]["quality"]["covered"] == 2
    assert run(["gate"]) == 1
    assert "tests-run-the-code" in capsys.readouterr().out


def test_without_such_a_policy_nothing_is_measured(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "lcov.info").write_text(LCOV)
    assert run(["scan", "-f", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"]["quality"] is None


def test_routes_are_a_table_and_lists(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "shop" / "web.py").write_text(
        "import os\nimport flask\nimport requests\n\napp = flask.Flask(__name__)\n\n\n"
        '@app.get("/orders/<int:number>")\n@login_required\ndef order(number):\n'
        '    requests.get("https://pay.example/" + os.environ["PAY_TOKEN"])\n'
    )
    assert run(["test", "routes"]) == 0
    assert capsys.readouterr().out == (
        "routes · 1\n"
        "METHOD  PATH              AUTH            HANDLER  FILE:LINE\n"
        "GET     /orders/{number}  login_required  order    shop/web.py:8\n"
    )
    assert run(["test", "routes", "--kind", "all", "-f", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["routes"][0]["params"] == [{"name": "number", "source": "path"}]
    assert [one["target"] for one in document["secrets"]] == ["PAY_TOKEN"]
    assert [one["library"] for one in document["calls"]] == ["requests"]
    assert document["queues"] == []
