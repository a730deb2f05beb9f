"""Images as sources: layers over each other, from every way an image is stored."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scan.image_building import Content, digest, docker_archive, layer, oci_files, write
from secloop.model.errors import UsageError
from secloop.scan import images, images_packed
from secloop.scan.images import Image, ImageSource
from secloop.scan.images_local import Platform, is_image, open_image
from secloop.scan.images_tar import TarError, members

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from secloop.scan.images_tar import Stream

BASE = layer({"etc/": None, "etc/passwd": b"root", "app/a": b"1", "app/b": b"2", "data/x/y": b"3", "opt/f": b"4"})
CHANGE = layer({"./etc/passwd": b"changed", "app/.wh.a": b"", "data/.wh..wh..opq": b"", "data/z": b"5", "opt": b"file"})
SEEN = {"app/b": b"2", "data/z": b"5", "etc/passwd": b"changed", "opt": b"file"}


class _Memory:
    def __init__(self, data: bytes) -> None:
        self.digest = digest(data)
        self._data = data

    def open(self) -> Stream:
        return io.BytesIO(self._data)


def source_of(*layers: bytes) -> ImageSource:
    return ImageSource(Image(name="test", digest="", layers=tuple(_Memory(one) for one in layers)))


def contents(source: ImageSource) -> dict[str, bytes]:
    try:
        return {entry.path: entry.read() for entry in source}
    finally:
        source.close()


def at(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_later_layers_replace_and_remove_files_of_earlier_ones() -> None:
    assert contents(source_of(BASE, CHANGE)) == SEEN


def test_files_come_in_the_order_of_their_paths_and_tell_their_layer() -> None:
    source = source_of(BASE, CHANGE)
    assert [entry.path for entry in source] == sorted(SEEN)
    assert (source.layer_of("app/b"), source.layer_of("etc/passwd")) == (digest(BASE), digest(CHANGE))
    assert source.layer_of("app/a") == ""
    assert source.total == len(SEEN)


def test_a_file_is_known_as_every_layer_wrote_it() -> None:
    layers = [layer({"db": b"1", "x/db": b"1"}), layer({"db": b"2"}), layer({"other": b""}), layer({"db": b"3"})]
    source = source_of(*layers, layer({"x/.wh..wh..opq": b"", "x/db": b"4"}))
    list(source)
    versions = [(digest_, entry.read()) for digest_, entry in source.versions("db")]
    assert versions == [(digest(layers[0]), b"1"), (digest(layers[1]), b"2"), (digest(layers[3]), b"3")]
    assert [entry.read() for _, entry in source.versions("x/db")] == [b"4"]
    assert source.versions("none") == ()


def test_a_removed_file_that_a_later_layer_brings_again_is_there() -> None:
    assert contents(source_of(BASE, CHANGE, layer({"app/a": b"new", "data/x/w": b"6"}))) == {
        **SEEN, "app/a": b"new", "data/x/w": b"6",
    }  # fmt: skip


def test_a_folder_that_became_a_link_hides_what_was_below_it() -> None:
    source = source_of(BASE, layer({"app": "symlink:/etc"}))
    assert set(contents(source)) == {"etc/passwd", "data/x/y", "opt/f"}
    assert source.excluded["symlink"] == 1


def test_a_hard_link_stands_for_the_file_it_names() -> None:
    linked = layer({"bin/a": b"tool", "bin/b": "link:bin/a", "bin/c": "link:app/b", "bin/d": "link:none"})
    source = source_of(BASE, linked, layer({"bin/.wh.a": b""}))
    seen = contents(source)
    assert (seen["bin/b"], seen["bin/c"]) == (b"tool", b"2")
    assert "bin/a" not in seen
    assert source.excluded["hard link to nothing"] == 1


def test_no_path_leaves_the_image() -> None:
    source = source_of(layer({"../up": b"1", "/etc/shadow": b"2", "a/../../b": b"3", "./c": b"4"}))
    assert contents(source) == {"etc/shadow": b"2", "c": b"4"}
    assert source.excluded["path outside the image"] == 2


def test_a_file_is_cut_at_the_limit_it_is_read_with() -> None:
    (entry,) = list(source_of(layer({"a": b"x" * 9000})))
    assert (len(entry.read(10)), len(entry.read()), len(entry.head())) == (11, 9000, 4096)


def test_excluded_paths_are_counted(tmp_path: Path) -> None:
    image = open_image(at(tmp_path / "i.tar", docker_archive([BASE])))
    source = ImageSource(image, exclude=("app/**",))
    assert set(contents(source)) == {"etc/passwd", "data/x/y", "opt/f"}
    assert source.excluded["configuration"] == 2


@pytest.mark.parametrize("kind", ["docker", "docker gzipped", "oci tar", "oci tar unpacked", "oci folder"])
def test_an_image_is_read_however_it_is_stored(kind: str, tmp_path: Path) -> None:
    layers = [BASE, CHANGE]
    if kind == "oci folder":
        path = write(tmp_path / "image", oci_files(layers))
    elif kind.startswith("oci"):
        path = at(tmp_path / "i.tar", layer({**oci_files(layers, pack=kind == "oci tar")}))
    else:
        data = docker_archive(layers)
        path = at(tmp_path / "i.tar", gzip.compress(data) if "gzipped" in kind else data)
    assert is_image(path)
    image = open_image(path)
    assert image.name == "shop:1.0"
    source = ImageSource(image)
    assert contents(source) == SEEN
    assert source.gaps == []


def test_what_is_no_image_is_told(tmp_path: Path) -> None:
    plain = at(tmp_path / "a.tar", layer({"readme": b"text"}))
    assert not is_image(plain)
    assert not is_image(at(tmp_path / "a.txt", b"text"))
    assert not is_image(at(tmp_path / "a.tar.gz", gzip.compress(b"text" * 1000)[:-9]))
    assert not is_image(tmp_path)
    assert not is_image(tmp_path / "none")
    with pytest.raises(UsageError, match=r"holds no index\.json"):
        open_image(plain)


def test_a_tag_alone_is_no_name_of_an_image(tmp_path: Path) -> None:
    path = at(tmp_path / "shop.tar", layer({**oci_files([BASE], tag="latest")}))
    assert open_image(path).name == "shop.tar:latest"
    assert open_image(path, name="latest").name == "shop.tar:latest"


def test_of_several_images_one_is_chosen_by_name(tmp_path: Path) -> None:
    rows = [{"Config": f"{n}.json", "RepoTags": [f"shop:{n}"], "Layers": [f"{n}.tar"]} for n in (1, 2)]
    files = {"1.tar": BASE, "2.tar": CHANGE, "manifest.json": json.dumps(rows).encode()}
    path = at(tmp_path / "i.tar", layer(files))
    with pytest.raises(UsageError, match="--name: shop:1; shop:2"):
        open_image(path)
    assert "opt" in contents(ImageSource(open_image(path, name="shop:2")))
    with pytest.raises(UsageError, match="holds no image shop:3"):
        open_image(path, name="shop:3")


def test_of_an_image_for_several_platforms_the_wanted_one_is_read(tmp_path: Path) -> None:
    files = {**oci_files([BASE]), **oci_files([CHANGE])}
    rows = [json.loads(oci_files([one])["index.json"])["manifests"][0] for one in (BASE, CHANGE)]
    rows[1]["platform"] = {"os": "linux", "architecture": "arm64", "variant": "v8"}
    rows.append({"digest": digest(b""), "platform": {"os": "unknown", "architecture": "unknown"}})
    files["index.json"] = json.dumps({"manifests": rows}).encode()
    path = write(tmp_path / "image", files)
    assert "app/a" in contents(ImageSource(open_image(path)))
    assert "opt" in contents(ImageSource(open_image(path, platform=Platform.parse("linux/arm64/v8"))))
    with pytest.raises(UsageError, match="Choose --platform from linux/amd64, linux/arm64/v8"):
        open_image(path, platform=Platform.parse("windows/amd64"))
    with pytest.raises(UsageError, match="is no platform"):
        Platform.parse("linux")


@pytest.mark.parametrize(
    ("index", "what"),
    [
        (b"{", "is no usable JSON"),
        (b"{}", "holds no image"),
        (b'{"manifests": [{"digest": "sha256:../../etc/passwd"}]}', "is no SHA-256 digest"),
        (b'{"manifests": [{"digest": "sha256:' + b"0" * 64 + b'"}]}', "holds no sha256:000"),
        (b"[" * 100_000, "is no usable JSON"),
        (b" " * (5 << 20), "is larger than 4 MB"),
    ],
    ids=["cut off", "empty", "path as digest", "missing blob", "deep", "large"],
)
def test_a_wrong_index_is_told_in_one_line(index: bytes, what: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "image", {"oci-layout": b"{}", "index.json": index})
    with pytest.raises(UsageError, match=what):
        open_image(folder)


def test_an_index_that_names_itself_ends(tmp_path: Path) -> None:
    own = b'{"manifests": []}'
    files = {"oci-layout": b"{}", "index.json": json.dumps({"manifests": [{"digest": digest(own)}]}).encode()}
    files[f"blobs/{digest(own).replace(':', '/')}"] = own
    with pytest.raises(UsageError, match="holds no image"):
        open_image(write(tmp_path / "image", files))


def test_a_blob_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    files = oci_files([BASE])
    folder = write(tmp_path / "image", files)
    blob = folder / next(name for name in files if name.startswith("blobs/"))
    (tmp_path / "secret").write_bytes(blob.read_bytes())
    for name in [name for name in files if name.startswith("blobs/")]:
        (folder / name).unlink()
        (folder / name).symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match="holds no sha256"):
        open_image(folder)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x28\xb5\x2f\xfd" + b"x" * 600, "layer: damaged"),
        (zstd.compress(BASE)[:-20], "layer: cut off"),
        (gzip.compress(BASE)[:-20], "layer: cut off"),
        (b"\x1f\x8b" + b"x" * 600, "layer: damaged"),
        (b"x" * 600, "layer: not a tar file"),
        (BASE[:512] + b"x" * 600, "layer: a header is damaged"),
    ],
    ids=["damaged zstd", "zstd cut off", "cut off", "damaged gzip", "no tar", "damaged header"],
)
def test_a_layer_that_cannot_be_read_is_a_gap_and_costs_itself_only(data: bytes, reason: str, tmp_path: Path) -> None:
    source = ImageSource(open_image(at(tmp_path / "i.tar", docker_archive([BASE, data]))))
    assert contents(source).keys() >= {"app/a", "app/b"}
    (gap,) = source.gaps
    assert gap.reason.startswith(reason)
    assert gap.file == digest(data)


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_a_layer_that_unpacks_to_too_much_is_a_gap(
    compress: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images_packed, "_FREE", 1000)
    packed = compress(layer({"zeros": b"\0" * (1 << 20)}))
    source = ImageSource(open_image(at(tmp_path / "i.tar", docker_archive([packed]))))
    assert contents(source) == {}
    assert source.gaps[0].reason == "layer: it comes to more bytes than a layer may have"


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 2048, (1 << 20) - 1024, 1 << 20, (3 << 20) + 7])
def test_compressed_layers_of_any_size_are_whole(compress: Callable[[bytes], bytes], size: int, tmp_path: Path) -> None:
    plain = layer({"zeros": b"\0" * size, "last": b"end"})
    for packed in (compress(plain), compress(plain[:700]) + compress(plain[700:])):
        source = ImageSource(open_image(at(tmp_path / "i.tar", docker_archive([packed]))))
        assert {path: len(data) for path, data in contents(source).items()} == {"zeros": size, "last": 3}
        assert source.gaps == []


def test_without_the_library_for_zstd_the_gap_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    source = ImageSource(open_image(at(tmp_path / "i.tar", docker_archive([zstd.compress(BASE)]))))
    assert contents(source) == {}
    assert source.gaps[0].reason == "layer: compressed with zstd, which needs: pip install 'secloop[images]'"


def test_an_image_with_too_many_files_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_ENTRIES", 3)
    source = source_of(layer({str(n): b"" for n in range(9)}))
    assert len(contents(source)) == 3
    assert source.gaps[0].reason == "more than 3 files"


@pytest.mark.parametrize("style", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_odd_bytes_are_read_in_every_format(style: int) -> None:
    deep = "/".join(["folder" * 5] * 20) + "/file"
    names: dict[str, Content] = {deep: b"1", "ümlaut": b"2", "odd\udcff": b"3", "long" * 40: "link:" + deep}
    seen = contents(source_of(layer(names, style=style)))
    assert seen == {deep: b"1", "ümlaut": b"2", "odd\\xff": b"3", "long" * 40: b"1"}


@pytest.mark.parametrize(
    "data", [b"", b"x", b"x" * 512, BASE[:100], BASE[:1030], BASE[:156] + b"L" + BASE[157:], b"\0" * 1024]
)
def test_a_damaged_tar_file_ends_or_is_told(data: bytes) -> None:
    with contextlib.suppress(TarError):
        assert len(list(members(io.BytesIO(data)))) <= 2


@given(st.lists(st.tuples(st.integers(0, len(BASE)), st.binary(min_size=1, max_size=9)), max_size=5))
def test_no_damage_raises_anything_else(damages: list[tuple[int, bytes]]) -> None:
    data = bytearray(BASE)
    for place, other in damages:
        data[place : place + len(other)] = other
    source = source_of(bytes(data), CHANGE)
    for entry in source:
        assert ".." not in entry.path.split("/")
    source.close()


NAMES = st.sampled_from(["a", "a/b", "a/b/c", "a/d", "e", "a/.wh.b", ".wh.a", "a/.wh..wh..opq", ".wh.e", "f/g"])


def _fit(names: list[str]) -> bool:
    """Return whether no file of a layer is the folder of another."""
    own = [name for name in names if ".wh." not in name]
    return not any(a != b and b.startswith(f"{a}/") for a in own for b in own)


@given(st.lists(st.lists(NAMES, unique=True, max_size=5).filter(_fit), max_size=4))
def test_laying_layers_over_each_other_equals_unpacking_them_in_turn(layers: list[list[str]]) -> None:
    built = [layer({name: f"{number}{name}".encode() for name in names}) for number, names in enumerate(layers)]
    assert contents(source_of(*built)) == _unpacked(layers)


def _unpacked(layers: list[list[str]]) -> dict[str, bytes]:
    """Return the files after unpacking: a layer's removals first, then its files, instead of what they meet."""
    tree: dict[str, bytes] = {}
    for number, names in enumerate(layers):
        for name in names:
            folder, _, last = name.rpartition("/")
            if last == ".wh..wh..opq":
                tree = {path: data for path, data in tree.items() if not path.startswith(f"{folder}/")}
            elif last.startswith(".wh."):
                gone = f"{folder}/{last.removeprefix('.wh.')}".lstrip("/")
                tree = {p: data for p, data in tree.items() if p != gone and not p.startswith(f"{gone}/")}
        own = [name for name in names if ".wh." not in name]
        for name in own:
            tree = {
                p: d for p, d in tree.items() if not p.startswith(f"{name}/") and not f"{name}/".startswith(f"{p}/")
            }
        tree |= {name: f"{number}{name}".encode() for name in own}
    return tree
