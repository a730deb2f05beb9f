"""All rules as one set: built-in pages, user folders, collisions, overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secloop.model.enums import Severity
from secloop.model.errors import UsageError
from secloop.rules import index, pack

if TYPE_CHECKING:
    from pathlib import Path

    from rules.conftest import MakePage


def test_built_in_pages_are_those_in_rules_folders_of_the_stages(tmp_path: Path, page: MakePage) -> None:
    root = tmp_path / "secloop"
    for path in ("stages/code/x/rules/deep/acme-token.md", "stages/code/x/notes.md", "web/rules/no.md"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(page())
    assert [found.source for found in pack.builtin_pages(root)] == ["secloop/stages/code/x/rules/deep/acme-token.md"]


def test_the_built_in_set_is_the_same_with_and_without_prose() -> None:
    light, full = index.builtin(), index.builtin(prose=True)
    assert light.digest == full.digest
    assert [rule.id for rule in light] == [rule.id for rule in full]


def test_the_wheels_pack_is_read_when_there_is_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / pack.NAME).write_bytes(pack.pack(pack.parse(pack.user_pages(folder))))
    monkeypatch.setattr(index, "PACK", tmp_path / pack.NAME)
    assert [rule.id for rule in index.builtin(prose=True)] == ["acme-token"]
    (tmp_path / pack.NAME).write_bytes(b"broken")
    with pytest.raises(UsageError, match="the rule pack is corrupt"):
        index.builtin()


def test_a_users_page_joins_the_built_in_ones(folder: Path) -> None:
    rules = index.load([folder, folder.parent / "absent"])
    assert rules.page("acme-token") is not None
    assert len(rules) == len(index.builtin()) + 1


def test_a_wrong_users_page_is_one_clear_line(folder: Path) -> None:
    (folder / "bad.md").write_text("no page")
    with pytest.raises(UsageError, match=r"bad.md:1: the page has no front matter. Start it with"):
        index.load([folder])


def test_an_id_or_alias_that_is_taken_is_refused_with_both_pages(folder: Path, tmp_path: Path, page: MakePage) -> None:
    other = tmp_path / "more"
    other.mkdir()
    (other / "acme-token.md").write_text(page())
    with pytest.raises(
        UsageError, match=r"more/acme-token.md:1: the rule id acme-token is taken by .*rules/acme-token"
    ):
        index.load([folder, other])
    (other / "acme-token.md").unlink()
    (other / "b-token.md").write_text(page("b-token", cwe="cwe: [1]\naliases: [acme-token]"))
    with pytest.raises(UsageError, match="the rule id acme-token is taken"):
        index.load([folder, other])


def test_a_severity_override_holds_for_an_id_and_for_an_alias(folder: Path, page: MakePage) -> None:
    (folder / "b-token.md").write_text(page("b-token", cwe="cwe: [1]\naliases: [old-token]"))
    rules = index.load([folder], {"acme-token": Severity.LOW, "old-token": Severity.CRITICAL})
    severities = {rule.id: matcher.severity for rule, matcher in rules.matchers()}
    assert severities["acme-token"] is Severity.LOW
    assert severities["b-token"] is Severity.CRITICAL


def test_a_path_that_holds_no_page_is_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UsageError, match="there is no page"):
        index.rules_at(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no pages"):
        index.rules_at(tmp_path / "empty")
    assert [rule.id for rule in index.rules_at(folder / "acme-token.md")] == ["acme-token"]


def test_a_rule_folder_that_is_a_file_is_told(folder: Path) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        index.user_rules(folder / "acme-token.md")
