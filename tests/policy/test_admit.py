"""Admission: merging, whose comments hide what, exceptions, baselines; whatever the order of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.samples import TODAY, finding
from secloop.model.enums import Confidence, Kind, RuleState, Severity, Stage, Status
from secloop.model.finding import Finding, Suppression, ToolRef
from secloop.model.places import CodeSpan, ResourceAddress
from secloop.model.policy import Exception_
from secloop.model.rule import Matcher, Rule
from secloop.policy.admit import Admitted, admit, readmit
from secloop.policy.baseline import Baseline
from secloop.rules.base import RuleSet

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(
    findings: Sequence[Finding],
    *,
    comments: Sequence[Suppression] = (),
    exceptions: Sequence[Exception_] = (),
    baseline: Any = frozenset(),
    **given: Any,
) -> Admitted:
    return admit(findings, suppressions=comments, exceptions=exceptions, baseline=baseline, today=TODAY, **given)


def comment(tool: str = "secloop", *rules: str, **given: Any) -> Suppression:
    fields = {"file": "app/db.py", "line": 10, "first": 10, "last": 10, **given}
    return Suppression(tool=tool, rules=rules, **fields)


def exception(**given: Any) -> Exception_:
    return Exception_(**{"id": "accept-1", "reason": "Known", **given})


def rule_page(rule: str, kind: Kind, *same_as: str, aliases: tuple[str, ...] = ()) -> RuleSet:
    matchers = tuple(Matcher(id=name, match={}, same_as=same_as) for name in ("one", "two"))
    return RuleSet([
        Rule(id=rule, title="t", stage=Stage.CODE, kind=kind, engine="cel", since="0.1.0", state=RuleState.STABLE,
             severity=Severity.HIGH, confidence=Confidence.HIGH, cwe=(1,), matchers=matchers, aliases=aliases),
    ])  # fmt: skip


def test_without_anything_each_finding_is_a_new_row() -> None:
    found = run([finding()])
    assert [(r.status, r.suppressed) for r in found.rows] == [(Status.NEW, None)]
    assert (found.unused, found.expired) == ((), ())


def test_two_rules_on_one_place_and_identity_are_one_row() -> None:
    weak = finding(
        Kind.SECRET, rule="generic", confidence=Confidence.LOW, severity=Severity.CRITICAL, ids=("B",), cwe=(2,)
    )
    sure = finding(Kind.SECRET, rule="github-token", severity=Severity.HIGH, ids=("A",), cwe=(1,))
    row = run([weak, sure]).rows[0]
    assert (row.rule, row.confidence, row.severity) == ("github-token", Confidence.HIGH, Severity.CRITICAL)
    assert (row.ids, row.cwe, [t.rule for t in row.tools]) == (("A", "B"), (1, 2), ["generic", "github-token"])


def test_merging_unites_controls_evidence_and_fixed_versions() -> None:
    one = finding(controls={"nist-800-53": ("IA-5",)}, evidence={"a": "1"}, fixed=("2",), confidence=Confidence.LOW)
    two = finding(controls={"nist-800-53": ("AC-3",), "pci": ("8",)}, evidence={"a": "0", "b": "2"}, fixed=("1",))
    row = run([one, two]).rows[0]
    assert row.controls == {"nist-800-53": ("AC-3", "IA-5"), "pci": ("8",)}
    assert (row.evidence, row.fixed) == ({"a": "0", "b": "2"}, ("1", "2"))


def test_equal_findings_at_two_places_stay_two_rows() -> None:
    assert [r.line for r in run([finding(line=3), finding(line=9)]).rows] == [3, 9]


SAME_KIND = {"secret": Kind.SECRET, "weakness": Kind.WEAKNESS, "misconfiguration": Kind.MISCONFIGURATION}


@pytest.mark.parametrize(
    ("tool", "rules", "hidden"),
    [
        ("secloop", (), {"secret", "weakness", "misconfiguration"}),
        ("semgrep", (), {"weakness"}),
        ("bandit", (), {"weakness"}),
        ("gitleaks", (), {"secret"}),
        ("detect-secrets", (), {"secret"}),
        ("kics", (), {"misconfiguration"}),
        ("sonar", (), {"weakness"}),
        ("ruff", (), set()),
        ("checkov", (), set()),
        ("tfsec", (), set()),
        ("trivy", (), set()),
        ("hadolint", (), set()),
        ("some-other-tool", (), set()),
        ("tfsec", ("*",), {"misconfiguration"}),
        ("checkov", ("secret-rule", "weakness-rule", "misconfiguration-rule"), {"misconfiguration"}),
        ("semgrep", ("secret-rule",), set()),
    ],
)
def test_a_comment_hides_what_its_tool_is_about(tool: str, rules: tuple[str, ...], hidden: set[str]) -> None:
    findings = [finding(k, stage=Stage.TEST if k is Kind.WEAKNESS else Stage.CODE) for k in SAME_KIND.values()]
    found = run(findings, comments=[comment(tool, *rules)])
    assert {r.kind.value for r in found.rows if r.suppressed} == hidden
    assert bool(found.unused) is not bool(hidden)


@pytest.mark.parametrize(
    ("named", "hidden"),
    [
        ("weakness-rule.one", True),
        ("weakness-rule", True),
        ("WEAKNESS-RULE", True),
        ("old-name", True),
        ("B608", True),
        ("S608", False),
        ("weakness-rule.two", False),
        ("weakness", False),
        ("other", False),
    ],
)
def test_a_rule_goes_by_its_id_its_page_its_aliases_and_what_others_call_it(named: str, hidden: bool) -> None:
    rules = rule_page("weakness-rule", Kind.WEAKNESS, "b608", aliases=("old-name",))
    found = run([finding()], comments=[comment("secloop", named)], rules=rules)
    assert bool(found.rows[0].suppressed) is (hidden or named == "S608")


@pytest.mark.parametrize(
    ("tool", "named", "hidden"),
    [
        ("checkov", "CKV_AWS_1", True),
        ("checkov", "ckv_aws_1", True),
        ("checkov", "CKV_AWS_2", False),
        ("trivy", "CKV_AWS_1", True),
        ("hadolint", "CKV_AWS_1", True),
    ],
)
def test_another_tools_id_hides_the_rule_that_is_the_same(tool: str, named: str, hidden: bool) -> None:
    rules = rule_page("misconfiguration-rule", Kind.MISCONFIGURATION, "CKV_AWS_1")
    found = run([finding(Kind.MISCONFIGURATION)], comments=[comment(tool, named)], rules=rules)
    assert bool(found.rows[0].suppressed) is hidden


def test_trivys_comment_hides_a_vulnerability_by_its_id() -> None:
    found = [finding(Kind.VULNERABILITY, ids=("CVE-2024-1", "GHSA-x"), identity=(i, "p")) for i in ("1", "2")]
    found[1] = msgspec.structs.replace(found[1], ids=("CVE-2024-2",))
    rows = run(found, comments=[comment("trivy", "CVE-2024-1")]).rows
    assert {r.ids[0]: bool(r.suppressed) for r in rows} == {"CVE-2024-1": True, "CVE-2024-2": False}


def test_semgreps_comment_names_a_foreign_rule_by_its_last_part() -> None:
    tools = (ToolRef(tool="semgrep", rule="python.flask.security.sqli"),)
    assert run([finding(tools=tools)], comments=[comment("semgrep", "sqli")]).rows[0].suppressed


def test_noqa_names_bandits_rules_in_ruffs_way() -> None:
    rules = rule_page("weakness-rule", Kind.WEAKNESS, "B608")
    assert run([finding()], comments=[comment("ruff", "S608")], rules=rules).rows[0].suppressed
    assert not run([finding()], comments=[comment("ruff", "E501")], rules=rules).rows[0].suppressed


@pytest.mark.parametrize(
    ("kind", "lines", "covered", "hidden"),
    [
        (Kind.WEAKNESS, (10, 20), (10, 10), True),
        (Kind.WEAKNESS, (10, 20), (19, 20), True),
        (Kind.WEAKNESS, (10, 20), (15, 15), False),
        (Kind.WEAKNESS, (10, 20), (21, 21), False),
        (Kind.WEAKNESS, (10, 20), (1, 9), False),
        (Kind.MISCONFIGURATION, (10, 20), (15, 15), True),
        (Kind.MISCONFIGURATION, (10, 20), (21, 22), False),
    ],
)
def test_a_comment_must_cover_the_first_or_last_line_or_stand_in_the_resource(
    kind: Kind, lines: tuple[int, int], covered: tuple[int, int], hidden: bool
) -> None:
    found = run(
        [finding(kind, line=lines[0], end_line=lines[1])], comments=[comment(first=covered[0], last=covered[1])]
    )
    assert bool(found.rows[0].suppressed) is hidden


def test_a_finding_without_a_line_is_hidden_by_no_comment() -> None:
    from secloop.model.places import Endpoint

    place = Endpoint(method="GET", route="/a")
    assert not run([finding(place=place)], comments=[comment(file="")]).rows[0].suppressed


def test_every_syntax_that_is_found_in_files_is_known_here() -> None:
    from secloop.policy.matching import SYNTAXES
    from secloop.scan import comments as found

    assert {marker.tool for marker in found._MARKERS} == set(SYNTAXES)


def test_a_comment_of_another_file_hides_nothing_and_is_listed() -> None:
    found = run([finding()], comments=[comment("secloop", "x", file="b.py", line=4)])
    assert not found.rows[0].suppressed
    assert [(u.file, u.line, u.text) for u in found.unused] == [("b.py", 4, "secloop ignore x")]


@pytest.mark.parametrize(
    ("until", "hidden", "text"),
    [
        (TODAY, True, ""),
        ("2026-11-23", False, "secloop ignore (expired 2026-11-23)"),
        ("soon", False, 'secloop ignore (until "soon" is not a date like 2026-12-31)'),
        ("9999-99-99", False, 'secloop ignore (until "9999-99-99" is not a date like 2026-12-31)'),
    ],
)
def test_a_comment_holds_through_its_last_day(until: str, hidden: bool, text: str) -> None:
    found = run([finding()], comments=[comment(until=until)])
    assert bool(found.rows[0].suppressed) is hidden
    assert [u.text for u in found.unused] == [text] * bool(text)


def test_what_hides_is_kept_with_its_reason_and_place() -> None:
    hidden = run([finding()], comments=[comment(reason="A fixture", until="2027-01-01")]).rows[0].suppressed
    assert hidden is not None
    assert (hidden.by, hidden.reason, hidden.source, hidden.until) == (
        "ignore", "A fixture", "app/db.py:10", "2027-01-01",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ({"fingerprint": finding().id}, True),
        ({"fingerprint": finding().occurrence}, True),
        ({"fingerprint": finding(file="b.py").occurrence}, False),
        ({"rule": "weakness-rule"}, True),
        ({"rule": "weakness-rule.one"}, True),
        ({"rule": "other"}, False),
        ({"path": "app/**"}, True),
        ({"path": "*.py"}, True),
        ({"path": "/db.py"}, False),
        ({"rule": "weakness-rule", "path": "app/"}, True),
        ({"rule": "weakness-rule", "path": "tests/"}, False),
        ({"rule": "weakness-rule", "purl": "pkg:pypi/a"}, False),
        ({"resource": "*"}, False),
        ({}, False),
    ],
)
def test_an_exception_holds_where_all_its_selectors_do(given: dict[str, str], accepted: bool) -> None:
    row = run([finding()], exceptions=[exception(**given)]).rows[0]
    assert (row.status is Status.ACCEPTED) is accepted
    assert bool(row.suppressed and row.suppressed.by == "exception") is accepted


def test_copying_an_accepted_secret_to_a_new_file_is_seen() -> None:
    first, copy = finding(Kind.SECRET), finding(Kind.SECRET, file="copy.py")
    rows = run([first, copy], exceptions=[exception(fingerprint=first.occurrence)]).rows
    assert {r.file: r.status for r in rows} == {"app/db.py": Status.ACCEPTED, "copy.py": Status.NEW}


@pytest.mark.parametrize(
    ("purl", "accepted"),
    [
        ("pkg:pypi/flask", True),
        ("pkg:pypi/flask@2.0", True),
        ("pkg:pypi/flask@2.1", False),
        ("pkg:pypi/flask-login", False),
        ("pkg:npm/flask", False),
    ],
)
def test_a_purl_without_a_version_covers_every_version(purl: str, accepted: bool) -> None:
    from secloop.model.places import PackagePin

    pin = PackagePin(file="uv.lock", name="flask", version="2.0", purl="pkg:pypi/flask@2.0")
    row = run([finding(Kind.VULNERABILITY, place=pin)], exceptions=[exception(purl=purl)]).rows[0]
    assert (row.status is Status.ACCEPTED) is accepted


@pytest.mark.parametrize(("glob", "accepted"), [("aws_s3_bucket.*", True), ("module.*", False), ("AWS_*", False)])
def test_a_resource_glob_matches_an_address(glob: str, accepted: bool) -> None:
    place = ResourceAddress(address="aws_s3_bucket.logs", file="main.tf", line=3, end_line=9)
    row = run([finding(Kind.MISCONFIGURATION, place=place)], exceptions=[exception(resource=glob)]).rows[0]
    assert (row.status is Status.ACCEPTED) is accepted


def test_an_expired_exception_no_longer_holds_and_is_listed() -> None:
    over = exception(id="accept-1", path="*", expires="2026-11-23")
    last = exception(id="accept-2", path="*", expires=TODAY)
    assert run([finding()], exceptions=[last]).rows[0].status is Status.ACCEPTED
    found = run([finding()], exceptions=[over])
    assert (found.rows[0].status, found.expired, found.unused) == (Status.NEW, (over,), ())


def test_an_exception_that_hides_nothing_is_listed_unless_only_a_part_was_scanned() -> None:
    other = exception(rule="other")
    assert [u.text for u in run([finding()], exceptions=[other]).unused] == ["exception accept-1"]
    assert run([finding()], exceptions=[other], whole=False).unused == ()


def test_a_comment_hides_before_an_exception_and_both_are_of_use() -> None:
    found = run([finding()], comments=[comment()], exceptions=[exception(path="*")])
    assert found.rows[0].suppressed is not None
    assert found.rows[0].suppressed.by == "ignore"
    assert found.unused == ()


def test_show_all_leaves_nothing_hidden_and_still_knows_what_is_of_use() -> None:
    found = run([finding()], comments=[comment(), comment(file="b.py")], exceptions=[exception(path="*")], honour=False)
    assert (found.rows[0].suppressed, found.rows[0].status) == (None, Status.NEW)
    assert [u.file for u in found.unused] == ["b.py"]


@pytest.mark.parametrize(
    "baseline", [frozenset({finding().occurrence}), Baseline(findings=frozenset({(finding().id, "app/db.py")}))]
)
def test_what_is_in_the_baseline_is_open_and_a_copy_of_it_is_new(baseline: Any) -> None:
    rows = run([finding(), finding(file="copy.py")], baseline=baseline).rows
    assert [(r.file, r.status) for r in rows] == [("app/db.py", Status.OPEN), ("copy.py", Status.NEW)]


def test_an_earlier_run_is_readmitted_under_todays_exceptions() -> None:
    findings = [finding(identity=(name,), line=line) for name, line in (("a", 1), ("b", 2), ("c", 3))]
    was = exception(id="was", fingerprint=findings[0].id)
    before = run(findings, comments=[comment(first=3, last=3)], exceptions=[was]).rows
    now = exception(id="now", fingerprint=findings[1].id)
    over = exception(id="over", fingerprint=findings[0].id, expires="2026-01-01")
    after = readmit(before, exceptions=[now, over], today=TODAY)
    assert [(r.status, r.suppressed and r.suppressed.source) for r in after.rows] == [
        (Status.OPEN, None), (Status.ACCEPTED, "now"), (Status.NEW, "app/db.py:10"),
    ]  # fmt: skip
    assert after.expired == (over,)
    assert readmit(after.rows, exceptions=[now], today=TODAY).rows == after.rows


findings = st.builds(
    finding,
    st.sampled_from([Kind.SECRET, Kind.WEAKNESS, Kind.MISCONFIGURATION]),
    line=st.integers(1, 3),
    file=st.sampled_from(["a.py", "b.py"]),
    identity=st.sampled_from([("x",), ("y",)]),
    rule=st.sampled_from(["r.one", "r.two", "s"]),
    severity=st.sampled_from([Severity.HIGH, Severity.LOW, Severity.UNKNOWN]),
    confidence=st.sampled_from(list(Confidence)),
    evidence=st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["1", "2"])),
)
comments = st.builds(
    Suppression,
    file=st.sampled_from(["a.py", "b.py"]),
    line=st.integers(1, 3),
    first=st.integers(1, 3),
    last=st.integers(1, 3),
    tool=st.sampled_from(["secloop", "semgrep", "gitleaks"]),
    rules=st.sampled_from([(), ("r",), ("s",)]),
    reason=st.sampled_from(["", "Because"]),
)
accepted = st.lists(
    st.builds(
        exception, id=st.sampled_from("pqr"), rule=st.sampled_from(["r", "s"]), path=st.sampled_from(["", "a.py"])
    ),
    max_size=3,
    unique_by=lambda e: e.id,
)


@given(st.lists(findings, max_size=6), st.lists(comments, max_size=3), accepted, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_show(
    found: list[Finding], ignores: list[Suppression], decided: list[Exception_], random: Any
) -> None:
    first = run(found, comments=ignores, exceptions=decided)
    for items in (found, ignores, decided):
        random.shuffle(items)
    assert msgspec.json.encode(run(found, comments=ignores, exceptions=decided)) == msgspec.json.encode(first)


@given(st.lists(findings, max_size=6), st.lists(comments, max_size=3), accepted)
def test_nothing_is_lost_and_nothing_is_hidden_without_a_cause(
    found: list[Finding], ignores: list[Suppression], decided: list[Exception_]
) -> None:
    rows = run(found, comments=ignores, exceptions=decided).rows
    assert {(r.id, r.file, r.line) for r in rows} == {
        (f.id, f.place.file, f.place.line) for f in found if isinstance(f.place, CodeSpan)
    }
    sources = {f"{c.file}:{c.line}" for c in ignores} | {e.id for e in decided}
    assert {r.suppressed.source for r in rows if r.suppressed} <= sources
    assert all((r.status is Status.ACCEPTED) == bool(r.suppressed and r.suppressed.by == "exception") for r in rows)
