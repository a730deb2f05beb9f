"""`secloop build licenses` and `notices`, and the findings of a scan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from secloop.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path


BSD = (
    "Redistribution and use in source and binary forms, with or without modification, are permitted provided that: "
    "sources must retain the above copyright notice, this list of conditions and the following disclaimer; binaries "
    "must reproduce the above copyright notice, this list of conditions and the following disclaimer."
)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    root = tmp_path / "tree"
    root.mkdir()
    (root / "secloop.toml").write_text('[project]\nid = "shop"\n')
    packages = {
        "": {"name": "shop", "dependencies": {"a": "1", "b": "1", "c": "1"}},
        "node_modules/a": {"version": "1.0.0", "license": "AGPL-3.0"},
        "node_modules/b": {"version": "1.0.0"},
        "node_modules/c": {"version": "1.0.0", "license": "=cmd|x"},
    }
    (root / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    (root / "node_modules/b").mkdir(parents=True)
    (root / "node_modules/b/LICENSE").write_text("Do as you like\n")
    monkeypatch.chdir(root)
    return root


def test_licences_are_grouped_worst_first(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "licenses", str(tree)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["1", "AGPL-3.0-only", "network-copyleft", "deny", "a"]
    assert any("not declared" in line for line in lines)


def test_a_table_for_spreadsheets_holds_no_formula(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "licenses", str(tree), "-f", "csv"]) == 0
    assert "'=cmd|x" in capsys.readouterr().out


def test_a_denied_licence_fails_the_gate_and_the_policy_file_can_allow_it(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["scan", "-f", "json", "--no-store"]) == 1
    found = [row for row in json.loads(capsys.readouterr().out)["findings"] if row["rule"] == "license-policy.denied"]
    assert [(row["component"], row["severity"], row["id"][0]) for row in found] == [("a", "high", "l")]
    (tree / ".secloop").mkdir()
    (tree / ".secloop/licenses.yaml").write_text("allow: [permissive, AGPL-3.0-only]\n")
    assert run(["scan", "-f", "json", "--no-store"]) == 0


def test_what_is_installed_says_what_the_lock_does_not(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "node_modules/b/package.json").write_text('{"version": "1.0.0", "license": "Apache2"}')
    (tree / "node_modules/d").mkdir()
    (tree / "node_modules/d/package.json").write_text('{"version": "2.0.0", "license": "BSD"}')
    (tree / "node_modules/d/LICENSE").write_text(BSD)
    assert run(["build", "licenses", str(tree), "-f", "json"]) == 0
    rows = {row["package"]: row for row in json.loads(capsys.readouterr().out)}
    assert (rows["b"]["license"], rows["b"]["found_in"]) == ("Apache-2.0", "node_modules/b/package.json")
    assert "d" not in rows
    assert run(["build", "licenses", str(tree), "-f", "json", "--installed"]) == 0
    rows = {row["package"]: row for row in json.loads(capsys.readouterr().out)}
    # The name says neither which BSD licence it is, nor that it is the one of the text: the text does.
    assert (rows["d"]["license"], rows["d"]["found_in"]) == ("BSD-2-Clause", "node_modules/d/LICENSE")


def test_a_text_of_another_licence_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "node_modules/a").mkdir()
    (tree / "node_modules/a/LICENSE").write_text(BSD)
    assert run(["build", "licenses", str(tree), "--by-package"]) == 0
    shown = capsys.readouterr()
    assert "another licence in the text than declared: a (AGPL-3.0-only; text: BSD-2-Clause)" in shown.err
    assert "BSD-2-Clause" in shown.out


def test_an_sbom_takes_versions_and_licences_of_what_is_installed(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "package-lock.json").unlink()
    (tree / "package.json").write_text('{"dependencies": {"a": "^1.0.0"}}')
    (tree / "node_modules/a").mkdir()
    (tree / "node_modules/a/package.json").write_text('{"version": "1.2.3", "license": "MIT"}')
    assert run(["build", "sbom", str(tree), "--installed"]) == 0
    document = json.loads(capsys.readouterr().out)
    (component,) = document["components"]
    assert (component["purl"], component["licenses"]) == ("pkg:npm/a@1.2.3", [{"license": {"id": "MIT"}}])
    assert document["dependencies"][0]["dependsOn"] == ["pkg:npm/a@1.2.3"]


def test_notices_hold_texts_and_say_what_is_missing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "notices", str(tree), "-o", "NOTICE"]) == 0
    text = (tree / "NOTICE").read_text()
    assert "b 1.0.0  -  not declared\n\nDo as you like" in text
    assert "2 of 3 packages have no text" in capsys.readouterr().err


def test_a_wrong_policy_stops_the_scan_with_one_line(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / ".secloop").mkdir()
    (tree / ".secloop/licenses.yaml").write_text("deny: [Nope-1]\n")
    assert run(["scan", "--no-store"]) == 2
    assert "'Nope-1' is neither a licence nor a class" in capsys.readouterr().err
