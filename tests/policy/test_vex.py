"""Which findings VEX statements hide."""

from __future__ import annotations

import pytest

from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.finding import Finding
from secloop.model.inventory import Statement, Status
from secloop.model.places import PackagePin
from secloop.model.report import FindingRow, row_of
from secloop.policy.vex import Statements

PURL = "pkg:pypi/flask@2.0"


def _row(
    ids: tuple[str, ...] = ("CVE-2020-0001", "GHSA-aaaa-bbbb-cccc"), kind: Kind = Kind.VULNERABILITY
) -> FindingRow:
    return row_of(
        Finding(
            kind=kind,
            stage=Stage.BUILD,
            rule="vulnerable-dependency.pypi",
            title="t",
            message="m",
            severity=Severity.HIGH,
            confidence=Confidence.HIGH,
            place=PackagePin(file="uv.lock", name="flask", version="2.0", purl=PURL),
            identity=("v",),
            ids=ids,
        )
    )


def _one(status: Status = "not_affected", *products: str, time: str = "", own: str = "CVE-2020-0001") -> Statement:
    return Statement(vulnerability=own, status=status, products=products, time=time, impact="why")


@pytest.mark.parametrize(
    "products", [(), (PURL,), (f"{PURL}?extension=tar.gz",), ("pkg:pypi/flask",), ("shop",), ("pkg:npm/x", PURL)]
)
def test_a_statement_on_the_package_or_the_project_hides(products: tuple[str, ...]) -> None:
    hidden = Statements({"a.json": [_one("not_affected", *products)]}, ["shop"]).find(_row())
    assert hidden is not None
    assert (hidden.by, hidden.source, hidden.reason) == ("vex", "a.json", "not affected: why")


@pytest.mark.parametrize(
    "products", [("pkg:pypi/flask@2.1",), ("pkg:pypi/flask-x",), ("pkg:npm/flask@2.0",), ("other",)]
)
def test_a_statement_on_something_else_does_not(products: tuple[str, ...]) -> None:
    assert Statements({"a.json": [_one("not_affected", *products)]}, ["shop"]).find(_row()) is None


def test_an_alias_names_the_same_vulnerability() -> None:
    assert Statements({"a": [_one(own="GHSA-aaaa-bbbb-cccc")]}).find(_row()) is not None
    assert Statements({"a": [_one(own="CVE-2020-0009")]}).find(_row()) is None


@pytest.mark.parametrize("status", ["affected", "under_investigation"])
def test_other_statuses_hide_nothing(status: Status) -> None:
    assert Statements({"a": [_one(status)]}).find(_row()) is None


def test_the_newest_statement_decides() -> None:
    old, new = _one("not_affected", time="2026-01-01T00:00:00Z"), _one("affected", time="2026-02-01T00:00:00Z")
    assert Statements({"a": [new, old]}).find(_row()) is None
    assert Statements({"a": [_one("affected")], "b": [_one("fixed")]}).find(_row()) is not None


def test_only_vulnerabilities_are_hidden() -> None:
    assert Statements({"a": [_one()]}).find(_row(kind=Kind.LICENSE)) is None
