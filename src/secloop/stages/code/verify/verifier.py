"""Asks the questions: each once, hosts side by side, one host's questions one after the other and not too fast.

1. equal questions become one      2. those over the bound are not asked      3. hosts are asked in parallel
4. a busy host is waited for once, then left alone for the rest of the run, as is one that fails repeatedly
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from secloop.stages.code.verify.base import State, TransportError
from secloop.stages.code.verify.exchange import meaning, question

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secloop.stages.code.verify.base import Reply, Transport
    from secloop.stages.code.verify.candidates import Candidate

_TOO_MANY = 429
_SERVER_ERROR = 500
_RANK = {State.UNKNOWN: 0, State.REVOKED: 1, State.VERIFIED: 2}


@dataclass(frozen=True)
class Bounds:
    """How much is asked. Times are in seconds.

    `requests` in a run, `hosts` at a time, `interval` between two requests to a host, `patience` for a host that asks
    to come back later, `failures` in a row after which a host is left alone.
    """

    requests: int = 100
    hosts: int = 4
    interval: float = 1.0
    patience: float = 10.0
    failures: int = 2


@dataclass(frozen=True)
class Answered:
    """What became of a question: the state, and why in a few words."""

    state: State
    why: str


class Verifier:
    """Asks questions through a transport, within bounds."""

    def __init__(
        self, transport: Transport, bounds: Bounds | None = None, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        """Ask through `transport`; `sleep` waits, and a test's waits not."""
        self._transport = transport
        self._bounds = bounds or Bounds()
        self._sleep = sleep
        self._stop = threading.Event()

    def ask(self, candidates: Sequence[Candidate]) -> dict[int, Answered]:
        """Return an answer for each finding that the candidates cover, by its place; the surest where several do."""
        distinct = list({(c.provider.name, c.values): c for c in candidates}.values())
        queues: dict[str, list[Candidate]] = {}
        for candidate in distinct[: self._bounds.requests]:
            queues.setdefault(candidate.provider.host, []).append(candidate)
        answers: dict[tuple[str, tuple[str, ...]], Answered] = {}
        with ThreadPoolExecutor(max_workers=self._bounds.hosts, thread_name_prefix="verify") as pool:
            try:
                for answered in pool.map(self._host, queues.values()):
                    answers |= answered
            finally:
                self._stop.set()  # after an interruption no host is asked any further
        over = Answered(State.UNKNOWN, f"over the bound of {self._bounds.requests} requests")
        found: dict[int, Answered] = {}
        for candidate in candidates:
            answer = answers.get((candidate.provider.name, candidate.values), over)
            for i in candidate.covers:
                if i not in found or _RANK[answer.state] > _RANK[found[i].state]:
                    found[i] = answer
        return found

    def _host(self, queue: Sequence[Candidate]) -> dict[tuple[str, tuple[str, ...]], Answered]:
        """Ask one host's questions in order."""
        answers = {}
        failures, given_up = 0, ""
        for i, candidate in enumerate(queue):
            if self._stop.is_set():
                break
            if i and not given_up:
                self._sleep(self._bounds.interval)
            answer, failed = (Answered(State.UNKNOWN, given_up), False) if given_up else self._one(candidate)
            answers[candidate.provider.name, candidate.values] = answer
            failures = failures + 1 if failed else 0
            if failures >= self._bounds.failures or answer.why == _BUSY:
                given_up = answer.why
        return answers

    def _one(self, candidate: Candidate) -> tuple[Answered, bool]:
        """Return the answer to one question, and whether the host failed to give one."""
        try:
            reply = self._send(candidate)
            wait = _retry_after(reply)
            if wait is not None and wait <= self._bounds.patience:
                self._sleep(wait)
                reply = self._send(candidate)
        except TransportError as error:
            return Answered(State.UNKNOWN, error.what), True
        if reply.status == _TOO_MANY:
            return Answered(State.UNKNOWN, _BUSY), True
        state = meaning(candidate.provider, reply)
        return Answered(state, f"{candidate.provider.host} answers {reply.status}"), reply.status >= _SERVER_ERROR

    def _send(self, candidate: Candidate) -> Reply:
        return self._transport.send(question(candidate.provider, candidate.values, datetime.now(UTC)))


_BUSY = "the host asks for fewer requests"


def _retry_after(reply: Reply) -> float | None:
    """Return after how many seconds a busy host wants to be asked again (RFC 9110, 10.2.3); a date is too long."""
    text = reply.headers.get("retry-after", "")
    if reply.status != _TOO_MANY or not (text.isascii() and text.isdigit() and len(text) < 6):  # noqa: PLR2004 - a day
        return None
    return float(text)
