"""`secloop build vex`, and scans that honour VEX documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from secloop.cli.main import run
from secloop.interop.vex import codec

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    root = tmp_path / "tree"
    (root / ".secloop").mkdir(parents=True)
    (root / "secloop.toml").write_text('[project]\nid = "shop"\n')
    (root / "requirements.txt").write_text("jinja2==2.10\n")
    monkeypatch.chdir(root)
    return root


def _scan(capsys: pytest.CaptureFixture[str], *more: str) -> list[dict[str, object]]:
    capsys.readouterr()
    run(["scan", "-f", "json", "--no-store", *more])
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)["findings"]
    return [row for row in rows if row["kind"] == "vulnerability"]


def test_vulnerabilities_are_affected_with_the_update_as_action(tree: Path) -> None:
    assert run(["build", "vex", str(tree), "-o", "out.json"]) == 0
    found = codec.read((tree / "out.json").read_bytes())
    assert found
    assert {one.status for one in found} == {"affected"}
    assert all(one.products == ("pkg:pypi/jinja2@2.10",) for one in found)
    assert any(one.action.startswith("Update to ") for one in found)


def test_a_document_in_the_project_hides_what_it_says(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _scan(capsys)
    run(["build", "vex", "-o", "out.json"])
    text = (tree / "out.json").read_text()
    changed = text.replace('"affected"', '"not_affected"')
    (tree / "out.json").unlink()
    (tree / ".secloop/vex").mkdir()
    (tree / ".secloop/vex/own.json").write_text(changed)
    after = _scan(capsys)
    assert len(after) == len(before) > 0
    assert {row["suppressed"]["by"] if row["suppressed"] else "" for row in after} == {"vex"}  # type: ignore[index]


def test_an_exception_says_it_in_its_own_words(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exception = "exceptions:\n- id: e1\n  reason: Only templates of ours\n  purl: pkg:pypi/jinja2@2.10\n"
    exception += "  vex: {status: not_affected, justification: vulnerable_code_not_in_execute_path}\n"
    (tree / ".secloop/exceptions.yaml").write_text(exception)
    assert run(["build", "vex", "-f", "csaf", "-o", "out.json"]) == 0
    found = codec.read((tree / "out.json").read_bytes())
    assert {(one.status, one.justification, one.impact) for one in found} == {
        ("not_affected", "vulnerable_code_not_in_execute_path", "Only templates of ours")
    }
    assert capsys.readouterr().err.startswith("wrote")


def test_a_document_that_is_none_stops_the_scan_with_one_line(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "x.json").write_text("{}")
    assert run(["scan", "--no-store", "--vex", "x.json"]) == 2
    assert "x.json is no VEX document" in capsys.readouterr().err
