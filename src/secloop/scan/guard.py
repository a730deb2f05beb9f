"""The one place where a sensor's failure becomes a value, so that it makes a run incomplete and never ends it.

A call is bounded in time by an interval timer where there is one (POSIX, main thread). That reaches Python code only;
a hang inside a native library is the pool's to end (workers.py).
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from secloop.model.enums import FileClass
from secloop.model.errors import SecloopError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

T = TypeVar("T")

_AGAIN = 1.0
"""Seconds after which the alarm repeats, for code that swallows it with a bare `except`."""


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """A call that did not end well: `outcome` is limited or failed; `reason` is one line and holds no file content."""

    outcome: FileClass
    reason: str


class Guard:
    """Runs foreign code within bounds; a context manager that owns the process's SIGALRM meanwhile."""

    def __init__(self) -> None:
        """Find out whether time can be bounded here."""
        self.timed = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        self._before: object = None

    def __enter__(self) -> Self:
        """Install the alarm's handler."""
        if self.timed:
            self._before = signal.signal(signal.SIGALRM, _on_alarm)
        return self

    def __exit__(self, *_: object) -> None:
        """Put the former handler back."""
        if self.timed:
            signal.signal(signal.SIGALRM, self._before if callable(self._before) else signal.SIG_DFL)

    def call(self, function: Callable[[], T], seconds: float) -> T | Failure:
        """Return `function()`, or a Failure when it raises or takes longer than `seconds`."""
        try:
            try:
                if self.timed:
                    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
                return function()
            finally:
                if self.timed:
                    signal.setitimer(signal.ITIMER_REAL, 0)
        except _Deadline:
            return Failure(FileClass.LIMITED, f"took over {seconds:g} s")
        except (MemoryError, RecursionError) as error:
            memory = isinstance(error, MemoryError)
            return Failure(FileClass.LIMITED, "needed more memory than its budget" if memory else "nested too deeply")
        except SystemExit:
            return Failure(FileClass.FAILED, "tried to end the program")
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises costs one file (style.md 28)
            return Failure(FileClass.FAILED, _describe(error))


class _Deadline(BaseException):
    """The alarm. Not an Exception, so that `except Exception` in a sensor does not swallow it."""


def _on_alarm(_signum: int, _frame: FrameType | None) -> None:
    raise _Deadline


def _describe(error: Exception) -> str:
    """Return the error's type and place. Its message is left out: it may quote the file, and with it a secret.

    An import's message names a module, which is what one needs to know; our own errors are written to be shown.
    """
    if isinstance(error, SecloopError):
        return str(error)
    if isinstance(error, ImportError):
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{where}"
