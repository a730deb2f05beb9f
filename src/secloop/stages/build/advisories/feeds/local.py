"""What an import finds: feeds out of a file, a folder, a zip of them, or what `secloop feeds export` has written."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from typing import TYPE_CHECKING

import msgspec

from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.stages.build.advisories import archives, snapshot, sources
from secloop.stages.build.advisories.feeds.base import MANIFEST, is_feeds_folder, is_inside, read_manifest
from secloop.stages.build.advisories.feeds.folder import Fresh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from secloop.stages.build.advisories.feeds.folder import FeedFolder

_LOOSE = (".zip", ".csv", ".gz")
_NESTED = (*_LOOSE, ".jsonl", MANIFEST)
_MAX_FILES = 10_000
_CHUNK = 1 << 20
_NVD_FILE = lazy(r"^nvdcve-(?:\d\.\d-)?")
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def find(path: Path, work: Path, *, name: str = "", expected: str = "") -> list[Fresh]:
    """Return the feeds of `path`; what must be unpacked or packed for that goes below `work`.

    `name` is what a single feed is called; `expected` the SHA-256 that the file must have.
    Raises: UsageError when there is none, or `expected` is given for a folder.
    """
    if not path.exists():
        raise UsageError(f"{path} does not exist", "Give a file, a folder or a zip of advisories")
    if path.is_dir() and expected:
        raise UsageError("--sha256 is for one file", "Zip the folder, or leave the option out")
    found = list(_of_folder(path, work) if path.is_dir() else _of_file(path, work, expected))
    if not found:
        raise UsageError(f"{path} holds no feed", "Give OSV records, EPSS, KEV, NVD or endoflife.date files")
    if name and len(found) > 1:
        raise UsageError(f"{path} holds {len(found)} feeds, so one name is not enough", "Import them one by one")
    return [msgspec.structs.replace(one, name=name) for one in found] if name else found


def _of_file(path: Path, work: Path, expected: str) -> Iterator[Fresh]:
    if zipfile.is_zipfile(path) and _holds_feeds(path):
        if expected:
            _check(path, expected)
        yield from _of_folder(_unpacked(path, work), work, path.stem)
    else:
        yield Fresh(name=_name(path), source=str(path), path=path, expected=expected)


def _of_folder(path: Path, work: Path, title: str = "") -> Iterator[Fresh]:
    """Yield the feeds of a folder: an export's, a snapshot, loose files, and all OSV records below as one."""
    if is_feeds_folder(path):
        manifest = read_manifest(path)
        for feed in manifest.feeds if manifest else ():
            yield Fresh(
                name=feed.name,
                source=feed.source,
                path=path / feed.file,
                expected=feed.sha256,
                etag=feed.etag,
                modified=feed.modified,
                date=feed.date,
            )
        return
    if snapshot.is_snapshot(path):
        yield Fresh(name="snapshot", source=str(path), path=path)
        return
    loose = sorted(f for f in path.rglob("*") if f.name.endswith(_LOOSE) and _is_plain(f))
    tops = [f for f in sorted(path.glob("*.json")) if _is_plain(f) and sources.kind_of(f) != sources.OSV]
    for file in [*loose, *tops]:
        yield Fresh(name=_name(file), source=str(file), path=file)
    records = [file for file in archives.record_files(path) if file not in set(tops)]
    if records:
        name = title or path.name
        yield Fresh(name=f"osv:{name}", source=str(path), path=_packed(path, records, work / f"{name or 'osv'}.zip"))


def _is_plain(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and ".git" not in file.parts


def _name(path: Path) -> str:
    """Return the name of a feed: its kind, with what tells it from others of its kind."""
    kind = sources.kind_of(path)
    stem = path.name.partition(".")[0]
    if kind == sources.OSV:
        return f"osv:{path.parent.name if stem == 'all' else stem}"
    if kind == sources.NVD:
        return f"nvd:{_NVD_FILE.sub('', path.name).partition('.')[0] or stem}"
    if kind == sources.ENDOFLIFE and not path.name.startswith(("full", "endoflife")):
        return f"endoflife:{stem}"
    return kind


def _packed(folder: Path, records: list[Path], target: Path) -> Path:
    """Return a zip of OSV records; equal records give equal bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in records:
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, archives.file_bytes(file))
    return target


def _holds_feeds(path: Path) -> bool:
    """Return whether a zip holds feeds as files, rather than OSV records. Raises: UsageError when it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise UsageError(f"{path} is a damaged zip: {error}", "Fetch it again") from error
    return any(name.endswith(_NESTED) for name in names)


def _unpacked(path: Path, work: Path) -> Path:
    """Return a folder with a zip's files, within bounds; a name that leaves the folder is an error."""
    target = work / "unpacked"
    shutil.rmtree(target, ignore_errors=True)
    left = archives.MAX_TOTAL
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > _MAX_FILES:
                raise UsageError(f"{path} holds more than {_MAX_FILES} files", "Give the folder itself")
            for entry in entries:
                if not is_inside(entry.filename):
                    raise UsageError(f"{path} holds a file outside ({entry.filename[:80]!r})", "Do not use it")
                left -= _extract(archive, entry, target / entry.filename, left, path)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise UsageError(f"{path} is a damaged zip: {error}", "Fetch it again") from error
    return target


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int, path: Path) -> int:
    """Write one entry; return its size. Raises: UsageError beyond `left` bytes or the ratio of archives."""
    bound = min(left, max(archives.MAX_RATIO * entry.compress_size, _CHUNK))
    size = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as stream, target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > bound:
                raise UsageError(f"{path}: {entry.filename[:80]!r} unpacks beyond its bounds", "Check the source")
            file.write(chunk)
    return size


def _check(path: Path, expected: str) -> None:
    from secloop.stages.build.advisories.feeds.folder import digest_of

    digest = digest_of(path)
    if digest != expected.lower().removeprefix("sha256:"):
        raise UsageError(f"{path} has the SHA-256 {digest}, not the expected {expected}", "Do not use it; ask why")


def export(folder: FeedFolder, target: Path) -> int:
    """Write all feeds with their manifest into a zip that `find` reads; return how many. Raises: UsageError."""
    manifest = folder.manifest
    if manifest is None:
        raise UsageError(f"There are no feeds in {folder.path}", "Run secloop feeds pull first")
    partial = target.with_name(f".{target.name}.tmp")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            archive.write(folder.path / MANIFEST, MANIFEST)
            for feed in manifest.feeds:
                stored = folder.path / feed.file
                files = sorted(stored.iterdir()) if stored.is_dir() else [stored]
                for file in files:
                    archive.write(file, file.relative_to(folder.path).as_posix())
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"{target} cannot be written ({error.strerror})", "Name another file") from error
    return len(manifest.feeds)
