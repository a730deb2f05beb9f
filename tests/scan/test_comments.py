"""Ignore comments: every spelling people were taught, and nothing that is only prose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.scan.base import SourceFile
from secloop.scan.classify import classify
from secloop.scan.comments import suppressions
from secloop.scan.testing import hostile, observe

if TYPE_CHECKING:
    from secloop.model.finding import Suppression


def found(text: str, path: str = "a.py") -> list[Suppression]:
    data = text.encode()
    return suppressions(SourceFile(classify(path, len(data), data), data))


def brief(text: str, path: str = "a.py") -> list[tuple[str, tuple[str, ...], str, str]]:
    return [(one.tool, one.rules, one.reason, one.until) for one in found(text, path)]


@pytest.mark.parametrize(
    ("comment", "tool", "rules", "reason", "until"),
    [
        ("secloop:ignore", "secloop", (), "", ""),
        ("secloop:ignore github-token", "secloop", ("github-token",), "", ""),
        ("secloop:ignore a.b, c-*,*", "secloop", ("a.b", "c-*", "*"), "", ""),
        ('secloop:ignore a reason="test data, not real"', "secloop", ("a",), "test data, not real", ""),
        ("secloop:ignore a until=2027-01-31 reason='x'", "secloop", ("a",), "x", "2027-01-31"),
        ("secloop:ignore a reason=short", "secloop", ("a",), "short", ""),
        ("secloop:ignore reason=none", "secloop", (), "none", ""),
        ("secloop:ignore a until=soon", "secloop", ("a",), "", "0001-01-01"),
        ("secloop:ignore a until=2027-13-01", "secloop", ("a",), "", "0001-01-01"),
        ("nosemgrep", "semgrep", (), "", ""),
        ("nosem: rule-a, rules.b", "semgrep", ("rule-a", "rules.b"), "", ""),
        ("NOSEMGREP:x.y.z", "semgrep", ("x.y.z",), "", ""),
        ("nosec", "bandit", (), "", ""),
        ("nosec B602, B607", "bandit", ("B602", "B607"), "", ""),
        ("nosec: B101 B102", "bandit", ("B101", "B102"), "", ""),
        ("nosec G404 -- not for keys", "bandit", ("G404",), "", ""),
        ("gitleaks:allow", "gitleaks", (), "", ""),
        ("pragma: allowlist secret", "detect-secrets", (), "", ""),
        ("pragma: whitelist secret", "detect-secrets", (), "", ""),
        ("checkov:skip=CKV_AWS_20:a public page", "checkov", ("CKV_AWS_20",), "a public page", ""),
        ("checkov:skip=CKV_AWS_20,CKV2_AWS_6", "checkov", ("CKV_AWS_20", "CKV2_AWS_6"), "", ""),
        ("trivy:ignore:AVD-AWS-0086", "trivy", ("AVD-AWS-0086",), "", ""),
        ("trivy:ignore:*:exp:2027-01-31", "trivy", ("*",), "", "2027-01-31"),
        (
            "tfsec:ignore:aws-s3-no-public-buckets:exp:2027-01-31",
            "tfsec",
            ("aws-s3-no-public-buckets",),
            "",
            "2027-01-31",
        ),
        ("kics-scan ignore-line", "kics", (), "", ""),
        ("NOSONAR", "sonar", (), "", ""),
        ("NOSONAR(java:S1234)", "sonar", ("java:S1234",), "", ""),
        ("noqa: S105", "ruff", ("S105",), "", ""),
        ("noqa: E501, S105,S106", "ruff", ("S105", "S106"), "", ""),
        ("hadolint ignore=DL3008,DL3009", "hadolint", ("DL3008", "DL3009"), "", ""),
    ],
)
@pytest.mark.parametrize(
    "opened", ["x = 1  # {}", "foo(); // {}", "/* {} */", "SELECT 1 -- {}", "<!-- {} -->", "{{# {} #}}", "; {}"]
)
def test_every_spelling_is_read(
    opened: str, comment: str, tool: str, rules: tuple[str, ...], reason: str, until: str
) -> None:
    closing = opened.format("|").partition("|")[2]
    (one,) = brief(opened.format(comment))
    assert one == (tool, rules, (reason + closing).strip() if tool == "checkov" and reason else reason, until)


@pytest.mark.parametrize("text", ["% nosec", "rem nosec", "REM nosec", "(* nosec *)", " * nosec"])
def test_rarer_introducers_are_known(text: str) -> None:
    assert [one.tool for one in found(text)] == ["bandit"]


@pytest.mark.parametrize(
    "text",
    [
        "use gitleaks:allow to allow a line",
        'message = "write nosec behind the line"',
        "the word noqa: S105 in prose",
        "x = 'nosec'",
        "# nosecret and nosemgreps are other words",
        "# noqa",
        "# noqa: E501",
        "# secloop:ignored",
        "# secloop: ignore a",
        "# checkov:skip=",
        "# pragma: no cover",
        "nosec  # comes before the comment",
    ],
)
def test_prose_and_other_words_are_no_comments(text: str) -> None:
    assert found(text, "notes.md") == [] == found(text)


def test_a_quote_starts_a_comment_only_where_it_does() -> None:
    assert [one.tool for one in found("x = 1 ' nosec", "a.vb")] == ["bandit"]
    assert found("x = ' nosec", "a.js") == []


def test_a_comment_behind_code_covers_its_line_and_one_alone_the_next_too() -> None:
    text = "a = 1  # nosec\n# secloop:ignore one\nb = 2\n"
    assert [(one.line, one.first, one.last) for one in found(text)] == [(1, 1, 1), (2, 2, 3)]


def test_stacked_comments_all_cover_the_line_below_them() -> None:
    text = "# secloop:ignore one\n  # nosec\n# nosemgrep\ncode\n"
    assert [(one.line, one.first, one.last) for one in found(text)] == [(1, 1, 4), (2, 2, 4), (3, 3, 4)]


def test_the_next_line_is_covered_alone_where_the_comment_says_so() -> None:
    assert [(one.first, one.last) for one in found("x\n# pragma: allowlist nextline secret\ny\n")] == [(3, 3)]


def test_several_markers_on_one_line_are_all_read() -> None:
    assert [one.tool for one in found("x = 1  # nosec B105 # gitleaks:allow # noqa: S105")] == [
        "bandit",
        "gitleaks",
        "ruff",
    ]
    rules = [one.rules for one in found("# trivy:ignore:AVD-1 trivy:ignore:AVD-2")]
    assert rules == [("AVD-1",), ("AVD-2",)]


def test_the_end_of_a_block_comment_is_not_part_of_a_rule() -> None:
    assert brief("/* secloop:ignore a.b*/ x") == [("secloop", ("a.b",), "", "")]
    assert brief("/* secloop:ignore a-**/ x") == [("secloop", ("a-*",), "", "")]


def test_lines_are_counted_whatever_ends_them() -> None:
    assert [one.line for one in found("\r\n\r\n# nosec\r\n")] == [3]
    assert [one.line for one in found("\n\n\n# nosec")] == [4]


@given(st.text(max_size=300), st.sampled_from(["# nosec", "// secloop:ignore a", "# trivy:ignore:x"]))
def test_any_text_is_read_and_lines_stay_inside_the_file(text: str, marker: str) -> None:
    whole = text + marker
    lines = whole.count("\n") + 1
    for one in found(whole):
        assert 1 <= one.line <= lines
        assert one.line == one.first <= one.last


def test_hostile_files_do_no_harm() -> None:
    for files in hostile("a.py", b"x = 1  # secloop:ignore a reason='b' until=2027-01-01 nosec nosemgrep\n").values():
        assert observe([], files).gaps == ()


def test_a_reason_quotes_no_secret() -> None:
    token = "".join(f"{chr(97 + n)}{chr(90 - n)}{n % 7}" for n in range(12))
    text = f"""pw = "Abc-9!x"  # secloop:ignore reason="Abc-9!x is the demo's, see #12"
# secloop:ignore reason="was {token}"
k = 1  # checkov:skip=CKV_1:{token} expired
# secloop:ignore reason="hunter22 is known"
login("hunter22")
x = 1  # secloop:ignore {token}
"""
    assert [(one.rules, one.reason) for one in found(text)] == [
        ((), "**** is the demo's, see #12"),
        ((), "was ****"),
        (("CKV_1",), "**** expired"),
        ((), "**** is known"),
        (("****",), ""),
    ]


def test_rule_ids_of_other_tools_are_no_tokens() -> None:
    rule = "python.lang.security.audit.dangerous-md5-use2.insecure_hash_function_v2_md5"
    assert brief(f"x()  # nosemgrep: {rule}") == [("semgrep", (rule,), "", "")]


def test_many_comments_take_linear_time() -> None:
    stacked = found("# secloop:ignore\n" * 20_000)
    assert {one.last for one in stacked} == {20_001}
    assert len(found("# " + "secloop:ignore " * 50_000)) == 100
