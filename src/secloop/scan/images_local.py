"""Images on disk: what `docker save` writes, and OCI layouts as a folder or a tar file.

https://github.com/moby/docker-image-spec and https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import os
import re
import zlib
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from secloop.model import shapes
from secloop.model.errors import UsageError
from secloop.scan.images import Image, LayerError
from secloop.scan.images_packed import Forward, is_gzip, uncompressed, unpack
from secloop.scan.images_tar import FILE, HARD_LINK, SYMBOLIC_LINK, TarError, members

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from secloop.scan.images import Layer
    from secloop.scan.images_tar import Stream

MAX_DOCUMENT = 4 << 20
"""Bytes of a manifest, index or configuration."""

_MAX_MEMBERS = 100_000
_MAX_HOPS = 8
_DIGEST = re.compile(r"(sha256):([0-9a-f]{64})")
_MANIFEST, _INDEX, _LAYOUT = "manifest.json", "index.json", "oci-layout"
_MARKS = frozenset({_MANIFEST.encode(), _LAYOUT.encode()})
_TITLES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_HINT = "Write one with docker save, or with skopeo copy to oci-archive:"


class Blobs(Protocol):
    """A store of files by name or digest."""

    def document(self, name: str) -> Any:
        """Return a JSON document. Raises: UsageError where there is none, or it is too large or no JSON."""
        ...

    def layer(self, name: str, digest: str) -> Layer:
        """Return a layer. Raises: UsageError where there is none."""
        ...


class Platform(NamedTuple):
    """The platform to take of an image for several."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Return the platform that `linux/arm64/v8` names. Raises: UsageError."""
        parts = text.split("/")
        if not 2 <= len(parts) <= 3 or not all(parts):  # noqa: PLR2004 - os/architecture[/variant]
            raise UsageError(f"{text!r} is no platform", "Write it as os/architecture, as in linux/arm64")
        return cls(*parts)


def is_image(path: Path) -> bool:
    """Return whether a file or folder is an image. Reads a tar file's headers only."""
    try:
        if path.is_dir():
            return (path / _LAYOUT).is_file() and (path / _INDEX).is_file()
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            found = members(Forward(stream) if is_gzip(path) else stream)
            return any(os.path.normpath(one.name) in _MARKS for one in islice(found, _MAX_MEMBERS))
    except (OSError, TarError, zlib.error):
        return False


def open_image(path: Path, *, name: str = "", platform: Platform | None = None) -> Image:
    """Return the image at `path`; `name` chooses one of several, by tag or digest.

    Raises: UsageError when there is none, several to choose from, or the file is damaged.
    """
    try:
        store: Blobs = Folder(path) if path.is_dir() else Archive(path)
        if isinstance(store, Archive) and _MANIFEST in store.names:
            return _docker_image(store, path, name)
        return oci_image(store, store.document(_INDEX), path.name, name, platform or Platform())
    except (TarError, LayerError) as error:
        raise UsageError(f"{path} is no image: {error.what}", _HINT) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", "Check the path") from error


def _docker_image(store: Archive, path: Path, name: str) -> Image:
    rows = [row for row in shapes.items(store.document(_MANIFEST)) if isinstance(row, dict)]
    if name:
        rows = [row for row in rows if name in shapes.items(row.get("RepoTags")) or name in str(row.get("Config"))]
    row = _only(rows, [", ".join(map(str, shapes.items(row.get("RepoTags")))) for row in rows], str(path), name)
    config = str(row.get("Config", ""))
    diffs = (
        shapes.items(shapes.table(shapes.table(store.document(config)).get("rootfs")).get("diff_ids"))
        if config in store.names
        else []
    )
    names = [str(one) for one in shapes.items(row.get("Layers"))]
    digests = [str(one) for one in diffs] if len(diffs) == len(names) else names
    layers = tuple(store.layer(one, digest) for one, digest in zip(names, digests, strict=True))
    tags = shapes.items(row.get("RepoTags"))
    digest = config.rpartition("/")[2].removesuffix(".json")
    return Image(name=str(tags[0]) if tags else path.name, digest=f"sha256:{digest}", layers=layers)


def oci_image(store: Blobs, index: Any, title: str, name: str, platform: Platform) -> Image:
    """Return the image of an OCI index or manifest. Raises: UsageError."""
    document, digest = shapes.table(index), ""
    for _ in range(_MAX_HOPS):
        if "layers" in document:
            break
        rows = [row for row in shapes.items(document.get("manifests")) if isinstance(row, dict) and _is_system(row)]
        if name and not digest:
            named = [row for row in rows if name in {*_titles(row), row.get("digest")}]
            rows = named or rows
        rows = _of_platform(rows, platform, title)
        row = _only(rows, [", ".join(_titles(row)) or str(row.get("digest")) for row in rows], title, name)
        digest = str(row.get("digest", ""))
        title = _title(row, title)
        document = shapes.table(store.document(digest))
    layers = [str(shapes.table(row).get("digest", "")) for row in shapes.items(document.get("layers"))]
    if "layers" not in document:
        raise UsageError(f"{title} has no layers", _HINT)
    return Image(name=title, digest=digest, layers=tuple(store.layer(one, one) for one in layers))


def _is_system(row: dict[str, Any]) -> bool:
    """Return whether a manifest is one of a system; attestations stand beside them, for no platform."""
    return shapes.table(row.get("platform")).get("os") != "unknown"


def _of_platform(rows: list[dict[str, Any]], wanted: Platform, title: str) -> list[dict[str, Any]]:
    """Return the rows of a platform; all of them where none names one. Raises: UsageError when none is of it."""
    told = [row for row in rows if shapes.table(row.get("platform")).get("architecture")]
    if len(told) < len(rows) or len({_platform(row) for row in told}) <= 1:
        return rows
    fitting = [
        row for row in told if _platform(row)[: 3 if wanted.variant else 2] == wanted[: 3 if wanted.variant else 2]
    ]
    if not fitting:
        known = ", ".join(sorted({"/".join(part for part in _platform(row) if part) for row in told}))
        raise UsageError(f"{title} is not for {wanted.os}/{wanted.architecture}", f"Choose --platform from {known}")
    return fitting[:1]


def _platform(row: dict[str, Any]) -> tuple[str, str, str]:
    told = shapes.table(row.get("platform"))
    return str(told.get("os", "")), str(told.get("architecture", "")), str(told.get("variant", ""))


def _title(row: dict[str, Any], otherwise: str) -> str:
    """Return what an image is called; `org.opencontainers.image.ref.name` may be a tag alone, which names no image."""
    told = next(iter(_titles(row)), "")
    return told if told and set(told) & {"/", ":"} else f"{otherwise}:{told}" if told else otherwise


def _titles(row: dict[str, Any]) -> list[str]:
    told = shapes.table(row.get("annotations"))
    return [str(told[key]) for key in _TITLES if key in told]


def _only(rows: Sequence[dict[str, Any]], names: Iterable[str], where: str, name: str) -> dict[str, Any]:
    """Return the only row. Raises: UsageError when there is none, or several."""
    if not rows:
        raise UsageError(f"{where} holds no image{f' {name}' if name else ''}", _HINT)
    if len(rows) > 1:
        raise UsageError(f"{where} holds several images", f"Choose one with --name: {'; '.join(list(names)[:20])}")
    return rows[0]


def decode(data: bytes, what: str) -> Any:
    """Return a JSON document. Raises: UsageError when it is none."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{what} is no usable JSON", _HINT) from error


def blob_path(digest: str) -> str:
    """Return where an OCI layout keeps a blob. Raises: UsageError for what is no SHA-256 digest."""
    found = _DIGEST.fullmatch(digest)
    if not found:
        raise UsageError(f"{digest[:80]!r} is no SHA-256 digest", _HINT)
    return f"blobs/{found[1]}/{found[2]}"


class Archive:
    """An image as a tar file. `names` are the names of the files in it."""

    def __init__(self, path: Path) -> None:
        """Read the headers of the file at `path`, which may be gzipped. Raises: TarError, LayerError, OSError."""
        self._path = path
        self._unpacked = None
        if is_gzip(path):
            self._unpacked = NamedTemporaryFile()  # noqa: SIM115 - goes with the archive and its layers
            with path.open("rb") as packed:
                unpack(packed, path.stat().st_size, self._unpacked)
            self._unpacked.flush()
            self._path = path = Path(self._unpacked.name)
        self._links: dict[str, str] = {}
        self.names: dict[str, tuple[int, int]] = {}
        with path.open("rb") as stream:
            for count, member in enumerate(members(stream)):
                if count > _MAX_MEMBERS:
                    raise TarError(f"more than {_MAX_MEMBERS} members")
                own = os.path.normpath(os.fsdecode(member.name))
                if member.kind == FILE:
                    self.names[own] = (member.offset, member.size)
                elif member.kind in {HARD_LINK, SYMBOLIC_LINK}:
                    base = os.path.dirname(own) if member.kind == SYMBOLIC_LINK else ""  # noqa: PTH120 - no path of ours
                    self._links[own] = os.path.normpath(os.path.join(base, os.fsdecode(member.link)))  # noqa: PTH118

    def document(self, name: str) -> Any:
        """Return a JSON document. Raises: UsageError."""
        offset, size = self._find(name)
        if size > MAX_DOCUMENT:
            raise UsageError(f"{name} in {self._path} is larger than {MAX_DOCUMENT >> 20} MB", _HINT)
        with self._path.open("rb") as stream:
            stream.seek(offset)
            return decode(stream.read(size), f"{name} in {self._path}")

    def layer(self, name: str, digest: str) -> FileLayer:
        """Return a layer. Raises: UsageError."""
        offset, size = self._find(name)
        return FileLayer(digest, self._path, offset, size, self._unpacked)

    def _find(self, name: str) -> tuple[int, int]:
        own = blob_path(name) if _DIGEST.fullmatch(name) else os.path.normpath(name)
        for _ in range(_MAX_HOPS):
            if own in self.names:
                return self.names[own]
            own = self._links.get(own, own)
        raise UsageError(f"{self._path} holds no {name[:100]}", _HINT)


class Folder:
    """An image as an OCI layout in a folder. Links are not followed."""

    def __init__(self, path: Path) -> None:
        """Refer to the folder at `path`."""
        self._path = path

    def document(self, name: str) -> Any:
        """Return a JSON document. Raises: UsageError."""
        place = self._find(name)
        with place.open("rb") as stream:
            data = stream.read(MAX_DOCUMENT + 1)
        if len(data) > MAX_DOCUMENT:
            raise UsageError(f"{place} is larger than {MAX_DOCUMENT >> 20} MB", _HINT)
        return decode(data, str(place))

    def layer(self, name: str, digest: str) -> FileLayer:
        """Return a layer. Raises: UsageError."""
        place = self._find(name)
        return FileLayer(digest, place, 0, place.stat().st_size)

    def _find(self, name: str) -> Path:
        place = self._path / (name if name == _INDEX else blob_path(name))
        inside = Path(os.path.realpath(place)).is_relative_to(os.path.realpath(self._path))
        if place.is_symlink() or not inside or not place.is_file():
            raise UsageError(f"{self._path} holds no {name[:100]}", _HINT)
        return place


class FileLayer:
    """A layer that lies in a file, compressed or not."""

    def __init__(self, digest: str, path: Path, offset: int, size: int, keep: object = None) -> None:
        """Know the layer as `digest`, at `offset` of the file at `path`, `size` bytes long; `keep` lives as long."""
        self.digest = digest
        self._path, self._offset, self._size, self._keep = path, offset, size, keep

    def open(self) -> Stream:
        """Return its tar file. Raises: LayerError, OSError."""
        stream = self._path.open("rb")
        try:
            return uncompressed(stream, self._offset, self._size)
        except BaseException:
            stream.close()
            raise
