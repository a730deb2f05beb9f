"""The fields that policies read: documented, typed, and never missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from policy.samples import TODAY, row
from secloop.model.coverage import Coverage, FileCounts, Gap
from secloop.model.enums import FileClass, Stage, StageCoverage
from secloop.model.run import Feed
from secloop.policy import exceptions, gates
from secloop.policy.facts import FINDING, RUN, UNKNOWN_AGE, RunFacts, age_days

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"
_ROW = re.compile(r"^\| `((?:f|run)\.[\w.]+)` \| `([^`]+)` \| (.+) \|$", re.MULTILINE)


def test_the_documentation_lists_the_fields_with_their_types_and_meaning() -> None:
    documented = {name: (type_, meaning) for name, type_, meaning in _ROW.findall(PAGE.read_text())}
    built = {f"f.{n}": (f.type, f.meaning) for n, f in FINDING.items()} | {
        f"run.{n}": (f.type, f.meaning) for n, f in RUN.items()
    }
    assert documented == built


def test_the_examples_of_the_documentation_are_read() -> None:
    policy, accepted = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(gates.parse(policy, "policy")) == 3
    assert len(exceptions.parse(accepted, "exceptions")) == 1


@pytest.mark.parametrize("name", [*FINDING, *(f"run.{n}" for n in RUN)])
def test_every_field_has_a_value_of_its_type_although_the_row_and_the_run_are_bare(name: str) -> None:
    plain = {"bool": bool, "int": int, "double": float, "string": str, "list": list, "map": dict}
    field, source = (RUN[name[4:]], RunFacts()) if name.startswith("run.") else (FINDING[name], row())
    assert type(field.read(source)) is plain[field.type.partition("<")[0]]


def test_what_the_evidence_says_is_read_with_its_type() -> None:
    found = row(evidence={"kev": "true", "epss": "0.93", "reachable": "in-use"})
    assert [FINDING[n].read(found) for n in ("kev", "epss", "reachable")] == [True, 0.93, "in-use"]
    assert FINDING["epss"].read(row(evidence={"epss": "n/a"})) == 0.0


def test_the_facts_of_a_run_count_what_is_not_accepted() -> None:
    gaps = tuple(
        Gap(file=f"{n}", sensor="s", outcome=outcome, reason="r", accepted=accepted)
        for n, (outcome, accepted) in enumerate(
            [
                (FileClass.PARTIAL, None),
                (FileClass.PARTIAL, "known"),
                (FileClass.LIMITED, None),
                (FileClass.FAILED, None),
            ]
        )
    )
    coverage = Coverage(
        files=FileCounts(seen=9, scanned=5),
        gaps=gaps,
        missing=("sensor x",),
        stages={Stage.CODE: StageCoverage.COMPLETE},
    )
    run = RunFacts(coverage=coverage, feeds=(Feed(name="osv", date="2026-11-01"),), today=TODAY, expired=("e",))
    read = {name: field.read(run) for name, field in RUN.items()}
    assert (read["partial"], read["limited"], read["failed"], read["complete"]) == (1, 1, 1, False)
    assert (read["missing"], read["expired_exceptions"], read["stages"]) == (["sensor x"], ["e"], {"code": "complete"})
    assert (read["oldest_feed_days"], read["feeds"][0]["age_days"]) == (23, 23)


@pytest.mark.parametrize(
    ("date", "age"),
    [("2026-11-24", 0), ("2026-11-23T23:59:59Z", 1), ("2027-01-01", 0), ("", UNKNOWN_AGE), ("soon", UNKNOWN_AGE)],
)
def test_a_feed_without_a_date_is_older_than_any_limit(date: str, age: int) -> None:
    assert age_days(Feed(name="f", date=date), TODAY) == age
