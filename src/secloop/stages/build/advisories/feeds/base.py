"""What a feeds folder holds, as values: its manifest, which is the one file that says what counts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from secloop.model.base import Value, from_json, to_json
from secloop.model.errors import UsageError
from secloop.model.run import Feed

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA: Final = "secloop.feeds/1"
MANIFEST = "manifest.json"
_MAX_MANIFEST = 16 << 20


class StoredFeed(Value):
    """One source in the folder.

    `name` is unique (`osv:PyPI`, `epss`); `kind` is one of `sources.KINDS`; `source` is the address or path it came
    from; `file` is relative to the folder; `sha256` is over its bytes (of a folder: over names and bytes). `date` is
    the day it stands for: for the publisher's own address the day it was last found current, else that of its newest
    content. `fetched` and `checked` are RFC 3339 UTC; `etag` and `modified` are what the server said; `count` is the
    number of entries, `note` what could not be read.
    """

    name: str
    kind: str
    source: str
    file: str
    sha256: str
    size: int
    date: str
    fetched: str
    checked: str
    etag: str = ""
    modified: str = ""
    count: int = 0
    note: str = ""


class Manifest(Value):
    """What the folder holds, and the file of the index over it. It is replaced whole, so a reader sees one state."""

    index: str
    feeds: tuple[StoredFeed, ...] = ()
    made: str = ""
    schema: Literal["secloop.feeds/1"] = SCHEMA


def default_folder() -> Path:
    """Return the feeds folder: `$SECLOOP_FEEDS`, else `$XDG_DATA_HOME/secloop/feeds`, else below `~/.local/share`."""
    if own := os.environ.get("SECLOOP_FEEDS", ""):
        return Path(own)
    base = os.environ.get("XDG_DATA_HOME", "")
    base = base if os.path.isabs(base) else str(Path.home() / ".local" / "share")  # noqa: PTH117 - a string is asked
    return Path(base) / "secloop" / "feeds"


def is_feeds_folder(path: Path) -> bool:
    """Return whether `path` is a feeds folder."""
    return (path / MANIFEST).is_file() and b'"secloop.feeds/' in _start(path / MANIFEST)


def _start(path: Path) -> bytes:
    """Return the manifest's bytes, as far as a manifest can be long."""
    with path.open("rb") as file:
        return file.read(_MAX_MANIFEST)


def read_manifest(folder: Path) -> Manifest | None:
    """Return the folder's manifest, None where there is none. Raises: UsageError when it is damaged."""
    path = folder / MANIFEST
    try:
        manifest = from_json(_start(path), Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"The feeds in {folder} are damaged ({error})", "Remove the folder and pull again") from error
    for name in (manifest.index, *(feed.file for feed in manifest.feeds)):
        if not is_inside(name):
            raise UsageError(f"The feeds in {folder} name a file outside ({name!r})", "Remove the folder")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step; on return it is on disk. Raises: OSError."""
    partial = folder / f".{MANIFEST}.{os.getpid()}.tmp"
    with partial.open("wb") as file:
        file.write(to_json(manifest))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / MANIFEST)


def is_inside(name: str) -> bool:
    """Return whether a relative path stays in its folder, on any system."""
    parts = name.replace("\\", "/").split("/")
    return bool(name) and not any(part in {"", "..", "."} or ":" in part or "\0" in part for part in parts)


def shown(feeds: Iterable[StoredFeed]) -> tuple[Feed, ...]:
    """Return the feeds as a report lists them: one for each kind, with the oldest of their dates.

    The compact snapshot counts as OSV. A digest of one file is that file's; of several, it is over their digests.
    """
    import hashlib

    kinds: dict[str, list[StoredFeed]] = {}
    for feed in feeds:
        kinds.setdefault("osv" if feed.kind == "snapshot" else feed.kind, []).append(feed)
    out = []
    for kind, some in sorted(kinds.items()):
        digests = sorted(feed.sha256 for feed in some)
        whole = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
        dates = [feed.date for feed in some]
        notes = [f"{feed.name}: {feed.note}" for feed in some if feed.note]
        date = min(dates) if all(dates) else ""
        out.append(Feed(name=kind, date=date, digest=f"sha256:{whole}", note="; ".join(notes[:3])))
    return tuple(out)
