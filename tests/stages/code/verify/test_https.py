"""The real transport against a real server: slow, broken, redirecting, and one whose certificate nobody signed."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from loopback import Loopback, reply
from secloop.model.errors import MissingExtraError, UsageError
from secloop.stages.code.verify import https
from secloop.stages.code.verify.base import Request, TransportError
from secloop.stages.code.verify.https import MAX_BODY, HttpsTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    Serve = Callable[[Callable[[BaseHTTPRequestHandler], None]], Loopback]

SECRET = "S3CRET-" + "v" * 20
ASK = Request("GET", "api.github.com", "/rate_limit", {"Authorization": f"Bearer {SECRET}"})


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Return a function that starts a server which stands for every host, with a trusted certificate."""
    started: list[Loopback] = []

    def start(answer: Callable[[BaseHTTPRequestHandler], None]) -> Loopback:
        server = Loopback(tmp_path / "loopback", answer)
        started.append(server)
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(https, "origin", lambda _: server.origin)
        return server

    yield start
    for server in started:
        server.close()


def _failed(request: Request = ASK, seconds: float = 5.0) -> str:
    with pytest.raises(TransportError) as caught:
        HttpsTransport(seconds=seconds).send(request)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value.what


def test_a_request_arrives_and_its_reply_comes_back(serve: Serve) -> None:
    server = serve(lambda handler: reply(handler, 401, b"no", Retry_After="7"))
    got = HttpsTransport().send(Request("POST", "slack.com", "/x", {"X-Key": SECRET}, b"body"))
    assert (got.status, got.headers["retry-after"], got.body) == (401, "7", b"no")
    ((method, path, headers),) = server.seen
    assert (method, path, headers["X-Key"], server.bodies) == ("POST", "/x", SECRET, [b"body"])


def test_a_redirect_is_a_reply_and_not_followed(serve: Serve) -> None:
    server = serve(lambda handler: reply(handler, 302, Location="https://127.0.0.1:1/stolen"))
    assert HttpsTransport().send(ASK).status == 302
    assert len(server.seen) == 1


def test_a_host_of_no_provider_is_never_contacted(serve: Serve) -> None:
    server = serve(lambda handler: reply(handler, 200))
    with pytest.raises(UsageError, match=r"evil\.example\.org is no provider's host"):
        HttpsTransport().send(Request("GET", "evil.example.org", "/"))
    assert server.seen == []


def test_a_certificate_that_nobody_signed_is_no_answer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(lambda handler: reply(handler, 200))
    monkeypatch.delenv("SSL_CERT_FILE")
    assert _failed() == "no answer"
    assert server.seen == []


def test_silence_is_no_answer(serve: Serve) -> None:
    hold = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> None:
        hold.wait(20)

    serve(wait)
    assert _failed(seconds=0.3).startswith("no answer")
    hold.set()


def test_a_server_that_drips_is_left_after_the_time_in_all(serve: Serve) -> None:
    stop = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.05):
            handler.wfile.write(b"X-Drip: 1\r\n")

    serve(drip)
    assert _failed(seconds=0.5).startswith("no answer")
    stop.set()


@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1", b"\x00\xff\x00\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"]
)
def test_a_broken_reply_is_no_answer(serve: Serve, raw: bytes) -> None:
    def broken(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(raw)
        handler.close_connection = True

    serve(broken)
    assert _failed() == "no answer"


def test_a_long_body_is_cut_and_a_packed_one_does_not_grow(serve: Serve) -> None:
    import gzip

    packed = gzip.compress(b"a" * (MAX_BODY * 100))
    serve(lambda handler: reply(handler, 200, packed, Content_Encoding="gzip"))
    assert len(HttpsTransport().send(ASK).body) == MAX_BODY


def test_a_value_that_cannot_stand_in_a_header_shows_in_no_error(serve: Serve) -> None:
    server = serve(lambda handler: reply(handler, 200))
    for value in (f"{SECRET}\r\nX: y", f"{SECRET}\u00fc\u4e2d"):
        assert _failed(Request("GET", "api.github.com", "/", {"Authorization": value})) == "no answer"
    assert server.seen == []


def test_nothing_sent_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    serve(lambda handler: reply(handler, 200))
    HttpsTransport().send(ASK)
    assert SECRET not in caplog.text


def test_a_proxy_of_the_environment_is_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(lambda handler: reply(handler, 200))
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert _failed() == "no answer"
    assert server.seen == []


@pytest.mark.parametrize("proxy", ["socks9://127.0.0.1:1", "http://user:hidden@[::1"])
def test_a_wrong_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(UsageError, match="The proxy of the environment cannot be used") as caught:
        HttpsTransport()
    assert "hidden" not in str(caught.value)


def test_wrong_certificates_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(UsageError, match="SSL_CERT_FILE"):
        HttpsTransport()


def test_without_httpx_the_install_line_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'secloop\[verify\]'"):
        HttpsTransport()
