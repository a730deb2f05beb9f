"""All pages in one msgpack file: built into the wheel, cached in an editable install and for users' folders.

The pack holds parsed pages and knows no engine. It has two sections, so that a scan decodes only the first: what the
matchers are, and then what people read and tests run (prose, cases). A checksum guards each against corruption.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from secloop import __version__
from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.model.rule import Case, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

NAME = "pack.msgpack"
"""The pack's file name, beside this module in the wheel."""

FORMAT = 1
"""The version of the pack's layout; another one is rebuilt, or refused in a wheel."""

MAX_PAGES = 1000
"""The most pages one folder of a user may hold."""

MAX_BYTES = 8 << 20
"""The most bytes all pages of a user's folder may have."""

_MAX_DEPTH = 16
_PAGE_BYTES = 256 << 10
_READERS = ("pack.py", "pages.py", "cases.py", "frontmatter.py")  # a checkout's reader changes without its version


class Prose(Value, frozen=True):
    """The second section of a page."""

    find: str
    why: str
    how: str
    cases: tuple[Case, ...]


class Pack(Value, frozen=True):
    """The file: `heads` and `prose` are msgpack of `tuple[Rule, ...]` and `tuple[Prose, ...]`, in one order.

    `key` says what the pack was made from, `crc` holds the CRC-32 of both sections.
    """

    format: int
    key: str
    heads: bytes
    prose: bytes
    crc: tuple[int, int]


class PageFile(NamedTuple):
    """A page on disk: how it is named in errors, where it is, and what tells that it changed."""

    source: str
    path: str
    mtime_ns: int
    size: int


def builtin_pages(root: Path) -> list[PageFile]:
    """Return the pages below `root/stages` that lie in a folder named `rules` (at any depth of it), sorted."""
    found = [page for page in _walk(str(root / "stages"), f"{root.name}/stages") if "/rules/" in page.source]
    return sorted(found)


def user_pages(folder: Path) -> list[PageFile]:
    """Return the pages of a user's folder, sorted; none where the folder is absent.

    Raises: UsageError for a path that is no folder, a link that leaves it, over `MAX_PAGES` pages or `MAX_BYTES`.
    """
    if not os.path.lexists(folder):
        return []
    if not folder.is_dir():
        raise UsageError(f"the rule folder {folder} is no folder", "Name a folder of pages")
    found: list[PageFile] = []
    size = 0
    for page in _walk(str(folder), folder.as_posix()):
        if not Path(page.path).resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{page.source}:1: the page is a link out of its folder", "Copy the page")
        found.append(page)
        size += page.size
        if len(found) > MAX_PAGES or size > MAX_BYTES:
            limit = f"{MAX_PAGES} pages or {MAX_BYTES >> 20} MiB"
            raise UsageError(f"the rule folder {folder} holds over {limit}", "Name a smaller folder")
    return sorted(found)


def page_file(path: Path) -> PageFile:
    """Return one page named by its path. Raises: UsageError for what is no readable regular file."""
    return _page(path, path.as_posix())


def parse(pages: Sequence[PageFile]) -> tuple[Rule, ...]:
    """Return the rules of the pages, in order. Raises: UsageError for the first wrong or unreadable page."""
    from secloop.rules.pages import decode_page

    return tuple(decode_page(_read(page), page.source) for page in pages)


def pack(rules: Sequence[Rule], key: str = "") -> bytes:
    """Return the pack of `rules`, by id; the same rules and key give the same bytes, wherever their pages lie."""
    rules = sorted(rules, key=lambda rule: rule.id)
    heads = msgspec.msgpack.encode([msgspec.structs.replace(rule, find="", why="", how="", cases=()) for rule in rules])
    prose = msgspec.msgpack.encode(
        [Prose(find=rule.find, why=rule.why, how=rule.how, cases=rule.cases) for rule in rules]
    )
    crc = (zlib.crc32(heads), zlib.crc32(prose))
    return msgspec.msgpack.encode(Pack(format=FORMAT, key=key, heads=heads, prose=prose, crc=crc))


def unpack(data: bytes, *, prose: bool = False, key: str = "") -> tuple[Rule, ...]:
    """Return the rules of a pack made with `key`, with documentation and cases only if `prose`.

    Raises: UsageError when it is corrupt, of another format or another key.
    """
    try:
        found = msgspec.msgpack.decode(data, type=Pack)
        if (found.format, found.key) != (FORMAT, key) or zlib.crc32(found.heads) != found.crc[0]:
            raise UsageError("the rule pack is corrupt or of another version", "Reinstall secloop")
        rules = msgspec.msgpack.decode(found.heads, type=tuple[Rule, ...])
        if not prose:
            return rules
        if zlib.crc32(found.prose) != found.crc[1]:
            raise UsageError("the rule pack is corrupt", "Reinstall secloop")
        more = msgspec.msgpack.decode(found.prose, type=tuple[Prose, ...])
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError("the rule pack is corrupt", "Reinstall secloop") from error
    return tuple(
        msgspec.structs.replace(rule, find=text.find, why=text.why, how=text.how, cases=text.cases)
        for rule, text in zip(rules, more, strict=True)
    )


def cached(folders: Sequence[Path], pages: Sequence[PageFile], *, prose: bool = False) -> tuple[Rule, ...]:
    """Return the rules of `pages`, from the cache when no page changed, else compiled and cached.

    The cache is one file per set of `folders` under XDG_CACHE_HOME/secloop. A corrupt one is rebuilt; without a
    writable cache the pages are compiled each time.
    Raises: UsageError for a wrong page.
    """
    if not pages:
        return ()
    key = _key(pages)
    file = cache_file(folders)
    with contextlib.suppress(UsageError, OSError):
        return unpack(file.read_bytes(), prose=prose, key=key)
    rules = parse(pages)
    data = pack(rules, key)
    with contextlib.suppress(OSError):
        _replace(file, data)
    return unpack(data, prose=prose, key=key)


def cache_file(folders: Sequence[Path]) -> Path:
    """Return where the compiled pages of `folders` are cached."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    base = base if os.path.isabs(base) else str(Path.home() / ".cache")  # noqa: PTH117 - relative is ignored (XDG basedir)
    name = hashlib.blake2b("\0".join(str(folder.absolute()) for folder in folders).encode(), digest_size=8).hexdigest()
    return Path(base) / "secloop" / f"rules-{name}.msgpack"


def _walk(folder: str, shown: str, depth: int = 0) -> Iterator[PageFile]:
    """Yield the Markdown files below `folder` except README.md; folders that are links are not entered."""
    if depth > _MAX_DEPTH:
        raise UsageError(f"the rule folder {shown} lies over {_MAX_DEPTH} folders deep", "Move its pages up")
    with _entries(folder, shown) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = entry.name if entry.name.isprintable() else ascii(entry.name)[1:-1]
            source = f"{shown}/{name}"
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _walk(entry.path, source, depth + 1)
            elif entry.name.endswith(".md") and entry.name.lower() != "readme.md":
                yield _page(Path(entry.path), source)


def _entries(folder: str, shown: str) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
    try:
        return os.scandir(folder)
    except OSError as error:
        what = f"the rule folder {shown} cannot be read ({error.strerror})"
        raise UsageError(what, "Check its permissions") from error


def _page(path: Path, source: str) -> PageFile:
    try:
        info = path.stat()
    except OSError as error:
        raise UsageError(f"{source}:1: the page cannot be read ({error.strerror})", "Check the file") from error
    if not stat.S_ISREG(info.st_mode):
        raise UsageError(f"{source}:1: the page is no regular file", "Replace it by a file")
    return PageFile(source, str(path), info.st_mtime_ns, info.st_size)


def _read(page: PageFile) -> bytes:
    """Return a page's bytes, one more than is allowed at most."""
    try:
        with Path(page.path).open("rb") as file:
            return file.read(_PAGE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{page.source}:1: the page cannot be read ({error.strerror})", "Check the file") from error


def _key(pages: Sequence[PageFile]) -> str:
    """Return a digest of what the rules depend on: this reader and each page's place, time and size."""
    reader = [Path(__file__).with_name(name).stat().st_mtime_ns for name in _READERS]
    text = "\n".join(f"{page.source}\0{page.path}\0{page.mtime_ns}\0{page.size}" for page in pages)
    label = f"{__version__}\n{reader}\n{text}"
    return hashlib.blake2b(label.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _replace(file: Path, data: bytes) -> None:
    """Write `file` whole or not at all."""
    import tempfile

    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(data)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
