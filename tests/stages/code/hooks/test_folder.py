"""Hooks folders on disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from secloop.model.errors import SecloopError
from secloop.stages.code.hooks import folder, plan
from secloop.stages.code.hooks.base import Hook

if TYPE_CHECKING:
    from pathlib import Path


def test_an_absent_folder_holds_no_hook_and_is_made(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "hooks"
    found = folder.look(place, Hook.PRE_COMMIT)
    assert (found.script, found.kept) == (None, False)
    folder.apply(place, [plan.install(found, folder.launcher())])
    found = folder.look(place, Hook.PRE_COMMIT)
    assert found.executable
    assert plan.describe(found, folder.launcher()).endswith("installed")
    assert [path.name for path in place.iterdir()] == ["pre-commit"]


def test_a_linked_hook_is_kept_as_a_link(tmp_path: Path) -> None:
    (tmp_path / "lint.sh").write_text("#!/bin/sh\n")
    (tmp_path / "pre-commit").symlink_to("lint.sh")
    folder.apply(tmp_path, [plan.install(folder.look(tmp_path, Hook.PRE_COMMIT), folder.launcher())])
    assert (tmp_path / "pre-commit.before-secloop").is_symlink()
    assert (tmp_path / "lint.sh").read_text() == "#!/bin/sh\n"
    folder.apply(tmp_path, [plan.uninstall(folder.look(tmp_path, Hook.PRE_COMMIT))])
    assert (tmp_path / "pre-commit").is_symlink()


def test_a_link_to_nowhere_is_a_hook_to_keep(tmp_path: Path) -> None:
    (tmp_path / "pre-commit").symlink_to("gone")
    folder.apply(tmp_path, [plan.install(folder.look(tmp_path, Hook.PRE_COMMIT), folder.launcher())])
    assert (tmp_path / "pre-commit.before-secloop").is_symlink()


def test_a_hook_that_is_no_text_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "pre-commit").write_bytes(os.urandom(64) + b"\xff\xfe")
    assert plan.uninstall(folder.look(tmp_path, Hook.PRE_COMMIT)).steps == ()


def test_a_folder_that_cannot_be_changed_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "hooks"
    done = plan.Plan(said="", steps=(plan.Write(name="pre-commit", text=""),))
    with pytest.raises(SecloopError, match="cannot be changed"):
        folder.apply(place, [done])


def test_a_hook_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "pre-commit").mkdir()
    with pytest.raises(SecloopError, match="cannot be read"):
        folder.look(tmp_path, Hook.PRE_COMMIT)
