"""secloop holds on its own tree; only the shop and the cases of rule pages are left out, by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import CommandLine

ROOT = Path(__file__).resolve().parents[2]


def test_our_own_tree_is_clean(secloop: CommandLine) -> None:
    result = secloop("scan", ROOT, "--no-store", "--format", "json")
    rows = [
        (row["rule"], row["file"], row["line"])
        for row in result.json["findings"]
        if row["confidence"] != "low" and not row["suppressed"]
    ]
    assert rows == []
    assert result.code == 0
    assert result.json["coverage"]["files"]["scanned"] > 300


def test_only_the_shop_and_the_pages_are_left_out() -> None:
    config = tomllib.loads((ROOT / "secloop.toml").read_text(encoding="utf-8"))
    assert config["scan"] == {"exclude": ["/examples/shop/", "/src/secloop/stages/**/rules/**/*.md"]}
