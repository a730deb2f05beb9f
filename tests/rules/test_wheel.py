"""The wheel carries the pack that its pages make; an editable install needs none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from secloop.rules import index, pack

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel from a copy of the project; return it."""
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    project = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "src", project / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project / name)
    out = tmp_path_factory.mktemp("wheels")
    code = "import hatchling.build, sys; hatchling.build.build_wheel(sys.argv[1])"
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code, str(out)], cwd=project, env=env, check=True)
    (wheel,) = out.glob("*.whl")
    return wheel


def test_a_wheel_holds_every_rule_with_its_cases(built: Path) -> None:
    with zipfile.ZipFile(built) as file:
        rules = pack.unpack(file.read(f"secloop/rules/{pack.NAME}"), prose=True)
    assert rules == tuple(index.builtin(prose=True))


@pytest.mark.parametrize(("target", "version"), [("wheel", "editable"), ("sdist", "standard")])
def test_an_editable_install_and_a_source_archive_get_no_pack(target: str, version: str) -> None:
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    code = (
        "import sys, hatch_build\n"
        "hook = hatch_build.RulePackHook('.', {}, None, None, '.', sys.argv[1])\n"
        "data = {'force_include': {}}\n"
        "hook.initialize(sys.argv[2], data)\n"
        "print(data)"
    )
    command = [sys.executable, "-c", code, target, version]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == "{'force_include': {}}\n"


def test_an_installed_wheel_reads_its_pack_and_no_page(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(built) as file:
        file.extractall(tmp_path / "site")
    for page in (tmp_path / "site").glob("secloop/stages/**/rules/**/*.md"):
        page.unlink()
    code = (
        "import sys; from secloop.rules import index; print(len(index.builtin(prose=True)), index.PACK)\n"
        "assert not {'yaml', 'markdown_it'} & set(sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    assert done.stdout == f"{len(index.builtin())} {tmp_path / 'site' / 'secloop' / 'rules' / pack.NAME}\n"
