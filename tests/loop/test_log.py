"""Lines on stderr: for people as text, for machines as JSON, and never an escape of the scanned project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from secloop.loop import log

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from conftest import CommandLine


def test_text_is_one_line_and_holds_no_escape(capsys: pytest.CaptureFixture[str]) -> None:
    log.line("error", "a\x1b[31m b")
    log.line("note", "c")
    error, note = capsys.readouterr().err.splitlines()
    assert error.startswith("secloop: a")
    assert "\x1b" not in error
    assert note == "note: c"


def test_json_is_one_object_a_line(
    tmp_path: Path,
    secloop: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(log.VARIABLE, "text")  # restored afterwards; the flag replaces it
    result = secloop("--log-format", "json", "scan", tmp_path / "nowhere")
    assert result.code == 2
    said = json.loads(result.err)
    assert said["level"] == "error"
    assert "nowhere" in said["message"]
