"""Reports are written whole, where they may be, and replace nothing but files."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from secloop.loop import output
from secloop.loop.project import open_project
from secloop.model.errors import UsageError


def configured(root: Path, path: str) -> output.Wanted:
    root.mkdir(exist_ok=True)
    (root / "secloop.toml").write_text(f'[output]\nreports = {{json = "{path}"}}\n', encoding="utf-8")
    return output.with_configured(output.wanted("table", "", ()), open_project((str(root),)))


def test_a_configured_report_stays_below_the_root(tmp_path: Path) -> None:
    wanted = configured(tmp_path / "repo", "out/new/a.json")
    assert wanted.reports == (("json", str(tmp_path / "repo" / "out/new/a.json")),)


def test_a_link_of_the_tree_leads_no_configured_report_out_of_it(tmp_path: Path) -> None:
    root, outside = tmp_path / "repo", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "out").symlink_to(outside)
    with pytest.raises(UsageError, match="leads out of the project"):
        configured(root, "out/new/a.json")


@pytest.mark.parametrize("path", [".git/config", "sub/.GIT/hooks/a.json"])
def test_no_configured_report_goes_into_a_git_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match="leads out of the project"):
        configured(tmp_path / "repo", path)


def test_a_configured_report_replaces_no_pipe(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    os.mkfifo(root / "pipe")
    with pytest.raises(UsageError, match="is not a file"):
        configured(root, "pipe")


def test_a_pipe_that_the_user_names_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    output._write_file(str(pipe), b"report")
    reader.join(10)
    assert got == [b"report"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_written_report_leaves_nothing_beside_it_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept", encoding="utf-8")
    (tmp_path / "a.json").symlink_to(tmp_path / "kept")
    output._write_file(str(tmp_path / "a.json"), b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "kept"]
    assert (tmp_path / "a.json").read_bytes() == b"new"
    assert (tmp_path / "kept").read_text(encoding="utf-8") == "kept"


def test_a_redirected_standard_output_is_written_through_and_its_name_stays(tmp_path: Path) -> None:
    # /dev/fd/N is what /dev/stdout is under `> FILE`: a link of the system's to a plain file.
    with (tmp_path / "out.json").open("wb") as file:
        output._write_file(f"/dev/fd/{file.fileno()}", b"report")
    assert (tmp_path / "out.json").read_bytes() == b"report"


@pytest.mark.parametrize(("name", "ours"), [("/dev/stdout", False), ("/proc/self/fd/1", False), ("/tmp/a.json", True)])  # noqa: S108  # a name only, nothing is written
def test_a_name_of_the_systems_is_known(name: str, *, ours: bool) -> None:
    assert output._is_systems(Path(name)) is not ours
