"""What git gives to a hook: lines on stdin, one a ref, or a file with the message of a commit (githooks(5))."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from secloop.model.base import Value
from secloop.model.errors import UsageError
from secloop.stages.code.hooks.base import Hook

if TYPE_CHECKING:
    from collections.abc import Mapping

_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FIELDS = {Hook.PRE_PUSH: 4, Hook.PRE_RECEIVE: 3}


_SCISSORS = re.compile(rb"^.{1,8}-{24} >8 -{24}\r?$", re.MULTILINE)
"""What git puts above a diff that it shows in the editor: all from there on is cut (git-commit(1), "--cleanup")."""


class Update(Value):
    """A ref that is to move from object `old` to `new`; either is empty where the ref is not there."""

    ref: str
    old: str
    new: str


def parse(hook: Hook, text: str) -> tuple[Update, ...]:
    """Return the updates of a hook's input.

    pre-push: `local-ref local-oid remote-ref remote-oid`; pre-receive: `old-oid new-oid ref`.
    Raises: UsageError for a line of another form: what cannot be read cannot be passed.
    """
    return tuple(_update(hook, line) for line in text.split("\n") if line.strip())


def from_pre_commit(environ: Mapping[str, str]) -> tuple[Update, ...] | None:
    """Return the update that the pre-commit framework describes in its environment, None where it does not run us.

    It has read git's lines itself. Where everything is pushed it names no refs: then HEAD is what is pushed.
    Source: pre-commit 4, `pre_commit/commands/run.py`.
    """
    if environ.get("PRE_COMMIT") != "1":
        return None
    new = environ.get("PRE_COMMIT_TO_REF") or "HEAD"
    old = environ.get("PRE_COMMIT_FROM_REF", "")
    return (Update(ref=environ.get("PRE_COMMIT_REMOTE_BRANCH", ""), old=old, new=new),)


def written(message: bytes) -> bytes:
    """Return the part of a message's file that is the message: without the diff below the scissors.

    Lines that start with `#` stay: whether git strips them depends on how the commit is made.
    """
    cut = _SCISSORS.search(message)
    return message[: cut.start()] if cut else message


def _update(hook: Hook, line: str) -> Update:
    fields = line.split(" ", _FIELDS[hook] - 1)
    if len(fields) == _FIELDS[hook]:
        if hook is Hook.PRE_PUSH:
            # Git forbids spaces in refs, but the local side may be an expression such as `HEAD@{1 day ago}`.
            local, ref, old = line.rsplit(" ", 2)
            new = local.rpartition(" ")[2]
        else:
            old, new, ref = fields
        if _OID.fullmatch(old) and _OID.fullmatch(new):
            return Update(ref=ref, old=_absent(old), new=_absent(new))
    raise UsageError(f"The {hook} hook got a line that git does not write: {line[:100]!r}", "Let git run the hook")


def _absent(oid: str) -> str:
    """Git writes an object that is not there as zeros."""
    return oid if oid.strip("0") else ""
