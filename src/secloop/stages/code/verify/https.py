"""The transport for real hosts: HTTPS by httpx, to the providers' hosts only, within a time and a size.

HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR hold, as httpx reads them. A redirect is never followed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from secloop.model.errors import MissingExtraError, UsageError
from secloop.stages.code.verify.base import Reply, TransportError
from secloop.stages.code.verify.provider import hosts

if TYPE_CHECKING:
    from secloop.stages.code.verify.base import Request

MAX_BODY = 1 << 16
"""Bytes of an answer that are read; what tells the state stands in the first few hundred."""


def origin(host: str) -> str:
    """Return the scheme and authority that stand for a host. Only tests put another function here."""
    return f"https://{host}"


class HttpsTransport:
    """Sends requests, each by a connection of its own, and gives up after `seconds` in all."""

    def __init__(self, *, seconds: float = 10.0) -> None:
        """Get ready. Raises: MissingExtraError without httpx, UsageError for wrong certificates or proxies."""
        self._httpx = _httpx()
        self._seconds = seconds
        try:
            self._context = self._httpx.create_ssl_context()
        except OSError:
            todo = "Name a file of PEM certificates that can be read"
            raise UsageError("SSL_CERT_FILE or SSL_CERT_DIR cannot be used", todo) from None
        try:
            self._client().close()
        except (ImportError, ValueError, self._httpx.InvalidURL):
            todo = "Name an http:// or https:// proxy in HTTPS_PROXY"
            raise UsageError("The proxy of the environment cannot be used", todo) from None

    def send(self, request: Request) -> Reply:
        """Return the reply. Raises: TransportError, UsageError for a host that is no provider's."""
        if request.host not in hosts():
            raise UsageError(f"{request.host} is no provider's host", "Only the built-in providers are asked")
        reply, why = self._exchange(request)
        if reply is None:
            raise TransportError(why)
        return reply

    def _exchange(self, request: Request) -> tuple[Reply | None, str]:
        """Return the reply, or None and why there is none.

        An error's own text may quote what was sent, so it goes no further than here.
        """
        client = self._client()
        alarm = threading.Timer(self._seconds, client.close)
        alarm.daemon = True
        alarm.start()
        try:
            with client.stream(
                request.method, origin(request.host) + request.path, headers=request.headers, content=request.body
            ) as reply:
                return Reply(reply.status_code, dict(reply.headers), _body(reply)), ""
        except self._httpx.TimeoutException:
            return None, "no answer in time"
        except (self._httpx.HTTPError, self._httpx.StreamError, OSError, RuntimeError, ValueError):
            return None, "no answer"
        finally:
            alarm.cancel()
            client.close()

    def _client(self) -> Any:
        return self._httpx.Client(
            verify=self._context, timeout=self._seconds, follow_redirects=False, trust_env=True, auth=None
        )


def _body(reply: Any) -> bytes:
    """Return the start of the body, as it was sent: never unpacked beyond the bound."""
    body = b""
    for chunk in reply.iter_bytes(MAX_BODY):
        body += chunk
        if len(body) >= MAX_BODY:
            break
    return body[:MAX_BODY]


def _httpx() -> Any:
    try:
        import httpx
    except ImportError:
        raise MissingExtraError("--verify needs httpx", "pip install 'secloop[verify]'") from None
    return httpx
