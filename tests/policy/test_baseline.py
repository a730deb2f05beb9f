"""Baselines: our file, our SARIF, anyone's SARIF."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from policy.samples import row
from secloop.model.enums import Kind
from secloop.model.errors import UsageError
from secloop.model.policy import Hidden
from secloop.policy import baseline

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.policy.baseline import Baseline


def sarif(*results: dict[str, Any]) -> str:
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": list(results)}]})


def result(uri: str = "app/db.py", line: int = 10, **given: Any) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {"ruleId": "x", "locations": [{"physicalLocation": place}], **given}


def read(tmp_path: Path, text: str) -> Baseline:
    (tmp_path / "b").write_text(text)
    return baseline.read(tmp_path / "b")


def test_what_is_written_is_read_and_holds_fingerprints_only(tmp_path: Path) -> None:
    path = tmp_path / ".secloop" / "baseline.json"
    hidden = row(Kind.SECRET, suppressed=Hidden(by="ignore", reason="r", source="s"))
    assert baseline.write(path, [row(), row(line=99), row(identity=("b",)), hidden]) == 2
    found = baseline.read(path)
    assert found.occurrences == {row().occurrence, row(identity=("b",)).occurrence}
    assert list(json.loads(path.read_text())) == ["schema", "occurrences"]
    assert found.covers(row(line=500))
    assert not found.covers(row(file="copy.py"))


def test_a_missing_file_is_an_empty_baseline(tmp_path: Path) -> None:
    assert not baseline.read(tmp_path / "none")
    assert baseline.read(tmp_path / "none").with_occurrences([row().occurrence]).covers(row())


def test_our_own_sarif_covers_by_fingerprint_and_file_wherever_the_line_is(tmp_path: Path) -> None:
    found = read(tmp_path, sarif(result(line=400, fingerprints={"secloop/v1": row().id})))
    assert found.covers(row())
    assert not found.covers(row(file="copy.py"))
    assert not found.covers(row(identity=("other",)))


@pytest.mark.parametrize(
    ("given", "covered"),
    [
        (result(ruleId="weakness-rule.one"), True),
        (result(ruleId="weakness-rule.one", line=11), False),
        (result(ruleId="weakness-rule.one", uri="app/other.py"), False),
        (result(ruleId="other"), False),
        (result(ruleId="CVE-1"), True),
        (result(uri="./app/db.py", ruleId="weakness-rule.one"), True),
        (result(uri="app/%64b.py", ruleId="weakness-rule.one"), True),
        (result(uri="app\\db.py", ruleId="weakness-rule.one"), True),
        (result(ruleId=None), False),
        ({"ruleId": "weakness-rule.one"}, False),
        (result(ruleId="weakness-rule.one", baselineState="absent"), False),
    ],
)
def test_a_foreign_sarif_covers_by_rule_file_and_line(tmp_path: Path, given: dict[str, Any], covered: bool) -> None:
    given = {key: value for key, value in given.items() if value is not None}
    assert read(tmp_path, sarif(given)).covers(row(ids=("CVE-1",))) is covered


def test_the_rule_may_be_given_by_reference(tmp_path: Path) -> None:
    given = result(rule={"id": "weakness-rule.one"})
    del given["ruleId"]
    assert read(tmp_path, sarif(given)).covers(row())


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"schema": "other/1", "occurrences": []}', '{"runs": 1}', '{"schema": "secloop.baseline/1"}',
     '{"x":' + "[" * 100_000, '{"schema": "secloop.baseline/1", "occurrences": [1]}', '{"runs": [{"results": [1]}]}'],
)  # fmt: skip
def test_what_is_no_baseline_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="is no baseline") as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_an_empty_sarif_is_an_empty_baseline(tmp_path: Path) -> None:
    assert not read(tmp_path, '{"runs": []}')
    assert not read(tmp_path, '{"runs": [{"results": null}]}')


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b'{"runs": [{"results": [{"ruleId": "\xff"}]}]}')
    with pytest.raises(UsageError, match="is no baseline"):
        baseline.read(tmp_path / "b")
