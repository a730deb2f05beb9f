"""Trees whose fake secrets are generators: what is expanded, what is left alone, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.loop.material import MARKER, MAX_FILE, expanding, load_material, reader, write_expanded
from secloop.model.errors import UsageError
from secloop.scan.sources import MemorySource, WorkTree

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "{{base62:20}}"
NAMED = {"a/.env": f"KEY={TOKEN}\nNAME=x\n".encode(), "b.py": f"x = '{TOKEN}'\n".encode()}


def tree(root: Path, marker: str = 'seed = "s"\nfiles = ["a/.env"]\n') -> Path:
    """Write a small tree with a marker; return its root."""
    for path, data in NAMED.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    (root / MARKER).parent.mkdir(exist_ok=True)
    (root / MARKER).write_text(marker)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {entry.path: entry.read() for entry in expanding(MemorySource(NAMED), root)}


def test_a_tree_without_a_marker_is_its_own_source(tmp_path: Path) -> None:
    source = MemorySource(NAMED)
    assert expanding(source, tmp_path) is source


def test_only_the_named_files_are_expanded(tmp_path: Path) -> None:
    found = contents(tree(tmp_path))
    assert TOKEN.encode() not in found["a/.env"]
    assert len(found["a/.env"]) == len(NAMED["a/.env"]) - len(TOKEN) + 20
    assert found["b.py"] == NAMED["b.py"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    one = contents(tree(tmp_path / "one"))
    assert one == contents(tree(tmp_path / "two"))
    assert one != contents(tree(tmp_path / "three", 'seed = "t"\nfiles = ["a/.env"]\n'))


def test_an_expanded_file_reads_as_a_file_does(tmp_path: Path) -> None:
    entry = next(iter(expanding(MemorySource(NAMED), tree(tmp_path))))
    head = entry.head()
    whole = entry.read()
    assert head == whole
    assert entry.size == len(whole)
    assert entry.read(4) == whole[:5]
    entry.close()
    assert entry.read() == whole


def test_counts_and_gaps_are_those_of_the_source_within(tmp_path: Path) -> None:
    root = tree(tmp_path)
    plain = WorkTree(root, exclude=["b.py"])
    wrapped = expanding(plain, root)
    paths = [entry.path for entry in wrapped]
    assert paths == [MARKER, "a/.env"]
    assert wrapped.excluded == {"configuration": 1}
    assert wrapped.gaps == []
    assert wrapped.total == len(paths) + 1
    wrapped.close()


@pytest.mark.parametrize(
    "text",
    ["on: ${{ github.ref }}\n", "{{ x }}\n", "{% raw %}{{x}}{% endraw %}\n", "{{ .Values.key }}\n", "{{}}\n"],
)
def test_expressions_of_templates_stay(tmp_path: Path, text: str) -> None:
    source = MemorySource({"a/.env": text.encode()})
    assert [entry.read() for entry in expanding(source, tree(tmp_path))] == [text.encode()]


def test_a_file_that_is_too_large_is_read_as_it_is(tmp_path: Path) -> None:
    data = TOKEN.encode() + b"x" * MAX_FILE
    assert [entry.read() for entry in expanding(MemorySource({"a/.env": data}), tree(tmp_path))] == [data]


def test_bytes_that_are_not_utf8_stay(tmp_path: Path) -> None:
    source = MemorySource({"a/.env": b"\xff\xfe" + TOKEN.encode() + b"\x80"})
    data = next(iter(expanding(source, tree(tmp_path)))).read()
    assert data[:2] == b"\xff\xfe"
    assert data[-1:] == b"\x80"
    assert b"{{" not in data


@given(st.binary(max_size=200).filter(lambda data: b"{{" not in data))
def test_whatever_holds_no_generator_is_unchanged(data: bytes) -> None:
    from secloop.loop.material import Material, _Expanding

    source = _Expanding(MemorySource({"f": data}), Material(files=("f",)))
    assert [entry.read() for entry in source] == [data]


def test_a_misspelt_generator_is_named_with_its_file(tmp_path: Path) -> None:
    source = MemorySource({"a/.env": b"K={{bse62:20}}\n"})
    with pytest.raises(UsageError, match=r"^a/\.env: \{\{bse62:20\}\} is no generator"):
        [entry.read() for entry in expanding(source, tree(tmp_path))]


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ('sed = "s"\n', "sed"),
        ("seed = 1\n", "seed"),
        ('files = "a"\n', "files"),
        ("files = [\n", "not valid TOML"),
        ('files = ["../a"]\n', "is not a path of the tree"),
        ('files = ["/etc/passwd"]\n', "is not a path of the tree"),
        ('files = ["a/./b"]\n', "is not a path of the tree"),
        ('files = [""]\n', "is not a path of the tree"),
        ("files = [" + '"a",' * 1001 + "]\n", "more than 1000 files"),
    ],
)
def test_a_wrong_marker_is_one_clear_line(tmp_path: Path, marker: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load_material(tree(tmp_path, marker))
    assert str(caught.value).startswith(MARKER)
    assert "\n" not in str(caught.value)


def test_a_marker_that_is_a_link_is_refused(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree")
    (root / MARKER).unlink()
    (tmp_path / "elsewhere").write_text("")
    (root / MARKER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="symbolic link"):
        load_material(root)


def test_a_report_reads_what_was_scanned(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree")
    (tmp_path / "outside").write_text("no")
    (root / "link").symlink_to(tmp_path / "outside")
    read = reader(root)
    assert read("a/.env") == contents(root)["a/.env"]
    assert read("b.py") == NAMED["b.py"]
    assert [read(path) for path in ("../outside", "link", "a", "missing", "a\0b", "")] == [None] * 6


def test_a_tree_can_be_written_out_expanded(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree")
    target = tmp_path / "out"
    assert write_expanded(root, target) == len(NAMED) + 1
    assert {path: (target / path).read_bytes() for path in NAMED} == contents(root)


def test_writing_out_never_touches_what_is_there(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree")
    with pytest.raises(UsageError, match="not empty"):
        write_expanded(root, tmp_path)
    with pytest.raises(UsageError, match="lies inside"):
        write_expanded(root, root / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="not empty"):
        write_expanded(root, tmp_path / "file")
