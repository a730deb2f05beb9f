"""The generated rule reference: complete, without anything key-shaped, checked."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from secloop.rules import index
from secloop.rules.base import RuleSet

TOOL = Path(__file__).resolve().parents[2] / "tools" / "rule_reference.py"


@pytest.fixture(scope="module")
def tool() -> Any:
    """Load the script as a module."""
    spec = importlib.util.spec_from_file_location("rule_reference", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(TOOL), *arguments], capture_output=True, text=True, check=False)


def test_check_tells_of_a_missing_changed_and_left_over_page(tmp_path: Path) -> None:
    assert run("--check", "--folder", str(tmp_path)).returncode == 1
    assert run("--folder", str(tmp_path)).returncode == 0
    assert run("--check", "--folder", str(tmp_path)).returncode == 0
    (tmp_path / "README.md").write_text("changed")
    (tmp_path / "gone.md").write_text("a stage that has no rules any more")
    done = run("--check", "--folder", str(tmp_path))
    assert done.returncode == 1
    assert "README.md is out of date" in done.stderr
    assert "gone.md is out of date" in done.stderr
    assert run("--folder", str(tmp_path)).stdout.endswith("2 changed\n")
    assert not (tmp_path / "gone.md").exists()


def test_every_rule_has_a_heading_and_a_row_and_counts_add_up(tool: Any) -> None:
    rules = index.builtin(prose=True)
    pages = tool.reference(rules)
    text = "".join(pages.values())
    for rule in rules:
        assert f"\n## {rule.id}\n" in text
        for name in rule.rule_ids():
            assert f"[{name}](#{rule.id})" in text
    rows = [line.split("|")[2:8] for line in pages["README.md"].splitlines() if line.startswith("| ")][1:]
    numbers = [[int(cell) for cell in row] for row in rows]
    assert sum(row[0] for row in numbers) == len(rules)
    assert all(row[1] == sum(row[2:]) for row in numbers)


def test_generators_stay_as_they_are(tool: Any, folder: Path) -> None:
    pages = tool.reference(RuleSet(index.user_rules(folder)))
    assert "acme_{{lower:8}}" in pages["code.md"]


def test_the_reference_in_the_repository_is_current() -> None:
    assert run("--check").returncode == 0, "run tools/rule_reference.py"
