"""Weaknesses that several rules see at one place are told once."""

from __future__ import annotations

from secloop.loop.same_place import merged
from secloop.model.enums import Audience, Confidence, Kind, Severity, Stage
from secloop.model.finding import Finding, ToolRef
from secloop.model.places import CodeSpan


def weakness(
    rule: str,
    columns: tuple[int, int],
    *,
    confidence: Confidence,
    cwe: int = 89,
    line: int = 4,
    severity: Severity = Severity.HIGH,
    audience: Audience = Audience.REGULAR,
) -> Finding:
    return Finding(
        kind=Kind.WEAKNESS,
        stage=Stage.TEST,
        rule=rule,
        title=rule,
        message=rule,
        severity=severity,
        audience=audience,
        confidence=confidence,
        place=CodeSpan(file="a.py", line=line, end_line=line, column=columns[0], end_column=columns[1]),
        identity=("sql-injection", "find", f"{columns}"),
        cwe=(cwe,),
        tools=(ToolRef(tool="secloop", rule=rule),),
    )


def test_of_rules_that_see_one_weakness_the_surest_tells_it_and_the_others_are_named() -> None:
    doubtful = weakness("sql.joined", (5, 40), confidence=Confidence.LOW, cwe=564)
    sure = weakness("sql.flow", (20, 30), confidence=Confidence.HIGH)
    (only,) = merged([doubtful, sure])
    assert (only.rule, only.place, only.identity) == (sure.rule, sure.place, sure.identity)
    assert [tool.rule for tool in only.tools] == ["sql.flow", "sql.joined"]
    assert only.cwe == (89, 564)


def test_what_stands_beside_each_other_stays_two_findings_in_their_order() -> None:
    first = weakness("sql.a", (5, 10), confidence=Confidence.LOW)
    second = weakness("sql.b", (12, 20), confidence=Confidence.HIGH)
    third = weakness("sql.b", (5, 10), confidence=Confidence.HIGH, line=5)
    assert merged([first, second, third]) == (first, second, third)


def test_the_order_of_the_rules_does_not_matter() -> None:
    three = [
        weakness("sql.c", (5, 40), confidence=Confidence.MEDIUM),
        weakness("sql.b", (5, 40), confidence=Confidence.MEDIUM),
        weakness("sql.a", (6, 9), confidence=Confidence.MEDIUM),
    ]
    assert {one.rule for one in merged(three)} == {one.rule for one in merged(three[::-1])} == {"sql.a"}


def test_what_is_graver_or_meant_for_more_readers_does_not_vanish_behind_what_is_surer() -> None:
    sure = weakness("sql.sure", (5, 40), confidence=Confidence.HIGH, severity=Severity.LOW)
    grave = weakness("sql.grave", (5, 40), confidence=Confidence.MEDIUM, severity=Severity.CRITICAL)
    assert merged([sure, grave]) == (sure, grave)
    quiet = weakness("sql.audit", (5, 40), confidence=Confidence.HIGH, audience=Audience.AUDITOR)
    regular = weakness("sql.regular", (5, 40), confidence=Confidence.MEDIUM)
    assert merged([quiet, regular]) == (quiet, regular)
