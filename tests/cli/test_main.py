"""The front door: what happens to errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import CommandLine, Repository


def break_it(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("secloop.loop.pipeline.run_scan", broken)


def test_a_defect_of_ours_is_exit_3_and_its_text_stays_out(
    repo: Repository,
    secloop: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_it(monkeypatch, RuntimeError("what the file said"))
    result = secloop("scan", cwd=repo.path)
    assert result.code == 3
    assert "internal error: RuntimeError at " in result.err
    assert "what the file said" not in result.err
    assert len(result.err.splitlines()) == 1


def test_debug_shows_the_traceback(repo: Repository, secloop: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch, RuntimeError("what the file said"))
    with pytest.raises(RuntimeError, match="what the file said"):
        secloop("--debug", "scan", cwd=repo.path)


def test_an_interrupt_is_130(repo: Repository, secloop: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch, KeyboardInterrupt())
    result = secloop("scan", cwd=repo.path)
    assert result.code == 130
    assert "interrupted" in result.err
