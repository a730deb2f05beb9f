"""Places, names, ranks, configuration values, coverage, ids and rows."""

from __future__ import annotations

import itertools
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.identity_cases import secret, vulnerability
from secloop.model.assets import Asset, AssetType, urn
from secloop.model.config import Config, ScanConfig, seconds, size_bytes
from secloop.model.coverage import Coverage, Gap
from secloop.model.enums import Confidence, FileClass, Kind, Severity, Status
from secloop.model.errors import Exit, SecloopError, UsageError
from secloop.model.facts import Component
from secloop.model.ids import (
    bare_purl,
    canonical_id,
    digest,
    finding_id,
    identify,
    identity_key,
    normalise_match,
    occurrence_id,
    secret_identity,
)
from secloop.model.places import (
    ArtifactRef,
    CodeSpan,
    Endpoint,
    EventRef,
    ModelElement,
    PackagePin,
    Place,
    ResourceAddress,
    place_file,
    place_key,
    place_line,
)
from secloop.model.report import component_row, row_of

PLACES: list[tuple[Place, str, str | None, int | None]] = [
    (CodeSpan(file="a/b.py", line=3, end_line=4, column=5, end_column=6), "a/b.py", "a/b.py", 3),
    (PackagePin(file="uv.lock", name="p", version="1", purl="pkg:pypi/p@1", line=9), "uv.lock", "uv.lock", 9),
    (ResourceAddress(address="aws_s3_bucket.b", file="main.tf", line=2), "main.tf#aws_s3_bucket.b", "main.tf", 2),
    (ResourceAddress(address="arn:aws:s3:::b"), "#arn:aws:s3:::b", None, None),
    (Endpoint(method="GET", route="/items/{id}", parameter="id"), "GET /items/{id}", None, None),
    (ArtifactRef(name="shop", digest="sha256:00"), "sha256:00", None, None),
    (EventRef(source="cloudtrail", event="e1"), "cloudtrail#e1", None, None),
    (ModelElement(model="threats.yaml", element="db"), "threats.yaml#db", None, None),
]
_ids = [type(place).__name__ for place, *_ in PLACES]


@pytest.mark.parametrize(("place", "key", "file", "line"), PLACES, ids=_ids)
def test_every_place_has_a_key_and_perhaps_a_file_and_line(
    place: Place, key: str, file: str | None, line: int | None
) -> None:
    assert (place_key(place), place_file(place), place_line(place)) == (key, file, line)


@pytest.mark.parametrize(("place", "key", "file", "line"), PLACES, ids=_ids)
def test_a_row_shows_the_place_of_its_finding(place: Place, key: str, file: str | None, line: int | None) -> None:
    finding = msgspec.structs.replace(secret("v", "x.py", 1), place=place)
    (finding,) = identify([finding])
    row = row_of(finding, Status.OPEN)
    assert (row.file, row.line, row.status, row.id) == (file, line, Status.OPEN, finding.id)
    assert row.occurrence == occurrence_id(finding.id, key)
    assert (row.end_line is None) == (file is None)
    assert row.column == (5 if isinstance(place, CodeSpan) else None)
    assert row.purl == (place.purl if isinstance(place, PackagePin) else None)
    assert row.resource == (place.address if isinstance(place, ResourceAddress) else None)
    assert row.endpoint == ("GET /items/{id}" if isinstance(place, Endpoint) else None)


def test_a_component_row_holds_what_the_fact_does() -> None:
    fact = Component(name="p", version="1", purl="pkg:pypi/p@1", file="uv.lock", line=3, direct=False, via=("q",))
    row = msgspec.structs.asdict(component_row(fact))
    held = msgspec.structs.asdict(fact)
    assert row == {key: held[key] for key in row}
    assert {"purl", "via", "licenses"} <= set(row)


@given(name=st.text())
def test_a_urn_is_ascii_and_keeps_its_name(name: str) -> None:
    made = urn(AssetType.PACKAGE, name)
    assert made.isascii()
    assert " " not in made
    assert unquote(made.removeprefix("urn:secloop:package:")) == name


def test_an_asset_is_named_by_its_urn() -> None:
    asset = Asset(type=AssetType.FILE, name="src/a b?#%.py")
    assert asset.urn == "urn:secloop:file:src/a%20b%3F%23%25.py"
    assert Asset(type=AssetType.PACKAGE, name="pkg:npm/@scope/p@1").urn == "urn:secloop:package:pkg:npm/@scope/p@1"


@pytest.mark.parametrize("vocabulary", [Severity, Confidence])
def test_ranks_fall_from_the_first_member_to_the_last(vocabulary: type[Severity | Confidence]) -> None:
    ranks = [member.rank for member in vocabulary]
    assert ranks == list(range(len(ranks)))[::-1]
    for stronger, weaker in itertools.combinations(vocabulary, 2):
        assert stronger.at_least(weaker)
        assert not weaker.at_least(stronger)
        assert stronger.at_least(stronger)


def test_every_kind_has_a_letter_of_its_own() -> None:
    assert len({kind.letter for kind in Kind}) == len(Kind)
    assert all(finding_id(kind, ("x",)).startswith(f"{kind.letter}-") for kind in Kind)


@pytest.mark.parametrize(
    ("text", "expected"), [("500ms", 0.5), ("10s", 10.0), ("2m", 120.0), ("1h", 3600.0), ("7d", 604800.0)]
)
def test_durations_are_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("7", 7), ("7B", 7), ("500KB", 512_000), ("5MB", 5 << 20), ("1GB", 1 << 30)]
)
def test_sizes_are_bytes(text: str, expected: int) -> None:
    assert size_bytes(text) == expected


@pytest.mark.parametrize("broken", [{"max_file_size": "5 MB"}, {"file_timeout": "10"}, {"jobs": -1}, {"unknown": 1}])
def test_a_wrong_setting_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(broken, ScanConfig)


def test_an_empty_configuration_is_complete() -> None:
    assert msgspec.convert({}, Config) == Config()
    assert Config().scan.max_file_size == "5MB"


@pytest.mark.parametrize(
    ("outcome", "share", "accepted", "incomplete"),
    [
        (FileClass.FAILED, None, None, True),
        (FileClass.LIMITED, None, None, True),
        (FileClass.EXCLUDED, None, None, False),
        (FileClass.PARTIAL, 0.89, None, True),
        (FileClass.PARTIAL, 0.9, None, False),
        (FileClass.PARTIAL, None, None, True),
        (FileClass.FAILED, None, "a fixture", False),
    ],
)
def test_what_makes_a_run_incomplete(
    outcome: FileClass, share: float | None, accepted: str | None, incomplete: bool
) -> None:
    gap = Gap(file="a", sensor="s", outcome=outcome, reason="r", share=share, accepted=accepted)
    assert gap.incomplete is incomplete
    assert Coverage(gaps=(gap,)).complete is not incomplete
    assert not Coverage(missing=("sast did not run",)).complete


def test_an_error_says_what_happened_and_what_to_do() -> None:
    assert str(UsageError("It broke", "Mend it")) == "It broke. Mend it."
    assert str(SecloopError("It broke")) == "It broke."
    assert SecloopError("It broke").exit_code == Exit.USAGE


@given(fields=st.lists(st.text(max_size=4), max_size=4), other=st.lists(st.text(max_size=4), max_size=4))
def test_different_fields_have_different_digests(fields: list[str], other: list[str]) -> None:
    assert (digest(fields) == digest(other)) == (fields == other)


def test_a_digest_takes_paths_that_are_no_utf8() -> None:
    assert digest([b"a\xff".decode("utf-8", "surrogateescape")]) != digest(["a"])


def test_the_identity_of_a_secret_depends_on_the_key_and_on_being_guessable() -> None:
    one, two = identity_key("one"), identity_key("two")
    value = secret_identity(one, "v", guessable=False)
    assert value == secret_identity(one, "v", guessable=False)
    assert len({value, secret_identity(two, "v", guessable=False), secret_identity(one, "v", guessable=True)}) == 3


def test_the_canonical_id_is_the_cve() -> None:
    ids = ["OSV-1", "GHSA-1", "CVE-2026-2", "CVE-2026-1"]
    for order in itertools.permutations(ids):
        assert canonical_id(order) == "CVE-2026-1"
    assert canonical_id(["PYSEC-1", "GHSA-2"]) == "GHSA-2"


@pytest.mark.parametrize(
    ("purl", "bare"),
    [
        ("pkg:pypi/p@1.0", "pkg:pypi/p"),
        ("pkg:npm/%40scope/p@1.0?a=b#c", "pkg:npm/%40scope/p"),
        ("pkg:npm/@scope/p", "pkg:npm/@scope/p"),
        ("pkg:golang/example.org/m", "pkg:golang/example.org/m"),
    ],
)
def test_a_bare_purl_has_no_version(purl: str, bare: str) -> None:
    assert bare_purl(purl) == bare


@pytest.mark.parametrize(
    "text",
    ["f(a,\n   'x')", 'f(a, "x")', "f(a,  `x`)", "# why\nf(a, 'x')", "f(a, /* why */ 'x')", "f(a, 'x') // why"],
)
def test_layout_comments_and_quotes_are_no_part_of_a_match(text: str) -> None:
    assert normalise_match(text) == "f(a, 'x')"


def test_identified_findings_are_sorted_and_keep_an_id_they_have() -> None:
    findings = [vulnerability(("CVE-1",), "pkg:pypi/p@1"), secret("v", "a.py", 1)]
    first = identify(findings)
    assert first == identify(reversed(findings))
    assert identify(first) == first
