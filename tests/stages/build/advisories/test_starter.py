"""The starter set: plausible, sorted, and in agreement with the snapshot it was taken from."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from secloop.model.enums import Severity
from secloop.stages.build.advisories import severity
from secloop.stages.build.advisories.base import Advisory
from secloop.stages.build.advisories.ranges import affects
from secloop.stages.build.advisories.sources import read_source
from secloop.stages.build.advisories.starter import NAME, completed, starter_index
from secloop.stages.build.versions.base import key

if TYPE_CHECKING:
    from pathlib import Path


def advisories() -> list[Advisory]:
    data = files("secloop.stages.build.advisories").joinpath("starter.json").read_bytes()
    return msgspec.convert(msgspec.json.decode(data)["advisories"], list[Advisory])


def test_the_feed_tells_age_and_thinness() -> None:
    (feed,) = starter_index().feeds()
    assert feed.name == NAME
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", feed.date)
    assert re.fullmatch(r"starter set: \d+ advisories of \d+ packages; not a full feed, see docs", feed.note)


def test_every_advisory_is_whole() -> None:
    for one in advisories():
        assert re.fullmatch(r"(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3}|(PYSEC|GO|RUSTSEC|RSEC)-\d+-\d+)", one.id), one
        assert one.title
        assert one.cwe
        assert re.fullmatch(r"\d{4}-\d\d-\d\d|", one.date)
        assert severity.rate([one]).severity is not Severity.UNKNOWN
        assert one.intervals


def test_every_interval_is_closed_and_not_empty() -> None:
    for one in advisories():
        for interval in one.intervals:
            low, high = interval.low or "0-0", interval.high
            assert not high or key(one.ecosystem, low) <= key(one.ecosystem, high), one


def test_no_problem_of_a_package_stands_twice() -> None:
    rows = advisories()
    packages = {(one.ecosystem, one.package) for one in rows}
    assert sum(len(starter_index().groups(*package)) for package in packages) == len(rows)


def test_the_starter_set_agrees_with_the_snapshot(shared: Path) -> None:
    known = read_source(shared / "data/advisories").advisories
    for one in advisories():
        names = {one.id, *one.aliases}
        same = [
            a for a in known if a.package == one.package and a.ecosystem == one.ecosystem and {a.id, *a.aliases} & names
        ]
        bounds = {i.high for a in same for i in a.intervals if i.end == "fixed"}
        if one.ecosystem in {"PyPI", "Go", "crates.io", "RubyGems", "Packagist", "Hex", "CRAN"}:
            # the snapshot splits npm's problems over several rows, lists Maven's versions, and lacks the rest
            assert same, one
            for version in bounds:
                assert affects(one, version) == any(affects(a, version) for a in same), (one.id, version)


def test_a_source_that_rates_nothing_borrows_the_rating_but_not_the_range() -> None:
    bare = Advisory(id="PYSEC-X", aliases=("CVE-2020-14343",), ecosystem="PyPI", package="pyyaml")
    whole = completed(bare)
    assert (whole.severity, whole.cwe) == ("critical", (20,))
    assert whole.title
    assert whole.intervals == ()


def test_a_source_that_rates_is_left_alone() -> None:
    rated = Advisory(id="CVE-2020-14343", ecosystem="PyPI", package="pyyaml", severity="low")
    assert completed(rated) is rated
    other = Advisory(id="CVE-2020-14343", ecosystem="PyPI", package="other")
    assert completed(other) is other
