"""Where a project keeps its state: in its own folder, never where links of the tree lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.loop.project import open_project

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def state(root: Path) -> str:
    return str(open_project((str(root),), root=str(root)).state())


def test_a_real_folder_holds_the_state(tmp_path: Path) -> None:
    (tmp_path / "p" / ".secloop").mkdir(parents=True)
    assert state(tmp_path / "p") == str(tmp_path / "p" / ".secloop" / "state.db")


def test_links_of_the_tree_do_not_lead_the_state_out_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    (tmp_path / "outside").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".secloop").symlink_to(tmp_path / "outside")
    (tmp_path / "b" / ".secloop").mkdir(parents=True)
    (tmp_path / "b" / ".secloop" / "state.db").symlink_to(tmp_path / "outside" / "state.db")
    for name in "ab":
        assert state(tmp_path / name).startswith(str(tmp_path / "xdg"))
