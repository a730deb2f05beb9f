"""What is asked and answered, and the protocol of what carries it. Nothing here shows a secret in its repr."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from secloop.model.errors import SecloopError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class State(StrEnum):
    """What a provider says of a secret: it works, it is refused, or that could not be told."""

    VERIFIED = "verified"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, repr=False)
class Request:
    """An HTTPS request to `host`; `headers` and `body` may hold a secret, `path` never does."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, repr=False)
class Reply:
    """What came back: the status, the headers by lower-case name, and the start of the body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class TransportError(SecloopError):
    """No reply came. The text is one of a few fixed words and never what was sent or received."""


class Transport(Protocol):
    """Carries one request. It is called from several threads at once."""

    def send(self, request: Request) -> Reply:
        """Return the reply; a redirect is a reply. Raises: TransportError."""
        ...


class MemoryTransport:
    """The in-memory twin: a function answers. `sent` keeps the requests in order."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        """Answer every request by `answer`, which may raise TransportError."""
        self.sent: list[Request] = []
        self._answer = answer

    def send(self, request: Request) -> Reply:
        """Return what the function answers. Raises: TransportError."""
        self.sent.append(request)
        return self._answer(request)
