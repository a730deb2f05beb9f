"""What the `build` commands say where there is nothing to say, and of an SBOM that its name does not tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from secloop.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/secloop.toml").write_text('[project]\nid = "shop"\n')
    monkeypatch.chdir(tmp_path / "tree")
    return tmp_path / "tree"


@pytest.mark.parametrize(
    "command", [["build", "tree"], ["build", "licenses"], ["build", "notices"], ["build", "sbom"], ["build", "vex"]]
)
@pytest.mark.usefixtures("empty")
def test_an_empty_project_is_said_to_have_no_package(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command) == 0
    told = capsys.readouterr().err
    assert "no known vulnerability" in told if command[1] == "vex" else "no lock file or manifest" in told


def test_an_sbom_that_its_name_does_not_tell_is_named(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    component = {"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/a@1"}
    document = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]})
    for name in ("inventory.json", "app.cdx.json"):
        (empty / name).write_text(document)
    assert run(["scan", "inventory.json", "--no-store", "-f", "json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["components"] == []
    assert "inventory.json looks like an SBOM" in shown.out + shown.err
    assert run(["scan", "app.cdx.json", "--no-store", "-f", "json"]) == 0
    shown = capsys.readouterr()
    assert [one["purl"] for one in json.loads(shown.out)["components"]] == ["pkg:npm/a@1"]
    assert "looks like" not in shown.out + shown.err


def test_many_ways_are_said_to_be_the_shortest(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"a{number}" for number in range(30)]
    packages = {f"node_modules/{name}": {"version": "1.0.0", "dependencies": {"b": "1"}} for name in names}
    whole = {"": {"dependencies": dict.fromkeys(names, "1")}, **packages, "node_modules/b": {"version": "1.0.0"}}
    (empty / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": whole}))
    assert run(["build", "why", "b"]) == 0
    assert "the 20 shortest ways:" in capsys.readouterr().out
