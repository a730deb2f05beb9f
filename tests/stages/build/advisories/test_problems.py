"""Notices of operating systems: which problems they speak of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from secloop.stages.build.advisories.groups import grouped
from secloop.stages.build.advisories.osv import read_record

PACKAGE = {
    "package": {"ecosystem": "Debian:12", "name": "curl"},
    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "7.88.1-10+deb12u4"}]}],
}


def read(**fields: Any) -> Any:
    return read_record(json.dumps({"id": "DSA-1-1", "affected": [PACKAGE], **fields}).encode())


@pytest.mark.parametrize("field", ["upstream", "related", "aliases"])
def test_a_notice_over_one_problem_is_that_problem(field: str) -> None:
    [group] = grouped(read(**{field: ["CVE-2023-1"]}))
    assert group.ids == ("CVE-2023-1", "DSA-1-1")


@pytest.mark.parametrize("field", ["upstream", "related", "aliases"])
def test_a_notice_over_several_is_split_and_stays_named(field: str) -> None:
    groups = grouped(read(**{field: ["CVE-2023-2", "CVE-2023-1"]}))
    assert [group.ids for group in groups] == [("CVE-2023-1",), ("CVE-2023-2",)]
    assert {one.notice for group in groups for one in group.advisories} == {"DSA-1-1"}


def test_a_notice_and_the_record_of_one_of_its_problems_are_one_group() -> None:
    own = read_record(
        json.dumps({"id": "DEBIAN-CVE-2023-1", "upstream": ["CVE-2023-1"], "affected": [PACKAGE]}).encode()
    )
    groups = grouped([*read(upstream=["CVE-2023-1", "CVE-2023-2"]), *own])
    assert [group.ids for group in groups] == [("CVE-2023-1", "DEBIAN-CVE-2023-1"), ("CVE-2023-2",)]


def test_a_notice_over_problems_with_records_of_their_own_says_nothing_more() -> None:
    assert read(id="USN-1-1", upstream=["CVE-2023-1", "CVE-2023-2", "UBUNTU-CVE-2023-1", "UBUNTU-CVE-2023-2"]) == ()


def test_what_is_related_to_a_library_is_not_the_same() -> None:
    library = {"package": {"ecosystem": "npm", "name": "a"}, "ranges": PACKAGE["ranges"]}
    [one] = read(id="GHSA-1", affected=[library], related=["CVE-2023-1"])
    assert one.aliases == ()
    [wrapped] = read(id="JLSEC-1", affected=[library], upstream=["CVE-2023-1", "GHSA-2"])
    assert wrapped.aliases == ("CVE-2023-1", "GHSA-2")


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"severity": [{"type": "Ubuntu", "score": "Medium"}]}, "medium"),
        ({"database_specific": {"severity": "Important"}}, "important"),
        ({"affected": [{**PACKAGE, "ecosystem_specific": {"urgency": "unimportant"}}]}, "unimportant"),
        ({"affected": [{**PACKAGE, "database_specific": {"informational": "unmaintained"}}]}, "informational"),
        ({"affected": [{**PACKAGE, "database_specific": {"severity": "HIGH"}}]}, "high"),
    ],
    ids=["as a score", "of the record", "Debian's urgency", "RustSec's", "of the package"],
)
def test_words_for_severity_are_found_where_databases_write_them(fields: dict[str, Any], word: str) -> None:
    assert {one.severity for one in read(**fields)} == {word}
