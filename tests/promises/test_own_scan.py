"""secloop holds on its own tree; only the shop and the cases of rule pages are left out, by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import CommandLine

ROOT = Path(__file__).resolve().parents[2]


ACCEPTED = [("weak-key-derivation.python-pbkdf2", "src/secloop/model/ids.py")]
"""What our rules say of our own code and an ignore comment there answers, with its reason; a new one is a decision."""


def test_our_own_tree_is_clean(secloop: CommandLine) -> None:
    result = secloop("scan", ROOT, "--no-store", "--format", "json")
    told = [row for row in result.json["findings"] if row["confidence"] != "low"]
    assert [(row["rule"], row["file"], row["line"]) for row in told if not row["suppressed"]] == []
    assert [(row["rule"], row["file"]) for row in told] == ACCEPTED
    assert result.code == 0
    assert result.json["coverage"]["files"]["scanned"] > 300


def test_only_the_shop_and_the_pages_are_left_out() -> None:
    config = tomllib.loads((ROOT / "secloop.toml").read_text(encoding="utf-8"))
    assert config["scan"] == {"exclude": ["/examples/shop/", "/src/secloop/stages/**/rules/**/*.md"]}
