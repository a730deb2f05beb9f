"""EPSS, KEV, NVD and endoflife.date files: what is read, and that damage is one line."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UsageError
from secloop.stages.build.advisories.base import Exploitation
from secloop.stages.build.advisories.endoflife import Cycle, read_endoflife
from secloop.stages.build.advisories.exploitation import joined, read_epss, read_kev
from secloop.stages.build.advisories.index import open_index
from secloop.stages.build.advisories.nvd import read_nvd
from secloop.stages.build.advisories.severity import rate
from secloop.stages.build.advisories.sources import kind_of, read_source
from stages.build.advisories.test_sources import record

if TYPE_CHECKING:
    from pathlib import Path

EPSS = b"#model_version:v2025.03.14,score_date:2026-11-02T12:55:00Z\ncve,epss,percentile\nCVE-2020-0001,0.5,0.9\nbad\n"
KEV = {
    "title": "catalogue",
    "catalogVersion": "2026.11.03",
    "dateReleased": "2026-11-03T10:00:00.0000Z",
    "count": 1,
    "vulnerabilities": [
        {"cveID": "CVE-2020-0001", "dateAdded": "2026-10-01", "knownRansomwareCampaignUse": "Known"},
        {"cveID": "CVE-2020-0002", "dateAdded": "2026-10-02", "knownRansomwareCampaignUse": "Unknown"},
    ],
}
HIGH, LOW = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:N/A:N"
FOUR = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


def nvd(**metrics: Any) -> dict[str, Any]:
    cve = {"id": "CVE-2020-0001", "vulnStatus": "Analyzed", "metrics": metrics}
    return {
        "resultsPerPage": 1,
        "format": "NVD_CVE",
        "version": "2.0",
        "timestamp": "2026-11-04T00:00:00.000",
        "vulnerabilities": [{"cve": cve}],
    }


def metric(vector: str, kind: str = "Primary") -> dict[str, Any]:
    return {"source": "nvd@nist.gov", "type": kind, "cvssData": {"vectorString": vector, "baseScore": 1}}


CYCLES_V1 = {
    "schema_version": "1.2.0",
    "generated_at": "2026-11-05T01:02:03Z",
    "total": 1,
    "result": [
        {
            "name": "python",
            "releases": [
                {"name": "3.8", "isEol": True, "eolFrom": "2024-10-07", "latest": {"name": "3.8.20"}},
                {"name": "3.13", "isEol": False, "eolFrom": "2029-10-31"},
                {"name": "2.6", "isEol": True},
            ],
        }
    ],
}
CYCLES_V0 = [{"cycle": "14", "eol": "2023-04-30", "latest": "14.21.3"}, {"cycle": "99", "eol": False}]


def test_epss_names_its_day_and_broken_lines_are_passed_over() -> None:
    facts, day = read_epss(EPSS)
    assert day == "2026-11-02"
    assert facts == {"CVE-2020-0001": Exploitation(epss=0.5, percentile=0.9)}


@pytest.mark.parametrize("share", ["2", "nan", "-1", "1.5", ""])
def test_a_share_beyond_0_to_1_is_no_epss_line(share: str) -> None:
    assert read_epss(f"2020-0001,{share},0.5\n".encode())[0] == {}


def test_small_shares_may_be_in_scientific_notation() -> None:
    assert read_epss(b"2020-0001,4e-05,0.01\r\n")[0]["CVE-2020-0001"].epss == pytest.approx(0.00004)


def test_kev_of_cisa_names_day_and_ransomware() -> None:
    facts, day = read_kev(json.dumps(KEV).encode())
    assert day == "2026-11-03"
    assert facts["CVE-2020-0001"] == Exploitation(kev="2026-10-01", ransomware=True)
    assert facts["CVE-2020-0002"] == Exploitation(kev="2026-10-02")


def test_facts_on_one_cve_are_joined_in_either_order() -> None:
    a, b = Exploitation(epss=0.1, percentile=0.5, kev="2022-01-01"), Exploitation(epss=0.3, kev="2021-01-01")
    assert joined(a, b) == joined(b, a) == Exploitation(epss=0.3, kev="2021-01-01")


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"cvssMetricV31": [metric(LOW, "Secondary"), metric(HIGH)], "cvssMetricV2": [metric("AV:N")]}, (HIGH,)),
        ({"cvssMetricV31": [metric(HIGH)], "cvssMetricV40": [metric(FOUR, "Secondary")]}, (HIGH, FOUR)),
        ({"cvssMetricV2": [metric("AV:N/AC:L/Au:N/C:P/I:P/A:P")]}, ("AV:N/AC:L/Au:N/C:P/I:P/A:P",)),
    ],
    ids=["primary-first", "3.1-and-4.0", "2-alone"],
)
def test_nvd_gives_the_vectors_that_count(metrics: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert read_nvd(json.dumps(nvd(**metrics)).encode()) == ({"CVE-2020-0001": expected}, "2026-11-04")


def test_nvd_fills_a_missing_severity_and_never_replaces_one(tmp_path: Path) -> None:
    rated = json.loads(record("GHSA-rated", "rated"))
    rated |= {"aliases": ["CVE-2020-0001"], "severity": [{"type": "CVSS_V3", "score": LOW}]}
    bare = json.loads(record("GHSA-bare", "bare")) | {"aliases": ["CVE-2020-0001"]}
    (tmp_path / "osv").mkdir()
    (tmp_path / "osv/a.json").write_text(json.dumps(rated))
    (tmp_path / "osv/b.json").write_text(json.dumps(bare))
    (tmp_path / "nvd.json.gz").write_bytes(gzip.compress(json.dumps(nvd(cvssMetricV31=[metric(HIGH)])).encode()))
    index = open_index([tmp_path / "osv", tmp_path / "nvd.json.gz"], tmp_path / "cache")
    (own,), (filled,) = index.groups("npm", "rated"), index.groups("npm", "bare")
    assert rate(own.advisories).vector == LOW
    assert rate(filled.advisories).score == 9.8
    assert [feed.name for feed in index.feeds()] == ["osv", "nvd"]


def test_cycles_end_on_a_day_or_have_ended_or_go_on() -> None:
    cycles, day = read_endoflife(json.dumps(CYCLES_V1).encode())
    assert day == "2026-11-05"
    assert [(cycle.name, cycle.ended("2026-11-24")) for cycle in cycles] == [
        ("3.8", True),
        ("3.13", False),
        ("2.6", True),
    ]
    assert cycles[0] == Cycle(product="python", name="3.8", end="2024-10-07", latest="3.8.20")


def test_an_older_document_has_its_product_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "nodejs.json").write_text(json.dumps(CYCLES_V0))
    read = read_source(tmp_path / "nodejs.json")
    assert read.kind == "endoflife"
    assert [(c.product, c.name, c.end) for c in read.cycles] == [("nodejs", "14", "2023-04-30"), ("nodejs", "99", "")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (EPSS, "epss"),
        (gzip.compress(EPSS), "epss"),
        (json.dumps(KEV, indent=2).encode(), "kev"),
        (b'{"CVE-2020-0001": ["2021-11-03"]}', "kev"),
        (json.dumps(nvd()).encode(), "nvd"),
        (json.dumps(CYCLES_V1).encode(), "endoflife"),
        (json.dumps(CYCLES_V0).encode(), "endoflife"),
        (record().encode(), "osv"),
        (b"", "osv"),
    ],
    ids=["epss", "epss-gz", "kev", "kev-compact", "nvd", "endoflife-1", "endoflife-0", "osv", "empty"],
)
def test_what_a_file_is_is_told_by_its_content(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "any").write_bytes(content)
    assert kind_of(tmp_path / "any") == kind


@pytest.mark.parametrize(
    "content",
    [b'{"catalogVersion": 1}', b'{"format":"NVD_CVE", "vulnerabilities": 3}', b'{"schema_version":"1", "result": 3}'],
    ids=["kev", "nvd", "endoflife"],
)
def test_a_damaged_document_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(UsageError, match="is damaged"):
        read_source(tmp_path / "x.json")


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["result", "name", "releases", "vulnerabilities", "cve", "cycle", "eol", "latest"]),
                inner,
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for reader in (read_kev, read_nvd, lambda raw: read_endoflife(raw, "p")):
        try:
            reader(data)
        except (ValueError, RecursionError):
            continue
    assert read_epss(data)[0] is not None
