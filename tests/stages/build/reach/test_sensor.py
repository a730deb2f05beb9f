"""The reach sensor, and what it adds to the findings of the dependencies sensor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from secloop.model.facts import Import, Imports
from secloop.model.finding import Observation
from secloop.rules.base import RuleSet
from secloop.scan import engine
from secloop.scan.base import FileMeta, Flag, Settings
from secloop.scan.sources import WorkTree
from secloop.scan.testing import hostile, observe
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.reach.sensor import ReachSensor
from secloop.stages.build.reach.sources import Sources
from stages.build.dependencies.pages import page

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.model.finding import Finding
    from secloop.scan.collect import ScanResult

LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"dependencies": {"a": "1", "idle": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"left-pad": "1"}},
        "node_modules/left-pad": {"version": "1.2.0"},
        "node_modules/idle": {"version": "1.0.0"},
    },
}


def record(id_: str, name: str, **affected: object) -> dict[str, object]:
    """Return an OSV record on all versions of a package of npm."""
    ranges = [{"type": "SEMVER", "events": [{"introduced": "0"}]}]
    return {"id": id_, "affected": [{"package": {"ecosystem": "npm", "name": name}, "ranges": ranges, **affected}]}


@pytest.fixture
def feed(tmp_path: Path) -> str:
    """Return a folder of OSV records, one of which names a function."""
    folder = tmp_path / "feed"
    folder.mkdir()
    imports = [{"attribute": "pad", "modules": ["left-pad"]}]
    (folder / "A-1.json").write_text(json.dumps(record("A-1", "left-pad")))
    (folder / "A-2.json").write_text(json.dumps(record("A-2", "left-pad", ecosystem_specific={"imports": imports})))
    (folder / "B-1.json").write_text(json.dumps(record("B-1", "idle")))
    return str(folder)


def scan(root: Path, files: dict[str, str], *advisories: str) -> ScanResult:
    """Return what both sensors see of a tree on disk."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    settings = Settings(root=str(root), advisories=advisories)
    return engine.scan(WorkTree(root), [ReachSensor(), DependenciesSensor()], settings, RuleSet([page()]), jobs=1)


def told(result: ScanResult) -> dict[str, tuple[str, str]]:
    """Return level and path by the first id of each finding."""
    return {one.ids[0]: _of(one) for one in result.findings}


def _of(finding: Finding) -> tuple[str, str]:
    return finding.evidence.get("reachable", ""), finding.evidence.get("reachable_path", "")


def test_findings_say_whether_their_package_is_in_use_and_by_which_path(tmp_path: Path, feed: str) -> None:
    root = tmp_path / "tree"
    result = scan(root, {"package-lock.json": json.dumps(LOCK), "src/a.js": "const p = require('a')\n"}, feed)
    through = "src/a.js:1 imports a -> a depends on left-pad"
    assert told(result) == {
        "A-1": ("in-use", through),
        "A-2": ("in-use", through),
        "B-1": ("not-in-use", "no javascript file imports or names idle"),
    }
    by_id = {one.ids[0]: one.evidence for one in result.findings}
    assert "reachability 0.90 (in-use: src/a.js:1 imports a -> a depends on left-pad)" in by_id["A-1"]["priority_terms"]
    assert float(by_id["B-1"]["priority"]) < float(by_id["A-1"]["priority"])


def test_a_function_that_an_advisory_names_is_looked_for(tmp_path: Path, feed: str) -> None:
    text = "import {pad as p} from 'left-pad'\n\np('x')\n"
    result = scan(tmp_path / "tree", {"package-lock.json": json.dumps(LOCK), "a.ts": text}, feed)
    assert told(result)["A-1"] == ("in-use", "a.ts:1 imports left-pad")
    assert told(result)["A-2"] == ("symbol-reached", "a.ts:3 names left-pad.pad")


def test_without_imports_nothing_is_claimed(tmp_path: Path, feed: str) -> None:
    files = {"package-lock.json": json.dumps(LOCK).encode(), "a.js": b"require('a')\n"}
    settings = Settings(root=str(tmp_path), advisories=(feed,))
    alone = observe([DependenciesSensor()], files, settings=settings, rules=RuleSet([page()]))
    assert {_of(one) for one in alone.findings} == {("", "")}


def test_files_that_are_not_on_disk_show_a_use_but_no_absence(tmp_path: Path, feed: str) -> None:
    files = {"package-lock.json": json.dumps(LOCK).encode(), "a.js": b"require('a')\n"}
    settings = Settings(root=str(tmp_path), advisories=(feed,))
    seen = observe([ReachSensor(), DependenciesSensor()], files, settings=settings, rules=RuleSet([page()]))
    assert told(seen)["A-1"][0] == "in-use"
    assert told(seen)["B-1"] == ("", "")


@pytest.mark.parametrize(
    ("path", "flags", "wanted"),
    [
        ("a.py", frozenset(), True),
        ("a.vue", frozenset(), True),
        ("Dockerfile", frozenset(), True),
        ("conf/tox.ini", frozenset(), True),
        ("package.json", frozenset(), True),
        ("readme.md", frozenset(), False),
        ("data.json", frozenset(), False),
        ("node_modules/a/a.js", frozenset({Flag.VENDORED}), False),
        ("a.min.js", frozenset({Flag.MINIFIED}), False),
    ],
)
def test_programs_and_what_names_packages_are_wanted(path: str, flags: frozenset[Flag], wanted: bool) -> None:
    assert ReachSensor().wants(FileMeta(path=path, size=1, flags=flags)) is wanted


def test_an_installed_system_is_no_project() -> None:
    sensor = ReachSensor()
    sensor.configure(Settings(installed=True), RuleSet([]))
    assert not sensor.wants(FileMeta(path="a.py", size=1))


def test_the_fact_is_as_the_contract_has_it() -> None:
    fact = Imports(file="a.py", language="python", digest="00", imports=(Import(module="a.b", line=3),))
    golden = b'{"observation":"import/1","file":"a.py","language":"python","digest":"00","imports":[["a.b",3]]}'
    assert msgspec.json.encode(fact) == golden
    assert msgspec.json.decode(golden, type=Observation) == fact


@pytest.mark.parametrize("path", ["a.py", "a.ts", "a.go", "a.vue"])
def test_hostile_files_fail_nothing(path: str) -> None:
    for name, files in hostile(path, b"import a from 'a'\nimport \"b\"\n").items():
        assert observe([ReachSensor()], files).gaps == (), name


def test_sources_are_read_only_as_they_were_and_inside_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.py").write_text("x")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    (root / "a.py").write_text("x")
    digest = "0" * 32
    sources = Sources(str(root))
    assert sources.text("a.py") == "x"
    for path in ("../outside.py", "link.py", str(tmp_path / "outside.py"), "missing.py", ".", "a\0.py"):
        assert sources.text(path) == ""
    assert sources.read(Imports(file="a.py", digest=digest)) is None
