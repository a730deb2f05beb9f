"""A real HTTP server on loopback that serves files with ETags, conditions and ranges, and can hang up in the middle."""

from __future__ import annotations

import hashlib
import http.server
import threading
from typing import Any


class FeedServer:
    """Serves `files` by path. `seen` holds (path, headers) of each request.

    `cut` maps a path to the numbers of bytes after which the next answers end too early; `status` overrides answers.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: dict[str, list[int]] = {}
        self.status: dict[str, tuple[int, dict[str, str]]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.headers: dict[str, str] = {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.seen.append((self.path, dict(self.headers)))
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # clients that hang up are the point
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Answer as a static file server does."""
        path = handler.path
        if path in self.status:
            status, headers = self.status[path]
            self._reply(handler, status, b"", headers)
            return
        if path not in self.files:
            self._reply(handler, 404, b"", {})
            return
        data = self.files[path]
        etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        headers = {"ETag": etag, **self.headers}
        if handler.headers.get("If-None-Match") == etag:
            self._reply(handler, 304, b"", headers)
            return
        start = 0
        asked = handler.headers.get("Range", "")
        if asked and handler.headers.get("If-Range") == etag:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        cuts = self.cut.get(path, [])
        self._reply(handler, 206 if start else 200, data[start:], headers, cuts.pop(0) if cuts else None)

    @staticmethod
    def _reply(handler: Any, status: int, body: bytes, headers: dict[str, str], cut: int | None = None) -> None:
        handler.send_response(status)
        for name, text in headers.items():
            handler.send_header(name, text)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:cut])
        if cut is not None:
            handler.wfile.flush()
            handler.close_connection = True
            handler.connection.close()
