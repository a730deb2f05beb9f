"""A hooks folder on disk: what stands in it, and doing what a plan says."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.errors import SecloopError
from secloop.stages.code.hooks import stub
from secloop.stages.code.hooks.plan import Found, Move, Remove, Write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.stages.code.hooks.base import Hook
    from secloop.stages.code.hooks.plan import Plan

_MAX_SCRIPT = 1 << 20


def launcher() -> stub.Launcher:
    """Return the secloop that is running."""
    import secloop

    return stub.Launcher(python=sys.executable, package=str(Path(secloop.__file__).with_name("__main__.py")))


def look(folder: Path, hook: Hook) -> Found:
    """Return what stands in `folder` under a hook's name. Raises: SecloopError where it cannot be read."""
    path = folder / hook.value
    kept = os.path.lexists(folder / (hook.value + stub.BEFORE))
    found = Found(hook=hook, folder=str(folder), kept=kept)
    if not os.path.lexists(path):
        return found
    try:
        with path.open("rb") as file:
            script = file.read(_MAX_SCRIPT).decode("utf-8", "replace")
    except FileNotFoundError:
        script = ""  # a link to nowhere: a hook all the same, to be kept
    except OSError as error:
        raise SecloopError(f"{path} cannot be read: {error.strerror}", "Move it away or make it readable") from error
    return Found(hook=hook, folder=str(folder), script=script, executable=os.access(path, os.X_OK), kept=kept)


def apply(folder: Path, plans: Sequence[Plan]) -> None:
    """Do what the plans say, each file in one step. Raises: SecloopError where the folder cannot be written."""
    steps = [step for plan in plans for step in plan.steps]
    try:
        if steps:
            folder.mkdir(parents=True, exist_ok=True)
        for step in steps:
            _do(folder, step)
    except OSError as error:
        raise SecloopError(f"{folder} cannot be changed: {error.strerror}", "Make it writable") from error


def _do(folder: Path, step: Write | Move | Remove) -> None:
    match step:
        case Move(name=name, to=to):
            (folder / name).rename(folder / to)
        case Remove(name=name):
            (folder / name).unlink()
        case Write(name=name, text=text):
            temporary = folder / f".{name}.{os.getpid()}"
            temporary.write_text(text, encoding="utf-8", newline="\n", errors="surrogateescape")
            temporary.chmod(0o755)
            temporary.replace(folder / name)
