"""What every part of the hooks knows: the kinds of hook, and what one of them finds in its repository."""

from __future__ import annotations

from enum import StrEnum

from secloop.model.base import Value


class Hook(StrEnum):
    """The hooks we know, by git's name for them (githooks(5))."""

    PRE_COMMIT = "pre-commit"
    COMMIT_MSG = "commit-msg"
    PRE_PUSH = "pre-push"
    PRE_RECEIVE = "pre-receive"

    @property
    def on_server(self) -> bool:
        """Whether git runs it where a push arrives, in a bare repository."""
        return self is Hook.PRE_RECEIVE

    @property
    def reads_stdin(self) -> bool:
        """Whether git gives it lines on stdin, one a ref."""
        return self in {Hook.PRE_PUSH, Hook.PRE_RECEIVE}


class Blob(Value):
    r"""A version of a file: its path as findings show it (`\xNN` for bytes that are not UTF-8) and its object id."""

    path: str
    oid: str

    @property
    def key(self) -> str:
        """A path that is unique to this version: two versions of a file are two files to a scan."""
        return f"{self.oid}/{self.path}"

    @classmethod
    def of_key(cls, key: str) -> Blob:
        """Return the version that a key names."""
        oid, _, path = key.partition("/")
        return cls(path=path, oid=oid)


class Change(Value):
    """A version that comes in, and the versions it takes the place of: none of a new file, several in a merge.

    `commit` is the first commit of a push that brings it; empty for what is staged.
    """

    new: Blob
    old: tuple[Blob, ...] = ()
    commit: str = ""
