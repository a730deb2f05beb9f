"""What the quick paths import (contracts.md, "Start-up")."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import os

    from conftest import Repository

HEAVY = {"sqlalchemy", "alembic", "multiprocessing", "concurrent.futures", "jinja2", "secloop.store"}
UNUSED_STAGES = {f"secloop.stages.{s}" for s in ("plan", "test", "release", "deploy", "operate", "monitor")}


def modules_after(args: list[str], cwd: str | os.PathLike[str]) -> set[str]:
    """Run the command line in a fresh interpreter; return the names of the modules it imported."""
    code = (
        "import sys, json, io\n"
        "from secloop.cli.main import run\n"
        "out = sys.stdout; sys.stdout = io.TextIOWrapper(io.BytesIO())\n"
        f"run({args!r})\n"
        "sys.stdout = out; print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def heavy(modules: set[str], names: set[str]) -> set[str]:
    return {m for m in modules if any(m == n or m.startswith(f"{n}.") for n in names)}


def test_help_imports_nothing_but_click_and_the_front_door(repo: Repository) -> None:
    modules = modules_after(["--help"], repo.path)
    assert not heavy(modules, HEAVY | UNUSED_STAGES | {"yaml", "hyperscan", "re2", "subprocess", "secloop.scan"})
    assert {m for m in modules if m.startswith("secloop.")} <= {
        "secloop.cli",
        "secloop.cli.main",
        "secloop.model",
        "secloop.model.errors",
    }


@pytest.mark.parametrize("args", [["scan", "--staged"], ["scan", "--staged", "--profile", "commit"]])
def test_the_hook_path_stays_light(repo: Repository, args: list[str]) -> None:
    repo.write("app.py", "print('hello')\n")
    repo.git("add", "-A")
    modules = modules_after(args, repo.path)
    assert "secloop.scan.engine" in modules
    assert not heavy(modules, HEAVY | UNUSED_STAGES)
