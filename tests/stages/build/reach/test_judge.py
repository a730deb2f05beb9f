"""Verdicts on the use of packages, over trees on disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from secloop.model.facts import Component, Imports
from secloop.rules.base import RuleSet
from secloop.scan import engine
from secloop.scan.base import Settings
from secloop.scan.sources import WorkTree
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.reach.judge import Judge, Verdict
from secloop.stages.build.reach.sensor import ReachSensor
from secloop.stages.build.reach.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from secloop.model.finding import Observation

POETRY = """[[package]]
name = "flask"
version = "2.0"
{extra}
[package.dependencies]
werkzeug = ">=2"

[[package]]
name = "werkzeug"
version = "2.0"

[[package]]
name = "lonely"
version = "1.0"

[package.dependencies]
below = "*"

[[package]]
name = "below"
version = "1.0"
"""
PYPROJECT = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\nflask = "^2"\nlonely = "*"\n{extra}\n'
NPM = {
    "lockfileVersion": 3,
    "packages": {
        "": {"dependencies": {"a": "1", "lonely": "1"}, "devDependencies": {"tool": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"left-pad": "1"}},
        "node_modules/left-pad": {"version": "1.2.0"},
        "node_modules/lonely": {"version": "1.0.0", "dependencies": {"below": "1"}},
        "node_modules/below": {"version": "1.0.0"},
        "node_modules/tool": {"version": "1.0.0", "dev": True, "bin": {"run-it": "cli.js"}},
    },
}
PACKAGE = {"dependencies": {"a": "1", "lonely": "1"}, "devDependencies": {"tool": "1"}}


def judge_of(root: Path, files: Mapping[str, str]) -> tuple[Judge, list[Component]]:
    """Return a judge of a tree, and its components."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    kept: list[Observation] = []

    class Keep(DependenciesSensor):
        def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> list[Observation]:  # type: ignore[override] # noqa: ARG002
            kept.extend(facts)
            return []

    engine.scan(WorkTree(root), [ReachSensor(), Keep()], Settings(root=str(root)), RuleSet([]), jobs=1)
    components = [one for one in kept if isinstance(one, Component)]
    imports = [one for one in kept if isinstance(one, Imports)]
    return Judge(components, imports, Sources(str(root))), components


def verdicts(root: Path, files: Mapping[str, str]) -> dict[str, Verdict]:
    """Return the verdict of each package by name; of several of one name the last."""
    judge, components = judge_of(root, files)
    found = judge.verdicts(components)
    return {one.name: found[one.file, one.purl] for one in components if (one.file, one.purl) in found}


def python(extra: str = "", wish: str = "") -> dict[str, str]:
    """Return a Python project with a lock."""
    return {"poetry.lock": POETRY.format(extra=extra), "pyproject.toml": PYPROJECT.format(extra=wish)}


def npm() -> dict[str, str]:
    """Return a JavaScript project with a lock."""
    return {"package-lock.json": json.dumps(NPM), "package.json": json.dumps(PACKAGE)}


def test_an_imported_package_and_what_it_needs_are_in_use_and_the_rest_is_not(tmp_path: Path) -> None:
    told = verdicts(tmp_path, {**python(), "app.py": "\n\nimport flask\n"})
    assert told["flask"] == Verdict("in-use", "app.py:3 imports flask")
    assert told["werkzeug"] == Verdict("in-use", "app.py:3 imports flask -> flask depends on werkzeug")
    assert told["lonely"] == Verdict("not-in-use", "no python file imports or names lonely")
    assert told["below"] == Verdict("not-in-use", "no python file imports or names below, nor what needs it: lonely")


def test_the_same_for_javascript(tmp_path: Path) -> None:
    told = verdicts(tmp_path, {**npm(), "src/index.ts": "import a from 'a/part'\n"})
    assert told["left-pad"] == Verdict("in-use", "src/index.ts:1 imports a/part -> a depends on left-pad")
    assert told["lonely"].level == "not-in-use"
    assert told["below"].level == "not-in-use"
    assert told["tool"] == Verdict()  # a command of its name need not exist


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "CMD lonely --serve\n"),
        ("Procfile", "web: lonely run\n"),
        ("settings.py", "INSTALLED_APPS = [\n    'lonely.apps',\n]\n"),
        ("tox.ini", "[testenv]\ncommands = lonely\n"),
        ("deploy/run.sh", "exec lonely\n"),
        ("notes.ipynb", '{"source": ["import lonely\\n"]}'),
        ("pyproject.toml", PYPROJECT.format(extra="[tool.lonely]\nx = 1")),
    ],
)
def test_a_package_that_a_command_or_setting_names_is_in_use(tmp_path: Path, path: str, text: str) -> None:
    told = verdicts(tmp_path, {**python(), "app.py": "import flask\n", path: text})
    assert told["lonely"].level == "in-use"
    assert told["lonely"].path.startswith(path)
    assert told["below"].level == "in-use"


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": "import flask  # lonely\n"},  # named in passing
        {"app.py": "import flask\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lonely\n"},
        {"app.py": '"""\nimport lonely\n"""\nimport flask\n'},
        {"app.py": "import flask\nimport lonely\n", "lonely.py": ""},  # which of the two?
        {"app.py": "import flask\nimport lonelylib\n"},  # may be how lonely is imported
        {"README.md": "lonely"},  # no program at all
    ],
)
def test_in_doubt_nothing_is_said(tmp_path: Path, files: dict[str, str]) -> None:
    told = verdicts(tmp_path, {**python(), **files})
    assert told["lonely"] == Verdict()
    assert told["below"] == Verdict()


def test_an_extra_of_another_package_leaves_doubt(tmp_path: Path) -> None:
    lock = python(extra='\n[package.extras]\nfast = ["lonely (>=1)"]\n')
    assert verdicts(tmp_path, {**lock, "app.py": "import flask\n"})["lonely"] == Verdict()


def test_a_peer_of_another_package_leaves_doubt(tmp_path: Path) -> None:
    lock = json.loads(json.dumps(NPM))
    lock["packages"]["node_modules/a"]["peerDependencies"] = {"lonely": "*"}
    files = {"package-lock.json": json.dumps(lock), "package.json": json.dumps(PACKAGE), "i.js": "require('a')\n"}
    assert verdicts(tmp_path, files)["lonely"].level != "not-in-use"


def test_a_manifest_that_says_nothing_of_edges_leaves_doubt(tmp_path: Path) -> None:
    told = verdicts(tmp_path, {"requirements.txt": "flask==2.0\nlonely==1.0\n", "app.py": "import flask\n"})
    assert told["flask"].level == "in-use"
    assert told["lonely"] == Verdict()


def test_a_use_by_production_code_comes_before_one_by_tests(tmp_path: Path) -> None:
    files = {**python(), "tests/test_a.py": "import werkzeug\nimport lonely\n", "zoo/app.py": "import werkzeug\n"}
    told = verdicts(tmp_path, files)
    assert told["werkzeug"].path == "zoo/app.py:1 imports werkzeug"
    assert told["lonely"].path == "tests/test_a.py:2 imports lonely (a test)"


def test_a_folder_of_tests_with_the_name_of_a_package_is_not_that_package(tmp_path: Path) -> None:
    files = {**python(), "tests/flask/test_a.py": "import flask\n", "tests/__init__.py": ""}
    assert verdicts(tmp_path, files)["flask"].level == "in-use"


def test_a_lock_among_test_data_is_judged_by_what_lies_below_it(tmp_path: Path) -> None:
    files = {**python(), "app.py": "import flask\n"}
    files |= {f"tests/data/{path}": text for path, text in python().items()}
    judge, components = judge_of(tmp_path, files)
    found = judge.verdicts(components)
    (inner,) = [one for one in components if one.file == "tests/data/poetry.lock" and one.name == "flask"]
    assert found[inner.file, inner.purl] == Verdict()


def test_a_namespace_is_of_whom_its_part_is(tmp_path: Path) -> None:
    wishes = "google-cloud-storage==1\ngoogle-cloud-kms==1\n"
    told = verdicts(tmp_path, {"requirements.txt": wishes, "app.py": "from google.cloud import storage\n"})
    assert told["google-cloud-storage"].path == "app.py:1 imports google.cloud.storage"
    assert told["google-cloud-kms"] == Verdict()


def test_modules_that_are_not_called_as_their_package(tmp_path: Path) -> None:
    wishes = "PyYAML==1\nPillow==1\nbeautifulsoup4==1\nFlask-Cors==1\n"
    text = "import yaml\nfrom PIL import Image\nimport bs4\nimport flask_cors\n"
    told = verdicts(tmp_path, {"requirements.txt": wishes, "app.py": text})
    assert {verdict.level for verdict in told.values()} == {"in-use"}


GO_MOD = "module example.com/shop\n\ngo 1.22\n\nrequire (\n\tgithub.com/a/b v1.0.0\n\tgithub.com/a/b/sub v1.0.0\n)\n"


def test_modules_of_go_are_in_use_by_the_longest_path(tmp_path: Path) -> None:
    main = 'package main\n\nimport "github.com/a/b/sub/x"\n\nfunc main() { x.Do() }\n'
    told = verdicts(tmp_path, {"go.mod": GO_MOD, "main.go": main})
    assert told["github.com/a/b/sub"].path == "main.go:3 imports github.com/a/b/sub/x"
    assert told["github.com/a/b"] == Verdict()


@pytest.mark.parametrize(
    ("symbols", "level"),
    [
        ({"github.com/a/b/x": ("Do",)}, "symbol-reached"),
        ({"github.com/a/b/x": ()}, "symbol-reached"),
        ({"github.com/a/b/x": ("Other",)}, "in-use"),
        ({"github.com/a/b/x": ("Thing.Run",)}, "symbol-reached"),
        ({"github.com/a/b/x": ("Another.Run",)}, "in-use"),
        ({"github.com/a/b/y": ("Do",)}, ""),
    ],
)
def test_symbols_of_go(tmp_path: Path, symbols: dict[str, tuple[str, ...]], level: str) -> None:
    main = 'package main\n\nimport "github.com/a/b/x"\n\nfunc main() { x.Do(); var t x.Thing; t.Run() }\n'
    judge, components = judge_of(tmp_path, {"go.mod": GO_MOD, "main.go": main})
    (module,) = [one for one in components if one.name == "github.com/a/b"]
    before = judge.verdicts([module])[module.file, module.purl]
    assert judge.with_symbols(module, symbols, before).level == level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("import yaml\nyaml.load(f)\n", "symbol-reached"),
        ("from yaml import load as l\nl(f)\n", "symbol-reached"),
        ("import yaml\nyaml.safe_load(f)\n", "in-use"),
        ("import yaml\n# yaml.load(f)\n", "in-use"),
    ],
)
def test_symbols_of_python(tmp_path: Path, text: str, level: str) -> None:
    judge, components = judge_of(tmp_path, {"requirements.txt": "PyYAML==5\n", "app.py": text})
    before = judge.verdicts(components)[components[0].file, components[0].purl]
    told = judge.with_symbols(components[0], {"yaml": ("load", "loader.Loader")}, before)
    assert told.level == level
    if level == "symbol-reached":
        assert told.path == "app.py:2 names yaml.load"


def test_a_symbol_that_only_a_test_names_is_not_reached(tmp_path: Path) -> None:
    files = {"requirements.txt": "PyYAML==5\n", "tests/test_a.py": "import yaml\nyaml.load(f)\n"}
    judge, components = judge_of(tmp_path, files)
    before = judge.verdicts(components)[components[0].file, components[0].purl]
    assert judge.with_symbols(components[0], {"yaml": ("load",)}, before) == before


def test_files_that_have_changed_since_prove_nothing(tmp_path: Path) -> None:
    judge, components = judge_of(tmp_path, {**python(), "app.py": "import flask\n"})
    (tmp_path / "app.py").write_text("import flask\nrun('lonely')\n")
    (tmp_path / "pyproject.toml").unlink()
    found = judge.verdicts(components)
    (flask,) = [one for one in components if one.name == "flask"]
    assert found[flask.file, flask.purl].path == "app.py:1 imports flask"
