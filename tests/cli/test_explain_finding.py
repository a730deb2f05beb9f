"""`secloop explain FINDING-ID` of a secret: what speaks for it, and which filters it passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from secloop.rules.generate import expand

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine


def _explained(secloop: CommandLine, folder: Path, path: str, text: str) -> str:
    target = folder / "project" / path
    target.parent.mkdir(parents=True)
    target.write_text(expand(text), encoding="utf-8")
    root = folder / "project"
    assert secloop("scan", cwd=root).code in {0, 1}
    (row,) = secloop("findings", "--format", "json", cwd=root).json
    return secloop("explain", row["id"], cwd=root).out


def test_a_provider_key_shows_its_check_and_the_filters_of_every_rule(secloop: CommandLine, tmp_path: Path) -> None:
    said = _explained(secloop, tmp_path, "app/run.py", 'TOKEN = "{{crc32:ghp_,30}}"\n')
    assert "check             CRC-32 checksum fits" in said
    assert "placeholder       reads like a placeholder" in said
    assert "identifier        an identifier" not in said


@pytest.mark.parametrize(("path", "reason"), [("tests/run.py", "in a test"), ("app/run.py", "a weak value")])
def test_low_confidence_is_explained(secloop: CommandLine, tmp_path: Path, path: str, reason: str) -> None:
    value = "Tr0ub4dor" if reason == "a weak value" else "{{word:12}}"
    said = _explained(secloop, tmp_path, path, f'password = "{value}"\n')
    assert f"confidence        low: {reason}" in said
    assert "identifier        an identifier or an ordinary word" in said
