"""Git's raw diff format (git-diff-tree(1), "Raw output format"), merges in their combined form included."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from secloop.scan.sources import display
from secloop.stages.code.hooks.base import Blob, Change

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS = (
    *("--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative"),
    *("-l200", "--ignore-submodules=all"),
)
"""What makes git write what `parse` reads, beside a kind of `-M`.

More than 200 renames with changes are not looked for: they take n * m comparisons.
"""

_REGULAR = frozenset({b"100644", b"100755", b"100664"})
_COMMIT = re.compile(rb"[0-9a-f]{40,64}")


def parse(out: bytes) -> Iterator[Change]:
    """Yield the regular files that come in or change content, in git's order.

    Deleted files, links, submodules, changes of mode only and pure renames bring no content and are left out.
    A line with a commit id names the commit of the records behind it (`git diff-tree --stdin`).
    """
    commit = ""
    fields = iter(out.split(b"\0"))
    for head in fields:
        if head.startswith(b":"):
            change = _change(head, fields, commit)
            if change is not None:
                yield change
        elif _COMMIT.fullmatch(head):
            commit = head.decode()


def _change(head: bytes, fields: Iterator[bytes], commit: str) -> Change | None:
    """Read one record: `:mode mode oid oid status`, with one more mode and id for each further parent."""
    parents = len(head) - len(head.lstrip(b":"))
    values = head[parents:].split(b" ")
    modes, oids, status = values[: parents + 1], values[parents + 1 : -1], values[-1]
    before = path = _path(next(fields, b""))
    if parents == 1 and status[:1] in b"RC":
        path = _path(next(fields, b""))
    new = oids[-1].decode()
    olds = [oid.decode() for mode, oid in zip(modes[:-1], oids[:-1], strict=True) if mode in _REGULAR]
    if modes[-1] not in _REGULAR or new in olds or not new.strip("0"):
        return None
    old = tuple(Blob(path=before, oid=oid) for oid in dict.fromkeys(olds))
    return Change(new=Blob(path=path, oid=new), old=old, commit=commit)


def _path(raw: bytes) -> str:
    return display(os.fsdecode(raw))
