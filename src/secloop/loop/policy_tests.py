"""Runs the tests of policies, each suite in a process of its own with a deadline: a policy is foreign code."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import msgspec

from secloop.model.errors import SecloopError, UsageError
from secloop.stages.deploy.kubernetes import suites
from secloop.stages.deploy.kubernetes.suites import Case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from pathlib import Path

SECONDS = 60.0
"""What a suite may take."""

MEMORY = 2 << 30
"""Bytes of address space that a suite may add."""


def run(root: Path, seconds: float = SECONDS) -> Iterator[Case]:
    """Yield the cases of every suite below a folder. Raises: UsageError if there is none."""
    found = suites.find(root)
    if not found:
        raise UsageError(
            f"There are no policy tests below {root.resolve()}",
            "They are suite.yaml, kyverno-test.yaml and *_test.rego",
        )
    for path in found:
        yield from _bounded(path, root, seconds)


def _bounded(path: Path, root: Path, seconds: float) -> list[Case]:
    name = path.relative_to(root).as_posix()
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(path, root, sender), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            return [_lost(name, f"took longer than {seconds:g} seconds")]
        return msgspec.msgpack.decode(receiver.recv_bytes(), type=list[Case])
    except EOFError:
        return [_lost(name, "the process that ran it died")]
    finally:
        process.kill()
        process.join()
        receiver.close()


def _work(path: Path, root: Path, sender: Connection) -> None:
    """Run a suite and send its cases."""
    _limit()
    name = path.relative_to(root).as_posix()
    try:
        cases = list(suites.run(path, root))
    except SecloopError as error:
        cases = [_lost(name, str(error))]
    except MemoryError:
        cases = [_lost(name, "needs too much memory")]
    sender.send_bytes(msgspec.msgpack.encode(cases))


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def _lost(suite: str, why: str) -> Case:
    return Case(suite=suite, name="", passed=False, note=why, known=False)
