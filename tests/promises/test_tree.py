"""Promises about the whole tree (style.md 22): they fail when a file breaks them, wherever it is."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import secloop

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PYTHON = sorted(p for folder in ("src", "tests", "bench", "tools") for p in (ROOT / folder).rglob("*.py"))
NAMES = (m.name for m in pkgutil.walk_packages(secloop.__path__, "secloop."))
MODULES = sorted(name for name in NAMES if not name.endswith(("__main__", "migrations.env")))
BROAD_EXCEPTS = {
    "src/secloop/cli/main.py",  # a defect of ours becomes exit 3
    "src/secloop/scan/guard.py",  # a sensor's failure becomes an incomplete run (style.md 28)
}


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PYTHON, ids=shown)
def test_a_file_stays_under_600_lines_and_its_functions_under_50(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 600
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 50, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", PYTHON, ids=shown)
def test_no_note_to_do_something_later_is_kept(path: Path) -> None:
    assert not re.search(r"#\s*(TODO|FIXME|XXX|HACK)\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_only_the_named_places_catch_everything(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}
            )
            passes_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            assert not broad or passes_on or shown(path) in BROAD_EXCEPTS, f"line {node.lineno}"


def test_imports_point_down() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported_and_says_what_it_is(name: str) -> None:
    module = importlib.import_module(name)
    assert (module.__doc__ or "").strip()


def raises_on_positional(struct: type[msgspec.Struct]) -> bool:
    with pytest.raises(TypeError, match="positional"):
        struct(1)
    return True


def test_every_model_value_is_frozen_and_keyword_only() -> None:
    structs = [
        value
        for name in MODULES
        if name.startswith("secloop.model")
        for value in vars(importlib.import_module(name)).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    ]
    assert len(structs) > 40
    for struct in structs:
        assert struct.__struct_config__.frozen, struct
        assert not struct.__struct_fields__ or raises_on_positional(struct), struct


def test_every_test_file_is_collected() -> None:
    files = [p for p in (ROOT / "tests").rglob("*.py") if "fixtures" not in p.parts]
    helpers = {"conftest.py"}
    for path in files:
        text = path.read_text(encoding="utf-8")
        has_tests = re.search(r"^(async )?def test_|^    def test_", text, re.MULTILINE)
        assert path.name.startswith("test_") == bool(has_tests) or path.name in helpers, shown(path)


def test_no_test_folder_bears_a_name_that_pytest_skips() -> None:
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'norecursedirs = [".*", "fixtures", "__snapshots__"]' in config
    folders = {p.name for p in (ROOT / "tests").rglob("*") if p.is_dir()}
    assert "build" in folders, "tests/stages/build must be collected although pytest's default skips it"


def test_git_tracks_every_source_file() -> None:
    """A .gitignore template that names `build` must not swallow the build stage."""
    tracked = subprocess.run(
        ["git", "ls-files", "src", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    known = set(tracked.stdout.splitlines())
    assert {shown(p) for p in SOURCES} <= known


def test_one_class_of_errors_for_users() -> None:
    """Every error a user can meet is a SecloopError, so that it becomes one line."""
    from secloop.model.errors import SecloopError

    for name in MODULES:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, type) and issubclass(value, Exception) and value.__module__.startswith("secloop."):
                assert issubclass(value, SecloopError), value
