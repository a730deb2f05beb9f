"""Fetching over a real connection: whole, continued, unchanged, bounded, and never from where it must not."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest

from feed_server import FeedServer
from loopback import Loopback, reply
from secloop.model.errors import UsageError
from secloop.stages.build.advisories.feeds.remote import Bounds, Fetched, check_url, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTHING = Fetched(path=None)
DATA = os.urandom(300_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """Start a server with one file."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = FeedServer()
    server.files["/f.bin"] = DATA
    yield server
    server.close()


def test_a_file_is_fetched_whole_with_what_the_server_says_of_it(server: FeedServer, tmp_path: Path) -> None:
    server.headers["Last-Modified"] = "Mon, 02 Nov 2026 00:00:00 GMT"
    got = fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING)
    assert got.path == tmp_path / "f.bin"
    assert got.path.read_bytes() == DATA
    assert got.etag
    assert got.modified == "Mon, 02 Nov 2026 00:00:00 GMT"
    assert [path.name for path in tmp_path.iterdir()] == ["f.bin"]


def test_what_is_current_is_not_fetched_again(server: FeedServer, tmp_path: Path) -> None:
    first = fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING)
    again = fetch(f"{server.origin}/f.bin", tmp_path, "g.bin", first)
    assert again.path is None
    assert not (tmp_path / "g.bin").exists()
    server.files["/f.bin"] = b"new"
    assert fetch(f"{server.origin}/f.bin", tmp_path, "g.bin", first).path.read_bytes() == b"new"


def test_a_broken_connection_is_continued_where_it_ended(server: FeedServer, tmp_path: Path) -> None:
    server.cut["/f.bin"] = [100_000]
    got = fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING)
    assert got.path.read_bytes() == DATA
    assert [headers.get("Range") for _, headers in server.seen] == [None, "bytes=100000-"]


def test_a_later_call_continues_too(server: FeedServer, tmp_path: Path) -> None:
    server.cut["/f.bin"] = [100_000]
    with pytest.raises(UsageError, match=r"ended after 100000 of 300000 bytes\). Run the same command again"):
        fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING, Bounds(attempts=1))
    assert fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING).path.read_bytes() == DATA
    assert server.seen[-1][1]["Range"] == "bytes=100000-"


def test_a_file_that_changed_meanwhile_is_fetched_anew(server: FeedServer, tmp_path: Path) -> None:
    server.cut["/f.bin"] = [100_000]
    with pytest.raises(UsageError):
        fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING, Bounds(attempts=1))
    server.files["/f.bin"] = DATA[::-1]
    assert fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING).path.read_bytes() == DATA[::-1]


def test_a_partial_file_without_its_note_is_started_over(server: FeedServer, tmp_path: Path) -> None:
    server.cut["/f.bin"] = [100_000]
    with pytest.raises(UsageError):
        fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING, Bounds(attempts=1))
    for note in tmp_path.glob("*.json"):
        note.write_text("{")
    assert fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING).path.read_bytes() == DATA
    assert "Range" not in server.seen[-1][1]


@pytest.mark.parametrize("size", [1000, 299_999])
def test_a_file_beyond_its_bound_is_refused(server: FeedServer, tmp_path: Path, size: int) -> None:
    with pytest.raises(UsageError, match=f"larger than {size} bytes"):
        fetch(f"{server.origin}/f.bin", tmp_path, "f.bin", NOTHING, Bounds(size=size))
    assert not (tmp_path / "f.bin").exists()


def test_an_answer_that_is_none_is_one_line(server: FeedServer, tmp_path: Path) -> None:
    server.status["/gone"] = (503, {})
    with pytest.raises(UsageError, match="answers 503"):
        fetch(f"{server.origin}/gone", tmp_path, "x", NOTHING)


def test_no_server_is_one_line(server: FeedServer, tmp_path: Path) -> None:
    origin = server.origin
    server.close()
    with pytest.raises(UsageError, match="cannot be fetched"):
        fetch(f"{origin}/f.bin", tmp_path, "x", NOTHING, Bounds(attempts=1))
    server.__init__()  # type: ignore[misc] # the fixture closes it


def test_a_redirect_is_followed_but_not_away_from_https(server: FeedServer, tmp_path: Path) -> None:
    server.status["/here"] = (302, {"Location": f"{server.origin}/f.bin"})
    assert fetch(f"{server.origin}/here", tmp_path, "f.bin", NOTHING).path.read_bytes() == DATA
    server.status["/out"] = (302, {"Location": "http://example.invalid/f.bin"})
    with pytest.raises(UsageError, match=r"http://example.invalid/f.bin is not fetched"):
        fetch(f"{server.origin}/out", tmp_path, "f.bin", NOTHING)


def test_redirects_without_end_are_one_line(server: FeedServer, tmp_path: Path) -> None:
    server.status["/loop"] = (302, {"Location": f"{server.origin}/loop"})
    with pytest.raises(UsageError, match="answers 302"):
        fetch(f"{server.origin}/loop", tmp_path, "f.bin", NOTHING)
    assert len(server.seen) < 20


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "https://",
        "x",
        "http://[",
        "http://10.0.0.1/",
    ],
)
def test_other_addresses_are_not_fetched_from(url: str) -> None:
    with pytest.raises(UsageError, match="Give an https:// address"):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["https://example.org/x", "http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x"]
)
def test_https_and_loopback_are(url: str) -> None:
    check_url(url)


def test_a_certificate_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    counted = itertools.count()
    loopback = Loopback(tmp_path / "tls", lambda handler: reply(handler, 200, str(next(counted)).encode()))
    try:
        with pytest.raises(UsageError, match="certificate that is not trusted"):
            fetch(f"{loopback.origin}/x", tmp_path, "x", NOTHING)
        monkeypatch.setenv("SSL_CERT_FILE", str(loopback.certificate))
        assert fetch(f"{loopback.origin}/x", tmp_path, "x", NOTHING).path.read_bytes() == b"0"
    finally:
        loopback.close()
