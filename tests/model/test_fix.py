"""Proposals and what makes them."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.finding import Edit, Finding, Fix
from secloop.model.fix import Command, FindingFixes, FixRequest, Proposal, encoding_of
from secloop.model.places import CodeSpan
from secloop.model.report import row_of


def finding(fix: Fix | None, own: str = "w-1") -> Finding:
    return Finding(
        kind=Kind.WEAKNESS,
        stage=Stage.TEST,
        rule="weak-hash.md5",
        title="Weak hash",
        message="m",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        place=CodeSpan(file="a.py", line=7),
        identity=("x",),
        fix=fix,
        id=own,
    )


def test_a_finding_with_a_fix_of_its_own_is_a_proposal() -> None:
    edit = Edit(file="a.py", sha256="", start=0, end=3, text="sha256")
    rows = (row_of(finding(Fix(edits=(edit,), safe=False, summary="Use SHA-256"))), row_of(finding(None, "w-2")))
    fixer = FindingFixes("sast")
    assert [fixer.wants(row) for row in rows] == [True, False]
    (one,) = fixer.proposals(FixRequest(findings=rows, components=(), files=(), read=lambda _: None))
    assert (one.group, one.title, one.file, one.line) == ("weak-hash.md5", "Use SHA-256", "a.py", 7)
    assert (one.fix.edits, one.fix.clears) == ((edit,), ("w-1",))
    assert one.notes == ("may change what the code does: read it before it is merged",)
    assert not one.is_advice


def test_a_proposal_with_notes_alone_is_advice() -> None:
    assert Proposal(group="g", title="t", file="f", notes=("n",)).is_advice
    assert not Proposal(group="g", title="t", file="f", commands=(Command(arguments=("a",)),)).is_advice


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=9), min_size=1, max_size=4))
def test_a_shell_reads_a_command_as_its_arguments(words: list[str]) -> None:
    assert shlex.split(Command(arguments=tuple(words)).line) == words


def test_a_byte_order_mark_tells_utf_16() -> None:
    assert encoding_of(b"\xff\xfea\0") == "utf-16-le"
    assert encoding_of(b"\xfe\xff\0a") == "utf-16-be"
    assert encoding_of(b"\xef\xbb\xbfa") == "utf-8"
