"""The pack and its cache: equal to the pages, fast to read, rebuilt when wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from secloop.model.errors import UsageError
from secloop.rules import index, pack
from secloop.rules.base import RuleSet

if TYPE_CHECKING:
    from pathlib import Path

    from rules.conftest import MakePage


def test_a_packed_page_equals_the_parsed_one(folder: Path) -> None:
    rules = pack.parse(pack.user_pages(folder))
    assert pack.unpack(pack.pack(rules), prose=True) == rules
    assert pack.pack(rules) == pack.pack(rules)


def test_without_prose_a_rule_has_matchers_and_the_same_digest_but_no_cases(folder: Path) -> None:
    rules = pack.parse(pack.user_pages(folder))
    (light,) = pack.unpack(pack.pack(rules))
    assert light.matchers == rules[0].matchers
    assert (light.cases, light.find) == ((), "")
    assert RuleSet([light]).digest == RuleSet(rules).digest


@pytest.mark.parametrize("prose", [False, True])
def test_every_corrupt_byte_of_a_pack_is_noticed(folder: Path, *, prose: bool) -> None:
    data = pack.pack(pack.parse(pack.user_pages(folder)))
    for at in range(0, len(data), 7):
        broken = data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]
        if at in _prose_bytes(data) and not prose:
            continue
        with pytest.raises(UsageError, match="the rule pack is corrupt"):
            pack.unpack(broken, prose=prose)


def _prose_bytes(data: bytes) -> range:
    """Return the part of a pack that is not read without prose: the second section and its checksum."""
    start = data.index(b"\xa5prose") + len(b"\xa5prose")
    return range(start, len(data))


def test_an_unchanged_folder_is_read_from_the_cache_without_yaml_and_markdown(folder: Path) -> None:
    index.user_rules(folder)
    code = (
        "import sys, pathlib; from secloop.rules import index\n"
        f"assert len(index.user_rules(pathlib.Path({str(folder)!r}))) == 1\n"
        "print(sorted({'yaml', 'markdown_it', 'sqlalchemy', 'tempfile'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout == "[]\n"


def test_a_changed_added_or_removed_page_is_seen(folder: Path, page: MakePage) -> None:
    assert index.user_rules(folder)[0].title == "Acme token"
    (folder / "acme-token.md").write_text(page(title="title: Another"))
    assert index.user_rules(folder)[0].title == "Another"
    (folder / "deep").mkdir()
    (folder / "deep" / "b-token.md").write_text(page("b-token"))
    assert [rule.id for rule in index.user_rules(folder)] == ["acme-token", "b-token"]
    (folder / "acme-token.md").unlink()
    assert [rule.id for rule in index.user_rules(folder)] == ["b-token"]


@pytest.mark.parametrize("broken", [b"", b"\xc1", b"{}", b"\x91" * 5000, bytes(range(64))], ids=len)
def test_a_corrupt_cache_is_rebuilt(folder: Path, broken: bytes) -> None:
    rules = index.user_rules(folder)
    file = pack.cache_file([folder])
    good = file.read_bytes()
    file.write_bytes(broken)
    assert index.user_rules(folder) == rules
    assert file.read_bytes() == good


def test_a_cache_that_cannot_be_written_is_done_without(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the cache folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert len(index.user_rules(folder)) == 1


@pytest.mark.usefixtures("cold_cache")
def test_one_folder_has_one_cache_file_however_often_it_changes(folder: Path, page: MakePage) -> None:
    for title in ("A", "B", "C"):
        (folder / "acme-token.md").write_text(page(title=f"title: {title}{title}"))
        index.user_rules(folder)
    assert [file.name for file in pack.cache_file([folder]).parent.iterdir()] == [pack.cache_file([folder]).name]


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_read(folder: Path, tmp_path: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "acme-token.md").rename(folder / "deep" / "acme-token.md")
    (folder / "acme-token.md").symlink_to(folder / "deep" / "acme-token.md")
    with pytest.raises(UsageError, match="the rule id acme-token is taken by"):
        index.rules_at(folder)
    outside = tmp_path / "outside.md"
    outside.write_text("secret")
    (folder / "x.md").symlink_to(outside)
    with pytest.raises(UsageError, match=r"x.md:1: the page is a link out of its folder"):
        index.user_rules(folder)


def test_a_pipe_or_a_dangling_link_is_refused_and_nothing_hangs(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    with pytest.raises(UsageError, match=r"pipe.md:1: the page is no regular file"):
        index.user_rules(folder)
    (folder / "pipe.md").unlink()
    (folder / "gone.md").symlink_to(folder / "nowhere.md")
    with pytest.raises(UsageError, match=r"gone.md:1: the page cannot be read"):
        index.user_rules(folder)


def test_a_name_that_would_steer_the_terminal_is_shown_escaped(folder: Path) -> None:
    (folder / "a\x1b[31m.md").write_text("no page")
    with pytest.raises(UsageError, match=r"a\\x1b\[31m.md:1: the page has no front matter"):
        index.user_rules(folder)


def test_a_folder_that_links_to_itself_is_not_entered(folder: Path) -> None:
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    assert len(index.user_rules(folder)) == 1


def test_a_page_of_7_mb_is_refused_without_being_read_whole_and_10_mb_at_once(folder: Path) -> None:
    with (folder / "big.md").open("wb") as file:
        file.truncate(7 << 20)
    with pytest.raises(UsageError, match=r"big.md:1: the page has over 256 KiB"):
        index.user_rules(folder)
    os.truncate(folder / "big.md", 10 << 20)
    with pytest.raises(UsageError, match=r"rules holds over 1000 pages or 8 MiB"):
        index.user_rules(folder)
    with pytest.raises(UsageError, match=r"big.md:1: the page has over 256 KiB"):
        index.rules_at(folder / "big.md")


def test_a_folder_of_too_many_pages_is_refused_before_any_is_read(folder: Path) -> None:
    for number in range(1000):
        (folder / f"x{number}.md").touch()
    with pytest.raises(UsageError, match="holds over 1000 pages"):
        index.user_rules(folder)


def test_a_folder_too_deep_is_refused(folder: Path) -> None:
    (folder / "/".join("d" * 17)).mkdir(parents=True)
    with pytest.raises(UsageError, match="lies over 16 folders deep"):
        index.user_rules(folder)


def test_a_folder_that_cannot_be_read_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", denied)  # the tests may run as root, who may read everything
    with pytest.raises(UsageError, match=r"rules cannot be read \(Permission denied\)"):
        index.user_rules(folder)


def test_a_readme_and_other_files_are_no_pages(folder: Path) -> None:
    (folder / "README.md").write_text("# Our rules")
    (folder / "notes.txt").write_text("x")
    assert len(index.user_rules(folder)) == 1


def test_a_relative_cache_folder_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert pack.cache_file([folder]).parent == tmp_path / "home" / ".cache" / "secloop"
