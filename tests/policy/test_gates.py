"""Gate policies: the profiles of contracts.md row by row, what counts, and what a malformed policy says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.samples import COMPLETE, TODAY, gap, row
from secloop.model.coverage import Coverage, FileCounts
from secloop.model.enums import Confidence, FileClass, Kind, Severity, Status
from secloop.model.errors import UsageError
from secloop.model.policy import GateRule, Hidden, When
from secloop.model.run import Feed
from secloop.policy import gates
from secloop.policy.facts import RunFacts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.model.report import FindingRow

CLEAN = RunFacts(coverage=COMPLETE, today=TODAY)


def failed(profile: str, *rows: FindingRow, run: RunFacts = CLEAN, new_only: bool = False) -> list[str]:
    return [d.rule for d in gates.decide(gates.profile(profile), rows, run, new_only=new_only)]


def rule(fail: str, **when: object) -> tuple[GateRule, ...]:
    return (GateRule(id="own", fail=fail, reason="A reason", to_pass="A way", when=When(**when)),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "rules"),
    [
        (row(Kind.SECRET, severity=Severity.LOW, confidence=Confidence.MEDIUM), ["open-secret"]),
        (row(Kind.SECRET, severity=Severity.CRITICAL, confidence=Confidence.LOW), []),
        (row(Kind.VULNERABILITY, severity=Severity.LOW, evidence={"kev": "true"}), ["exploitable-vulnerability"]),
        (row(Kind.VULNERABILITY, severity=Severity.HIGH, fixed=("2.0",)), ["exploitable-vulnerability"]),
        (row(Kind.VULNERABILITY, severity=Severity.CRITICAL, fixed=("2.0",)), ["exploitable-vulnerability"]),
        (row(Kind.VULNERABILITY, severity=Severity.CRITICAL), []),
        (row(Kind.VULNERABILITY, severity=Severity.MEDIUM, fixed=("2.0",)), []),
        (row(Kind.WEAKNESS, severity=Severity.HIGH, confidence=Confidence.MEDIUM), ["serious-finding"]),
        (row(Kind.WEAKNESS, severity=Severity.HIGH, confidence=Confidence.LOW), []),
        (row(Kind.MISCONFIGURATION, severity=Severity.CRITICAL), ["serious-finding"]),
        (row(Kind.SUPPLY_CHAIN, severity=Severity.MEDIUM), []),
    ],
)
def test_the_default_profile_fails_on_what_the_contract_says(found: FindingRow, rules: list[str]) -> None:
    assert failed("default", found) == rules


@pytest.mark.parametrize("kind", list(Kind))
def test_no_kind_of_finding_escapes_the_default_profile(kind: Kind) -> None:
    assert failed("default", row(kind, severity=Severity.CRITICAL, fixed=("1",)))


def test_an_incomplete_run_fails_default_and_strict_but_is_not_the_business_of_commit() -> None:
    run = RunFacts(coverage=Coverage(gaps=(gap(FileClass.FAILED),)), today=TODAY)
    assert failed("default", run=run) == ["incomplete"]
    assert failed("strict", run=run) == ["incomplete"]
    assert failed("commit", run=run) == []


@pytest.mark.parametrize(
    ("run", "rules"),
    [
        (RunFacts(coverage=Coverage(gaps=(gap(FileClass.PARTIAL, 0.95),)), today=TODAY), ["incomplete-partial"]),
        (RunFacts(feeds=(Feed(name="osv", date="2026-11-16"),), today=TODAY), ["incomplete-feeds"]),
        (RunFacts(feeds=(Feed(name="osv", date="2026-11-17"),), today=TODAY), []),
        (RunFacts(feeds=(Feed(name="osv", date=""),), today=TODAY), ["incomplete-feeds"]),
        (RunFacts(expired=("accept-1",), today=TODAY), ["expired-exception"]),
    ],
)
def test_the_strict_profile_asks_more_of_a_run(run: RunFacts, rules: list[str]) -> None:
    assert failed("strict", run=run) == rules
    assert failed("default", run=run) == []


def test_the_strict_profile_fails_from_medium_on_at_any_confidence() -> None:
    assert failed("strict", row(severity=Severity.MEDIUM, confidence=Confidence.LOW)) == ["open-finding"]
    assert failed("strict", row(severity=Severity.LOW)) == []


def test_the_commit_profile_fails_on_new_secrets_only() -> None:
    assert failed("commit", row(Kind.SECRET)) == ["new-secret"]
    assert failed("commit", row(Kind.SECRET, status=Status.OPEN)) == []
    assert failed("commit", row(severity=Severity.CRITICAL)) == []


rows = st.builds(
    row,
    st.sampled_from(list(Kind)),
    severity=st.sampled_from(list(Severity)),
    confidence=st.sampled_from(list(Confidence)),
    fixed=st.sampled_from([(), ("1",)]),
    evidence=st.sampled_from([{}, {"kev": "true"}]),
    status=st.sampled_from(list(Status)),
)


@given(st.lists(rows, max_size=4))
def test_what_fails_default_fails_strict(found: list[FindingRow]) -> None:
    if failed("default", *found):
        assert failed("strict", *found)


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": Status.ACCEPTED},
        {"status": Status.FIXED},
        {"status": Status.RETIRED},
        {"suppressed": Hidden(by="ignore", reason="r", source="s")},
    ],
)
def test_what_is_hidden_or_over_never_counts(hidden: dict[str, object]) -> None:
    assert failed("default", row(Kind.SECRET, **hidden)) == []


def test_new_only_counts_what_is_new_or_came_back() -> None:
    old, new, back = (row(Kind.SECRET, status=s) for s in (Status.OPEN, Status.NEW, Status.REOPENED))
    assert failed("default", old, new_only=True) == []
    assert failed("default", new, new_only=True) == ["open-secret"]
    assert failed("default", back, new_only=True) == ["open-secret"]


def test_new_only_still_fails_on_an_incomplete_run() -> None:
    run = RunFacts(coverage=Coverage(missing=("sensor x",)), today=TODAY)
    assert failed("default", run=run, new_only=True) == ["incomplete"]


def test_a_decision_names_each_finding_once_in_the_order_of_the_rows() -> None:
    first, second = row(identity=("b",)), row(identity=("a",))
    decision = gates.decide(rule("true", min_severity=Severity.HIGH), [first, second, first], CLEAN)[0]
    assert decision.findings == (first.id, second.id)
    assert (decision.rule, decision.reason, decision.to_pass) == ("own", "A reason", "A way")


@pytest.mark.parametrize(
    ("fail", "answer"),
    [
        ('f.file.startsWith("app/") && f.line == 10', True),
        ('f.cwe.exists(c, c == 89) && "CVE-1" in f.ids', True),
        ('f.evidence.?epss.orValue("") == "0.7" && f.epss > 0.5', True),
        ('f.controls["nist-800-53"] == ["IA-5"]', True),
        ('f.kev || f.reachable != "" || f.fixable || f.has_fix || f.direct', False),
        ("f.severity_rank >= 4 && f.new", True),
        ('"secloop" in f.tools && run.complete', True),
    ],
)
def test_a_policy_reads_the_fields_of_a_row_and_of_the_run(fail: str, answer: bool) -> None:
    found = row(cwe=(89,), ids=("CVE-1",), evidence={"epss": "0.7"}, controls={"nist-800-53": ("IA-5",)})
    assert bool(gates.decide(rule(fail), [found], CLEAN)) is answer


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        ({"kinds": (Kind.WEAKNESS,)}, True),
        ({"kinds": (Kind.SECRET,)}, False),
        ({"stages": ("code",)}, True),
        ({"stages": ("build",)}, False),
        ({"rules": ("weakness-rule",)}, True),
        ({"rules": ("weakness-rule.one",)}, True),
        ({"rules": ("weakness",)}, False),
        ({"min_severity": Severity.HIGH}, True),
        ({"min_severity": Severity.CRITICAL}, False),
        ({"min_confidence": Confidence.HIGH}, True),
        ({"new": True}, True),
    ],
)
def test_when_selects_rows(when: dict[str, object], counts: bool) -> None:
    assert bool(gates.decide(rule("true", **when), [row()], CLEAN)) is counts


def test_a_rule_is_evaluated_once_for_each_set_of_values_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    from secloop.policy import cel

    asked: list[object] = []
    real = cel.Program.eval

    def counted(self: cel.Program, given: Mapping[str, object]) -> bool:
        asked.append(given)
        return real(self, given)

    monkeypatch.setattr(cel.Program, "eval", counted)
    found = [row(line=n, cwe=(n % 3,), identity=(str(n),)) for n in range(300)]
    assert len(gates.decide(rule("f.cwe.exists(c, c == 1)"), found, CLEAN)[0].findings) == 100
    assert len(asked) == 3


def test_a_rule_without_a_finding_is_asked_once_on_the_run() -> None:
    decision = gates.decide(rule("run.files > 2"), [], CLEAN)[0]
    assert decision.findings == ()


def test_a_gate_that_cannot_decide_does_not_pass() -> None:
    with pytest.raises(UsageError, match=r'"own" on finding w-.*cannot be evaluated: .*missing'):
        gates.decide(rule('f.evidence.missing == "x"'), [row()], CLEAN)


GOOD = "id: own\nfail: f.kev\nreason: r\nto_pass: p\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("fail", "fial"), 'p.yaml:2: unknown key "fial". Did you mean "fail".'),
        (GOOD.replace("f.kev", "f.kevv"), 'p.yaml:2: policy "own": column 2: undeclared reference to'),
        (GOOD.replace("f.kev", "f.kevv"), 'Did you mean "f.kev".'),
        (GOOD.replace("f.kev", 'f["kev"] == true'), "Name a field, such as f.kev"),
        (GOOD.replace("f.kev", "has(f.purl)"), "has() says nothing here"),
        (GOOD.replace("f.kev", "f.kev &&"), "p.yaml:2:"),
        (GOOD.replace("reason: r", "reason: ''"), 'p.yaml:3: "reason" is empty'),
        (
            GOOD + "when: {kinds: [secrets]}\n",
            'p.yaml:5: unknown value "secrets" of "when.kinds[0]". Did you mean "secret"',
        ),
        (GOOD + "when:\n  stages: [biuld]\n", 'p.yaml:6: there is no stage "biuld". Did you mean "build".'),
        (GOOD + "when: {min_severity: hihg}\n", 'Did you mean "high"'),
        (GOOD + "when: {new: 'yes'}\n", "p.yaml:5: when.new: expected `bool`, got `str`"),
        (GOOD + "source: x\n", 'p.yaml:5: unknown key "source"'),
        (GOOD.replace("own", "incomplete-own"), '"incomplete-own" is reserved for rules on coverage'),
        ("id: own\n", "p.yaml:1: missing key `fail`"),
        (GOOD + "---\n- a\n", "p.yaml:6: expected `object`, got `array`"),
        (GOOD + "---\n" + GOOD.replace("own", "two").replace("f.kev", "g"), 'p.yaml:7: policy "two"'),
        ("id: [", "p.yaml:2: not valid YAML"),
    ],
)
def test_a_malformed_policy_is_one_line_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        gates.load_policies([tmp_path])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_policies_come_from_every_yaml_file_in_sorted_order(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(GOOD + "---\n" + GOOD.replace("own", "two"))
    (tmp_path / "a.yaml").write_text(GOOD.replace("own", "one"))
    (tmp_path / "notes.md").write_text("not a policy")
    rules = gates.load_policies([tmp_path, tmp_path / "none"])
    assert [(r.id, Path(r.source).name) for r in rules] == [("one", "a.yaml:1"), ("own", "b.yml:1"), ("two", "b.yml:6")]


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    with pytest.raises(UsageError, match=r'b.yaml:1: policy "own" is also in .*a.yaml:1'):
        gates.load_policies([tmp_path])


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Run as nobody where the test runs as root, who can read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_that_cannot_be_read_does_not_let_the_gate_pass(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    if os.access(tmp_path, os.W_OK, effective_ids=True):
        folder.mkdir(mode=0)
    with pytest.raises(UsageError, match="cannot be read"):
        gates.load_policies([folder])


def test_a_profile_is_shown_as_it_is_written_and_reads_back_as_its_rules() -> None:
    for name in gates.names():
        assert [r.id for r in gates.parse(gates.show(name), "x")] == [r.id for r in gates.profile(name)]
    assert gates.names() == ("commit", "default", "strict")


def test_the_profiles_that_a_scan_reads_are_those_that_are_written() -> None:
    assert gates.READY.read_bytes() == gates.ready(), "run tools/docs.py"


def test_a_profile_without_a_finding_to_judge_needs_no_engine() -> None:
    script = (
        "import sys; from secloop.policy import gates; from secloop.policy.facts import RunFacts;"
        "gates.decide(gates.profile('default'), (), RunFacts());"
        "print(sorted({'yaml', 'cel_expr_python', 'secloop.policy.cel'}.intersection(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_profile_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r'there is no profile "strikt"\. Did you mean "strict"'):
        gates.profile("strikt")


def test_a_run_with_files_scanned_has_them_as_facts() -> None:
    run = RunFacts(coverage=Coverage(files=FileCounts(seen=9, scanned=7, excluded=2)), today=TODAY)
    assert gates.decide(rule("run.files == 9 && run.scanned == 7 && run.excluded == 2"), [], run)
