"""Errors a user can do something about, and the exit codes of every command.

An error says what happened and what to do, in one line.
"""

from __future__ import annotations

import re
from enum import IntEnum

_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""What could make a terminal do something, or show another text than there is."""


class Exit(IntEnum):
    """Exit codes; precedence when several apply: 130, 2, internal 3, 1, incomplete 3, 0 (contracts.md)."""

    OK = 0
    POLICY_FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 3
    INTERRUPTED = 130


class SecloopError(Exception):
    """Something the user can fix. `what` happened, and `todo` about it."""

    exit_code: int = Exit.USAGE

    def __init__(self, what: str, todo: str = "") -> None:
        """Build the one-line message from `what` and `todo`; control characters in it are escaped."""
        self.what = what
        self.todo = todo
        message = f"{what}. {todo}." if todo else f"{what}."
        super().__init__(_UNSHOWN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), message))


class UsageError(SecloopError):
    """A wrong argument, configuration, rule page or policy (exit 2)."""


class UnreadableError(SecloopError):
    """Nothing of the file could be read: one reason, and the line (from 1) where reading ended, 0 if unknown."""

    def __init__(self, reason: str, line: int = 0) -> None:
        """Hold `reason` and `line`."""
        self.reason = reason
        self.line = line
        super().__init__(f"line {line}: {reason}" if line else reason)


class StateError(SecloopError):
    """The store cannot be read or written."""


class MissingExtraError(SecloopError):
    """An optional dependency is not installed; `todo` holds the install line."""
