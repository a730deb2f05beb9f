"""Versions of files as a source of a scan, and the secrets sensor that looks at them by their real paths."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from secloop.model.coverage import Partial
from secloop.model.enums import FileClass
from secloop.model.finding import Finding, Suppression
from secloop.model.places import CodeSpan
from secloop.scan.base import SourceFile
from secloop.scan.sources import BlobEntry, gap
from secloop.stages.code.hooks.base import Blob
from secloop.stages.code.secrets.sensor import SecretsSensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from secloop.model.coverage import Gap
    from secloop.model.finding import Observation
    from secloop.scan.base import FileMeta, GroupUnit
    from secloop.scan.git import Git
    from secloop.stages.code.secrets.doubt import Doubt


class Versions:
    """The contents of blobs; each stands under its `Blob.key`, so that one file may come in several versions.

    `exclude` says of a path that the configuration leaves it out.
    """

    def __init__(self, git: Git, blobs: Iterable[Blob], exclude: Callable[[str], bool] = lambda _: False) -> None:
        """Prepare to read `blobs` from the repository; nothing is read before iteration."""
        self._git = git
        self._reader = git.reader()
        self._blobs = sorted({blob.key: blob for blob in blobs}.items())
        self._exclude = exclude
        self.excluded: Counter[str] = Counter()
        self.gaps: list[Gap] = []
        self.total = len(self._blobs)

    def __iter__(self) -> Iterator[BlobEntry]:
        """Iterate over the versions by key. An object that is not here is a gap."""
        self.excluded.clear()
        self.gaps.clear()
        sizes = self._git.sizes(blob.oid for _, blob in self._blobs)
        for key, blob in self._blobs:
            if self._exclude(blob.path):
                self.excluded["configuration"] += 1
            elif blob.oid not in sizes:
                self.gaps.append(gap(key, FileClass.FAILED, "object missing from the repository"))
            else:
                yield BlobEntry(key, sizes[blob.oid], partial(self._content, blob.oid))

    def close(self) -> None:
        """Stop the git process that reads objects."""
        self._reader.close()

    def _content(self, oid: str, limit: int | None) -> bytes:
        data = self._reader.get(oid)
        if data is None:
            raise OSError(0, "object missing")
        return data if limit is None else data[: limit + 1]


class VersionSecrets(SecretsSensor):
    """The secrets sensor over `Versions`: rules see the real path, what is found stands under the key."""

    def wants(self, file: FileMeta) -> bool:
        """Want what the secrets sensor wants of the file by its real path."""
        return super().wants(_real(file))

    def suspects(self, files: Sequence[SourceFile]) -> dict[int, Doubt]:
        """Return the numbers of the versions worth a scan, by their real paths."""
        return super().suspects([SourceFile(_real(file.meta), file.data) for file in files])

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        """Return what the secrets sensor finds, placed under the version's key."""
        if not isinstance(unit, SourceFile):
            return ()
        return [_placed(one, unit.path) for one in super().scan(SourceFile(_real(unit.meta), unit.data))]


def _real(file: FileMeta) -> FileMeta:
    return msgspec.structs.replace(file, path=Blob.of_key(file.path).path)


def _placed(one: Observation, key: str) -> Observation:
    if isinstance(one, Finding) and isinstance(one.place, CodeSpan):
        return msgspec.structs.replace(one, place=msgspec.structs.replace(one.place, file=key))
    return msgspec.structs.replace(one, file=key) if isinstance(one, Partial | Suppression) else one
