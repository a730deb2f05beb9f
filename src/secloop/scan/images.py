"""Container images as sources of files: layers laid over each other, as a container would see them.

Nothing is written under a file's name: a layer is read where it is, or from one nameless temporary file when it is
compressed. Every bound that is met is a gap, so that what was not looked at is said.

1. Layers are read from the last to the first; a path that a later layer has, or has removed, is hidden in earlier ones.
2. Hard links stand for the file they name, in their own layer or below.
3. The files that are left are the source's entries, in the order of their paths.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

from secloop.model.enums import FileClass
from secloop.model.errors import SecloopError, UsageError
from secloop.scan.images_tar import FILE, FOLDER, HARD_LINK, Member, TarError, members
from secloop.scan.sources import HEAD_BYTES, display, gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secloop.model.coverage import Gap
    from secloop.scan.images_tar import Stream

MAX_LAYERS = 512
MAX_ENTRIES = 2_000_000
"""Members of all layers of an image together."""

MAX_PATH = 4096
"""Bytes of a path; longer ones are no files that a system could open."""

_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"
_MAX_LINKS = 8
"""Hard links to hard links that are followed."""


class LayerError(SecloopError):
    """A layer cannot be read; the reason is the message."""


class Layer(Protocol):
    """A layer of an image. `digest` names it in what is said of it."""

    digest: str

    def open(self) -> Stream:
        """Return its tar file, uncompressed and seekable. Raises: LayerError, OSError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image: what it is called, its manifest's or configuration's digest, and its layers, the first one first."""

    name: str
    digest: str
    layers: tuple[Layer, ...]


class Place(NamedTuple):
    """Where a file's content stands: number of the layer, offset and size in its tar file."""

    layer: int
    offset: int
    size: int


@dataclass
class _Seen:
    """What one layer holds: files and links by path, and what it removes from the layers below."""

    files: dict[str, Place] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    emptied: set[str] = field(default_factory=set)


class ImageSource:
    """The files of an image. `exclude` holds gitignore patterns."""

    def __init__(self, image: Image, *, exclude: Sequence[str] = ()) -> None:
        """Prepare to look at `image`; nothing is read before iteration. Raises: UsageError for a malformed pattern."""
        from secloop.scan.globs import Globs

        self.image = image
        self.excluded: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.total = 0
        self._exclude = Globs(exclude, "[scan] exclude pattern") if exclude else None
        self._streams: dict[int, Stream] = {}
        self._places: dict[str, Place] = {}
        self._older: dict[str, list[Place]] = {}

    def __iter__(self) -> Iterator[LayerEntry]:
        """Iterate over the files by path. Raises: UsageError when the image has too many layers."""
        self.close()
        self.excluded.clear()
        self.gaps.clear()
        self._places = self._merged()
        self.total = len(self._places)
        for path in sorted(self._places):
            place = self._places[path]
            if self._exclude is not None and self._exclude.matches(path):
                self.excluded["configuration"] += 1
            else:
                yield LayerEntry(path, place.size, partial(self._content, place))

    def close(self) -> None:
        """Close the layers, and with them the temporary files."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()

    def layer_of(self, path: str) -> str:
        """Return the digest of the layer that a file of the image comes from, empty for no file of it."""
        place = self._places.get(path)
        return self.image.layers[place.layer].digest if place else ""

    def entries(self, wanted: Callable[[str], bool]) -> Iterator[LayerEntry]:
        """Iterate over the files whose paths are wanted, without looking through the layers again."""
        for path in filter(wanted, sorted(self._places)):
            place = self._places[path]
            yield LayerEntry(path, place.size, partial(self._content, place))

    def versions(self, path: str) -> tuple[tuple[str, LayerEntry], ...]:
        """Return what a file of the image was in each layer that wrote it, the first layer first, with its digest."""
        place = self._places.get(path)
        places = [*reversed(self._older.get(path, ())), place] if place else []
        return tuple(
            (self.image.layers[one.layer].digest, LayerEntry(path, one.size, partial(self._content, one)))
            for one in places
        )

    def _content(self, place: Place, limit: int) -> bytes:
        stream = self._streams.get(place.layer)
        if stream is None:
            stream = self._streams[place.layer] = self.image.layers[place.layer].open()
        stream.seek(place.offset)
        wanted = min(place.size, limit)
        data = stream.read(wanted)
        if len(data) < wanted:
            raise OSError(0, "the layer ends inside it")
        return data

    def _merged(self) -> dict[str, Place]:
        if len(self.image.layers) > MAX_LAYERS:
            raise UsageError(f"{self.image.name} has more than {MAX_LAYERS} layers", "This is no usual image")
        view = _View()
        budget = MAX_ENTRIES
        for number in reversed(range(len(self.image.layers))):
            seen = _Seen()
            budget = self._read(number, seen, budget)
            view.add(seen)
        view.resolve_links()
        self.excluded += view.counts
        self._older = view.older
        return view.files

    def _read(self, number: int, seen: _Seen, budget: int) -> int:
        """Read the members of a layer into `seen`; return how many more all layers may have."""
        layer = self.image.layers[number]
        try:
            stream = self._streams[number] = layer.open()
            for member in members(stream):
                budget -= 1
                if budget < 0:
                    self.gaps.append(gap(layer.digest, FileClass.LIMITED, f"more than {MAX_ENTRIES} files"))
                    break
                self._add(member, number, seen)
        except (LayerError, TarError) as error:
            self.gaps.append(gap(layer.digest, FileClass.FAILED, f"layer: {error.what}"))
        except OSError as error:
            self.gaps.append(gap(layer.digest, FileClass.FAILED, f"layer cannot be read: {error.strerror or error}"))
        return budget

    def _add(self, member: Member, number: int, seen: _Seen) -> None:
        path = clean(member.name)
        if not path:
            self.excluded["path outside the image"] += member.kind != FOLDER
            return
        folder, _, name = path.rpartition("/")
        if name == _OPAQUE:
            seen.emptied.add(folder)
        elif name.startswith(_WHITEOUT):
            seen.removed.add(f"{folder}/{name.removeprefix(_WHITEOUT)}".lstrip("/"))
        elif member.kind == FILE:
            seen.links.pop(path, None)
            seen.files[path] = Place(number, member.offset, member.size)
        elif member.kind == HARD_LINK:
            seen.files.pop(path, None)
            seen.links[path] = clean(member.link)
        elif member.kind == FOLDER:
            seen.folders.add(path)
        else:
            seen.others.add(path)
            self.excluded[member.kind] += 1


class KeptImageSource(ImageSource):
    """An image whose layers stay open after a scan, so that a layer of a registry is not fetched twice."""

    def close(self) -> None:
        """Leave the layers open: `release` closes them."""

    def release(self) -> None:
        """Close the layers."""
        super().close()


class LayerEntry:
    """A file of an image. `fetch` returns its first bytes, as many as asked for."""

    __slots__ = ("_fetch", "path", "size")

    def __init__(self, path: str, size: int, fetch: Callable[[int], bytes]) -> None:
        """Know the file as `path`."""
        self.path = path
        self.size = size
        self._fetch = fetch

    def head(self) -> bytes:
        """Return the first bytes. Raises: OSError."""
        return self._fetch(HEAD_BYTES)

    def read(self, limit: int | None = None) -> bytes:
        """Return the content, at most `limit` + 1 bytes of it. Raises: OSError."""
        return self._fetch(self.size if limit is None else limit + 1)

    def close(self) -> None:
        """Nothing is held open: the source closes the layers."""


class _View:
    """The layers that were added, the last one first, as one tree."""

    def __init__(self) -> None:
        self.files: dict[str, Place] = {}
        self.older: dict[str, list[Place]] = {}
        self.counts: Counter[str] = Counter()
        self._links: dict[str, tuple[str, int]] = {}
        self._layers: list[_Seen] = []
        self._taken: set[str] = set()
        self._folders: set[str] = set()
        self._gone: set[str] = set()
        self._emptied: set[str] = set()

    def add(self, seen: _Seen) -> None:
        """Lay what is known over `seen`, a layer below all that were added."""
        self._layers.append(seen)
        known: dict[str, bool] = {}
        for path, place in seen.files.items():
            if self._is_visible(path, known):
                self.files[path] = place
            elif path in self.files and path not in self._gone and self._is_open(path.rpartition("/")[0], known):
                self.older.setdefault(path, []).append(place)
        for path, target in seen.links.items():
            if self._is_visible(path, known):
                self._links[path] = (target, len(self._layers) - 1)
        new = {*seen.files, *seen.links, *seen.others}
        self._taken |= new
        for path in new | seen.folders:
            self._add_folders(path)
        self._folders |= seen.folders
        self._gone |= seen.removed
        self._emptied |= seen.emptied

    def resolve_links(self) -> None:
        """Add the files that hard links name: of their own layer, else of the first layer below that has them."""
        for path, (target, layer) in self._links.items():
            place = self._target(target, layer)
            if place is None:
                self.counts["hard link to nothing"] += 1
            else:
                self.files[path] = place

    def _add_folders(self, path: str) -> None:
        """Note the folders above a path: no file of a layer below is in their place."""
        folder = path.rpartition("/")[0]
        while folder and folder not in self._folders:
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]

    def _target(self, target: str, start: int) -> Place | None:
        for _ in range(_MAX_LINKS):
            for seen in self._layers[start:]:
                if place := seen.files.get(target):
                    return place
                if target in seen.links:
                    target = seen.links[target]
                    break
            else:
                return None
        return None

    def _is_visible(self, path: str, known: dict[str, bool]) -> bool:
        if path in self._taken or path in self._gone or path in self._folders:
            return False
        return self._is_open(path.rpartition("/")[0], known)

    def _is_open(self, folder: str, known: dict[str, bool]) -> bool:
        """Return whether later layers let the content of a folder be seen; asked once a folder and layer."""
        pending: list[str] = []
        at = folder
        while at not in known:
            pending.append(at)
            if not at:
                break
            at = at.rpartition("/")[0]
        is_open = known.get(at, True)
        for one in reversed(pending):
            is_open = is_open and one not in self._emptied and one not in self._gone and one not in self._taken
            known[one] = is_open
        return is_open


def clean(raw: bytes) -> str:
    """Return a member's name as a path below the image's root, empty for the root and for one outside of it."""
    if len(raw) > MAX_PATH:
        return ""
    parts = [part for part in os.fsdecode(raw).split("/") if part not in {"", "."}]
    return "" if ".." in parts else display("/".join(parts))
