"""The applier of fixes: all edits or none, inside the root, every other byte as it was."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.loop import fix_apply
from secloop.model.errors import UsageError
from secloop.model.finding import Edit
from secloop.model.fix import digest, encoding_of

if TYPE_CHECKING:
    from pathlib import Path


def edit(root: Path, file: str, old: str, new: str) -> Edit:
    """Return the edit that replaces the first `old` of a file."""
    data = (root / file).read_bytes()
    start = data.decode(encoding_of(data)).index(old)
    return Edit(file=file, sha256=digest(data), start=start, end=start + len(old), text=new)


def apply(root: Path, *edits: Edit) -> tuple[str, ...]:
    return fix_apply.write(root, fix_apply.changes(root, edits))


@pytest.mark.parametrize(
    "data",
    [
        b"a==1.0\r\nb==1.0\r\n",
        b"a==1.0",
        b"\xef\xbb\xbfa==1.0\n",
        "ä a==1.0 \u2028\x0b\n".encode(),
        "a==1.0\r\nb\n".encode("utf-16-le").join((b"\xff\xfe", b"")),
        "a==1.0\n".encode("utf-16-be").join((b"\xfe\xff", b"")),
    ],
    ids=["crlf", "no-end", "bom", "odd-lines", "utf-16-le", "utf-16-be"],
)
def test_only_the_characters_of_an_edit_change(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "r.txt").write_bytes(data)
    assert apply(tmp_path, edit(tmp_path, "r.txt", "1.0", "2.10")) == ("r.txt",)
    name = encoding_of(data)
    assert (tmp_path / "r.txt").read_bytes() == data.replace("1.0".encode(name), "2.10".encode(name), 1)


def test_permissions_stay_and_no_other_file_is_left(tmp_path: Path) -> None:
    target = tmp_path / "run.sh"
    target.write_text("pip install a==1.0\n")
    target.chmod(0o751)
    apply(tmp_path, edit(tmp_path, "run.sh", "1.0", "2.0"))
    assert stat.S_IMODE(target.stat().st_mode) == 0o751
    assert [one.name for one in tmp_path.iterdir()] == ["run.sh"]


def test_several_edits_of_a_file_hold_together_and_equal_ones_count_once(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("a==1.0\nb==1.1\n")
    first, second = edit(tmp_path, "r", "1.0", "10.0"), edit(tmp_path, "r", "1.1", "2")
    apply(tmp_path, second, first, first)
    assert (tmp_path / "r").read_text() == "a==10.0\nb==2\n"


def test_edits_that_overlap_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("a==1.0\n")
    with pytest.raises(UsageError, match="Two fixes change the same text"):
        apply(tmp_path, edit(tmp_path, "r", "1.0", "2.0"), edit(tmp_path, "r", "==1.0", "==3.0"))
    assert (tmp_path / "r").read_text() == "a==1.0\n"


def test_a_file_that_changed_since_the_scan_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("a==1.0\n")
    made = edit(tmp_path, "r", "1.0", "2.0")
    (tmp_path / "r").write_text("b==1.0\n")
    with pytest.raises(UsageError, match="r has changed since it was scanned"):
        apply(tmp_path, made)


def test_a_file_that_changes_between_plan_and_writing_is_refused_with_all_others(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("x==1.0\n")
    wanted = fix_apply.changes(tmp_path, [edit(tmp_path, name, "1.0", "2.0") for name in ("a", "b")])
    (tmp_path / "b").write_text("y==1.0\n")
    with pytest.raises(UsageError, match="b has changed"):
        fix_apply.write(tmp_path, wanted)
    assert (tmp_path / "a").read_text() == "x==1.0\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("file", ["../out", "sub/../../out", "/etc/hostname", ".git/config", "sub//x", "."])
def test_a_path_out_of_the_root_or_into_git_is_refused(tmp_path: Path, file: str) -> None:
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "config").write_text("a")
    (tmp_path / "out").write_text("a")
    with pytest.raises(UsageError):
        apply(root, Edit(file=file, sha256=digest(b"a"), start=0, end=1, text="b"))
    assert (tmp_path / "out").read_text() == "a"


def test_links_are_not_followed_neither_as_a_file_nor_as_a_folder(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "r").write_text("a")
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "r")
    for file in ("folder/r", "file"):
        with pytest.raises(UsageError, match=file):
            apply(root, Edit(file=file, sha256=digest(b"a"), start=0, end=1, text="b"))
    assert (outside / "r").read_text() == "a"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert fix_apply.read_inside(tmp_path, "pipe") is None


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(b"a==1.0 \xff\n")
    with pytest.raises(UsageError, match="not UTF-8 text"):
        apply(tmp_path, Edit(file="r", sha256=digest(b"a==1.0 \xff\n"), start=3, end=6, text="2"))


def test_what_was_written_is_put_back_when_a_later_file_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("x==1.0\n")
    wanted = fix_apply.changes(tmp_path, [edit(tmp_path, name, "1.0", "2.0") for name in ("a", "b")])
    real = type(tmp_path).replace

    def replace(self: Path, target: Path) -> Path:
        if target.name == "b":
            raise OSError(28, "No space left on device", str(target))
        return real(self, target)

    monkeypatch.setattr(type(tmp_path), "replace", replace)
    with pytest.raises(UsageError, match="Cannot write b: No space left on device"):
        fix_apply.write(tmp_path, wanted)
    assert (tmp_path / "a").read_text() == "x==1.0\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "b"]


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.text(max_size=5))))
def test_edits_replace_what_they_say_or_are_refused(text: str, spans: list[tuple[int, int, str]]) -> None:
    edits = [Edit(file="f", sha256="", start=at, end=at + size, text=new) for at, size, new in spans]
    try:
        after = fix_apply.edited(text, edits)
    except UsageError:
        return
    expected = list(text)
    for one in sorted({(e.start, e.end, e.text) for e in edits}, reverse=True):
        expected[one[0] : one[1]] = list(one[2])
    assert after == "".join(expected)
