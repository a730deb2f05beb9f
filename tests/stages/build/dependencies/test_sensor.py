"""The dependencies sensor, end to end over the scan engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from secloop.model.errors import UsageError
from secloop.model.facts import Component
from secloop.model.places import PackagePin
from secloop.rules.base import RuleSet
from secloop.scan.base import FileMeta, Flag, Settings
from secloop.scan.testing import hostile, observe
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from stages.build.dependencies.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from secloop.model.finding import Finding

OSV = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2020-9999"],
    "summary": "Left pad pads right",
    "modified": "2024-05-06T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "npm", "name": "left-pad"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.3.0"}]}],
        },
    ],
}
LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"dependencies": {"a": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"left-pad": "1"}},
        "node_modules/left-pad": {"version": "1.2.0"},
    },
}


def findings(files: Mapping[str, bytes], *advisories: str) -> list[Finding]:
    """Return what the sensor finds in a tree with these advisory sources."""
    settings = Settings(advisories=advisories)
    return list(observe([DependenciesSensor()], files, settings=settings, rules=RuleSet([page()])).findings)


@pytest.fixture
def feed(tmp_path: Path) -> str:
    """Return an OSV file."""
    file = tmp_path / "osv.json"
    file.write_text(json.dumps(OSV))
    return str(file)


def test_a_vulnerable_package_is_found_with_all_that_a_reader_needs(feed: str) -> None:
    (found,) = findings({"web/package-lock.json": json.dumps(LOCK, indent=1).encode()}, feed)
    assert found.rule == "vulnerable-dependency.npm"
    assert found.title == "left-pad 1.2.0: Left pad pads right"
    assert found.ids == ("CVE-2020-9999", "GHSA-aaaa-bbbb-cccc")
    assert found.identity == ("CVE-2020-9999", "pkg:npm/left-pad")
    assert found.fixed == ("1.3.0",)
    assert "comes in through a" in found.message
    assert isinstance(found.place, PackagePin)
    assert (found.place.file, found.place.line, found.place.direct) == ("web/package-lock.json", 15, False)
    assert found.place.purl == "pkg:npm/left-pad@1.2.0"


def test_a_package_in_two_files_is_found_in_both(feed: str) -> None:
    lock = json.dumps(LOCK).encode()
    files = [one.place for one in findings({"a/package-lock.json": lock, "b/package-lock.json": lock}, feed)]
    assert sorted(getattr(place, "file", "") for place in files) == ["a/package-lock.json", "b/package-lock.json"]


def test_without_a_source_the_starter_set_answers_and_says_what_it_is() -> None:
    sensor = DependenciesSensor()
    sensor.configure(Settings(), RuleSet([page()]))
    assert sensor.feeds()[0].name == "osv-starter"
    assert [f.ids[0] for f in findings({"requirements.txt": b"pyyaml==5.3.1\n"})] == ["CVE-2020-14343"]


def test_a_source_replaces_the_starter_set(feed: str) -> None:
    sensor = DependenciesSensor()
    sensor.configure(Settings(advisories=(feed,)), RuleSet([page()]))
    (used,) = sensor.feeds()
    assert (used.name, used.date, used.note) == ("osv", "2024-05-06", "")
    assert used.digest.startswith("sha256:")
    assert findings({"requirements.txt": b"pyyaml==5.3.1\n"}, feed) == []


def test_new_advisories_invalidate_no_parsed_file(feed: str) -> None:
    sensor = DependenciesSensor()
    assert sensor.configure(Settings(), RuleSet([page()])) == sensor.configure(
        Settings(advisories=(feed,)), RuleSet([])
    )


def test_a_missing_source_is_one_line_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        DependenciesSensor().configure(Settings(advisories=(str(tmp_path / "no"),)), RuleSet([]))


def test_configuring_reads_no_advisories(feed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secloop.stages.build.advisories.index.open_index", lambda *_: pytest.fail("opened"))
    sensor = DependenciesSensor()
    sensor.configure(Settings(advisories=(feed,)), RuleSet([page()]))
    assert list(sensor.finish([], {})) == []


def test_one_broken_file_loses_nothing_of_the_rest() -> None:
    good = {"a/requirements.txt": b"flask==2.0\n", "b/go.mod": b"go 1.22\n"}
    bad = {"a/package-lock.json": b"{", "b/uv.lock": b"\xff"}
    result = observe([DependenciesSensor()], good | bad, rules=RuleSet([page()]))
    assert {c.name for c in result.components} == {"flask", "stdlib"}
    assert {(gap.file, gap.outcome.value) for gap in result.gaps} == {(path, "failed") for path in bad}


def test_the_result_does_not_depend_on_the_number_of_workers() -> None:
    files = {f"d{n}/requirements.txt": b"pyyaml==5.3.1\njinja2==2.10\n" for n in range(30)}
    results = [observe([DependenciesSensor()], files, rules=RuleSet([page()]), jobs=jobs) for jobs in (1, 2)]
    assert results[0].findings == results[1].findings
    assert len(results[0].findings) == 90


def test_files_of_vendored_packages_are_not_wanted() -> None:
    sensor = DependenciesSensor()
    assert sensor.wants(FileMeta(path="a/package-lock.json", size=1))
    assert not sensor.wants(FileMeta(path="a/package-lock.json", size=1, flags=frozenset({Flag.VENDORED})))
    assert not sensor.wants(FileMeta(path="node_modules/x/package.json", size=1, flags=frozenset({Flag.VENDORED})))
    assert not sensor.wants(FileMeta(path="src/main.py", size=1))


def test_files_of_one_folder_are_one_group() -> None:
    files = [FileMeta(path=path, size=1) for path in ("b/uv.lock", "pyproject.toml", "b/pyproject.toml")]
    groups = {g.name: g.members for g in DependenciesSensor().group(files)}
    assert groups == {".": ("pyproject.toml",), "b": ("b/pyproject.toml", "b/uv.lock")}


def test_a_binary_file_is_a_group_of_its_own() -> None:
    files = [FileMeta(path="lib/a.jar", size=1, flags=frozenset({Flag.BINARY})), FileMeta(path="lib/pom.xml", size=1)]
    groups = {g.name: g.members for g in DependenciesSensor().group(files)}
    assert groups == {"lib": ("lib/pom.xml",), "lib/a.jar": ("lib/a.jar",)}


def test_a_parent_and_its_own_parent_join_the_group_of_a_module() -> None:
    head = b"<project><parent><relativePath>../base</relativePath></parent></project>"
    above = head.replace(b"base", b"top")
    paths = {"a/b/pom.xml": head, "a/base/pom.xml": above, "a/top/pom.xml": b"<project/>", "z/pom.xml": b""}
    files = [FileMeta(path=path, size=1, head=content) for path, content in paths.items()]
    groups = {g.name: g.members for g in DependenciesSensor().group(files)}
    assert groups["a/b"] == ("a/b/pom.xml", "a/base/pom.xml", "a/top/pom.xml")


def test_components_of_the_tree_are_facts() -> None:
    (found,) = observe([DependenciesSensor()], {"go.mod": b"require example.com/a v1.0.0\n"}).components
    expected = Component(name="example.com/a", version="v1.0.0", purl="pkg:golang/example.com/a@v1.0.0", file="go.mod")
    assert found == expected


@pytest.mark.parametrize(
    ("path", "sample"),
    [
        ("requirements.txt", b"flask==2.0\n"),
        ("pyproject.toml", b'[project]\ndependencies = ["flask==2.0"]\n'),
        ("uv.lock", b'version = 1\n[[package]]\nname = "flask"\nversion = "2.0"\n'),
        ("poetry.lock", b'[[package]]\nname = "flask"\nversion = "2.0"\n'),
        ("package-lock.json", json.dumps(LOCK).encode()),
        ("package.json", b'{"dependencies": {"a": "1.0.0"}}'),
        ("go.mod", b"require example.com/a v1.0.0\n"),
    ],
)
def test_hostile_files_are_told_apart_from_crashes(path: str, sample: bytes) -> None:
    for case, files in hostile(path, sample).items():
        for gap in observe([DependenciesSensor()], files).gaps:
            assert gap.reason.startswith(("line ", "not usable ", "larger than ")), (case, gap.reason)
