"""Replacing files: the old one or the new one, never a half, and no litter."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from secloop.model.errors import UsageError
from secloop.policy import files

if TYPE_CHECKING:
    from pathlib import Path


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o640)
    files.replace(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
def test_a_full_disk_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(UsageError, match=r"cannot be written \(No space left on device\)"):
        files.replace(path, b"new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "old")]


def test_a_folder_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        files.replace(tmp_path / "a", b"new")
    with pytest.raises(UsageError, match="is not a file"):
        files.read_bytes(tmp_path / "a")
    with pytest.raises(UsageError, match="does not exist"):
        files.read_bytes(tmp_path / "b")


def test_a_link_is_replaced_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("keep")
    (tmp_path / "a").symlink_to("target")
    files.replace(tmp_path / "a", b"new")
    assert ((tmp_path / "target").read_text(), (tmp_path / "a").read_text()) == ("keep", "new")


def test_a_byte_order_mark_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfid: x")
    assert files.read_text(tmp_path / "a") == "id: x"


def test_one_file_is_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")
    assert files.listed(tmp_path / "a.yaml", (".yaml",)) == files.listed(tmp_path, (".yaml",))
    assert files.listed(tmp_path / "none", (".yaml",)) == []


def test_a_folder_that_another_holds_is_waited_for_and_then_named(tmp_path: Path) -> None:
    with (
        files.locked(tmp_path / "own"),
        pytest.raises(UsageError, match="own is being changed by another process"),
        files.locked(tmp_path / "own", patience=0),
    ):
        pass
    with files.locked(tmp_path / "own"):
        assert (tmp_path / "own").is_dir()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file/own cannot be made"), files.locked(tmp_path / "file" / "own"):
        pass
