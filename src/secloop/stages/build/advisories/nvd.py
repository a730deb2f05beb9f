"""NVD's JSON 2.0 feeds (https://nvd.nist.gov/vuln/data-feeds): CVSS vectors by CVE id."""

from __future__ import annotations

import msgspec
from msgspec import field

_PRIMARY = "Primary"


class _Data(msgspec.Struct, rename="camel"):
    vector_string: str = ""


class _Metric(msgspec.Struct, rename="camel"):
    type: str = ""
    cvss_data: _Data = field(default_factory=_Data)


class _Metrics(msgspec.Struct):
    """Metrics by CVSS version, newest first."""

    v40: list[_Metric] = field(default_factory=list, name="cvssMetricV40")
    v31: list[_Metric] = field(default_factory=list, name="cvssMetricV31")
    v30: list[_Metric] = field(default_factory=list, name="cvssMetricV30")
    v2: list[_Metric] = field(default_factory=list, name="cvssMetricV2")


class _Cve(msgspec.Struct, rename="camel"):
    id: str
    vuln_status: str = ""
    metrics: _Metrics = field(default_factory=_Metrics)


class _Item(msgspec.Struct):
    cve: _Cve


class _Feed(msgspec.Struct):
    vulnerabilities: list[_Item]
    timestamp: str = ""


def read_nvd(data: bytes) -> tuple[dict[str, tuple[str, ...]], str]:
    """Return CVSS vectors by CVE id, and the day of the feed; rejected entries are left out.

    Of each version NVD's own rating (`Primary`) is taken before a vendor's; 3.1 before 3.0, 4.0 beside them, 2 only
    where there is nothing newer. Raises: ValueError when it is no such feed.
    """
    feed = msgspec.json.decode(data, type=_Feed)
    rated = ((item.cve.id, _vectors(item.cve)) for item in feed.vulnerabilities)
    return {cve: vectors for cve, vectors in rated if vectors}, feed.timestamp[:10]


def _vectors(cve: _Cve) -> tuple[str, ...]:
    if cve.vuln_status == "Rejected":
        return ()
    metrics = cve.metrics
    newest = _first(metrics.v31) or _first(metrics.v30)
    found = [vector for vector in (newest, _first(metrics.v40)) if vector]
    return tuple(found or [vector for vector in (_first(metrics.v2),) if vector])


def _first(metrics: list[_Metric]) -> str:
    ordered = sorted(metrics, key=lambda metric: metric.type != _PRIMARY)
    return next((metric.cvss_data.vector_string for metric in ordered if metric.cvss_data.vector_string), "")
