"""OSV records."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.advisories.base import Interval
from secloop.stages.build.advisories.osv import read_record
from secloop.stages.build.advisories.ranges import affects

RECORD: dict[str, Any] = {
    "schema_version": "1.6.0",
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2020-0001"],
    "summary": "Something\nbad \u202e happens",
    "modified": "2024-02-03T04:05:06Z",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "database_specific": {"severity": "MODERATE", "cwe_ids": ["CWE-79", "CWE-89", "CWE-?"]},
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Some_Package"},
            "ranges": [
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.5"}]},
                {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "abcdef"}]},
            ],
            "versions": ["1.0", "1.4", "1.9"],
        },
        {"package": {"ecosystem": "PyPI", "name": "some.package"}, "versions": ["3.0"]},
        {
            "package": {"ecosystem": "npm", "name": "@s/p"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "2.0.0"}]}],
        },
        {"package": {"ecosystem": "Debian:12", "name": "x"}, "versions": ["1"]},
    ],
}


def read(**changes: Any) -> Any:
    return read_record(json.dumps({**RECORD, **changes}).encode())


def test_a_record_gives_one_advisory_per_package_that_can_be_ordered() -> None:
    assert [(a.ecosystem, a.package) for a in read()] == [("PyPI", "some-package"), ("npm", "@s/p"), ("Debian:12", "x")]


def test_all_that_a_finding_needs_is_read() -> None:
    first = read()[0]
    assert first.id == "GHSA-aaaa-bbbb-cccc"
    assert first.aliases == ("CVE-2020-0001",)
    assert first.title == "Something bad happens"
    assert first.date == "2024-02-03"
    assert first.severity == "moderate"
    assert first.cwe == (79, 89)
    assert first.vectors == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",)


def test_listed_versions_outside_the_ranges_are_kept_and_commits_stay_apart() -> None:
    first = read()[0]
    assert first.intervals == (Interval(high="1.5", end="fixed"),)
    assert first.versions == ("1.9", "3.0")
    assert [affects(first, version) for version in ("1.0", "1.9.0", "2.0")] == [True, True, False]


def test_a_withdrawn_record_says_so() -> None:
    assert all(a.withdrawn for a in read(withdrawn="2024-01-01T00:00:00Z"))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"id": 3}', b"{" * 100_000, b"\xff"])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no"):
        read_record(data)


IN_YAML = b"""id: PYSEC-2024-1
modified: 2024-02-03T04:05:06Z
aliases: &names [CVE-2024-1]
affected:
- package: {ecosystem: PyPI, name: Some_Package}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: "0"}, {fixed: 1.10}]
  versions: [1.0, 1.9]
"""


def test_a_record_in_yaml_says_the_same_and_its_versions_are_no_numbers() -> None:
    [found] = read_record(IN_YAML, "vulns/a/PYSEC-2024-1.yaml")
    assert (found.id, found.aliases, found.package) == ("PYSEC-2024-1", ("CVE-2024-1",), "some-package")
    assert found.intervals == (Interval(high="1.10", end="fixed"),)
    assert found.date == "2024-02-03"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"on: push\njobs: {}\n",
        b"id: GO-2020-1\nmodules: []\n",
        b"id: [1]\nmodified: 2024-01-01\n",
        b"x: {id: a, modified: b}\n",
    ],
    ids=["empty", "a workflow", "a report", "an odd id", "nested"],
)
def test_a_yaml_file_that_is_no_record_is_passed_over(data: bytes) -> None:
    assert read_record(data, "a.yml") == ()


@pytest.mark.parametrize(
    "data",
    [
        b"id: X\nmodified: 1\naffected: [}\n",
        b"id: X\nmodified: 1\na: &a ["
        + b"x," * 2000
        + b"]\nb: &b ["
        + b"*a," * 2000
        + b"]\nc: ["
        + b"*b," * 2000
        + b"]\n",
    ],
    ids=["broken", "aliases of aliases"],
)
def test_a_yaml_record_that_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"YAML|more than"):
        read_record(data, "a.yaml")


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["package", "ecosystem", "name", "ranges", "events", "type", "introduced", "fixed", "versions"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON, JSON, JSON)
def test_no_shape_of_a_record_raises(affected: object, severity: object, database: object) -> None:
    read(affected=affected, severity=severity, database_specific=database, aliases=affected, modified=severity)


def test_a_record_of_countless_ranges_and_versions_is_read_in_bounded_time() -> None:
    events = [{kind: f"1.{n}.{end}"} for n in range(20_000) for end, kind in ((0, "introduced"), (1, "fixed"))]
    versions = [f"9.{n}.0" for n in range(20_000)]
    package = {"ecosystem": "npm", "name": "p"}
    affected = [{"package": package, "ranges": [{"type": "SEMVER", "events": events}], "versions": versions}]
    (advisory,) = read_record(json.dumps({"id": "X", "affected": affected}).encode())
    assert (len(advisory.intervals), advisory.versions) == (20_000, tuple(versions))
