"""Errors a user can do something about, and the exit codes of every command.

An error says what happened and what to do, in one line.
"""

from __future__ import annotations

from enum import IntEnum


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
        """Build the one-line message from `what` and `todo`."""
        self.what = what
        self.todo = todo
        super().__init__(f"{what}. {todo}." if todo else f"{what}.")


class UsageError(SecloopError):
    """A wrong argument, configuration, rule page or policy (exit 2)."""


class StateError(SecloopError):
    """The store cannot be read or written."""


class MissingExtraError(SecloopError):
    """An optional dependency is not installed; `todo` holds the install line."""
