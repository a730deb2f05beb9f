"""Fetching one file over HTTPS, within bounds, resumable, and only when it has changed (RFC 9110: ranges, conditions).

Standard library only. Plain HTTP is for loopback addresses. HTTPS_PROXY and SSL_CERT_FILE hold, as urllib honours them.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import ssl
import urllib.error
import urllib.request
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from secloop.model.base import Value, from_json, to_json
from secloop.model.errors import SecloopError, UsageError

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from pathlib import Path

_CHUNK = 1 << 18
_OK, _PART, _SAME, _BEYOND = 200, 206, 304, 416
_NETWORK = (urllib.error.URLError, http.client.HTTPException, OSError)


class Bounds(Value):
    """`seconds` of silence that end an attempt, `size` of the file in bytes, `attempts` on a broken connection."""

    seconds: float = 30.0
    size: int = 4 << 30
    attempts: int = 3


class Fetched(Value):
    """What fetching came to: the file, None when the server says that the known one is current."""

    path: Any
    etag: str = ""
    modified: str = ""


class _Partial(Value):
    """Which state of which address a partial file is the beginning of."""

    url: str
    etag: str = ""
    modified: str = ""


class _Broken(SecloopError):  # noqa: N818 - not an error for the caller: the attempt is repeated
    """The connection ended before the file did."""


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to addresses that may be fetched from, and no others."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """Return the request for the new address. Raises: UsageError."""
        check_url(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_url(url: str) -> None:
    """Raise UsageError unless `url` is HTTPS, or HTTP to a loopback address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise UsageError(f"{url!r} is no address ({error})", "Give an https:// address") from error
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and (host == "localhost" or _is_loopback(host)):
        return
    raise UsageError(f"{url} is not fetched: it is no https:// address", "Give an https:// address")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def fetch(url: str, folder: Path, name: str, known: Fetched, bounds: Bounds = Bounds()) -> Fetched:  # noqa: B008 - frozen
    """Fetch `url` into `folder` under `name`, unless what is `known` (its ETag and date) is current.

    A file that an earlier call left unfinished is continued where the server allows it and the file is still the same.
    Raises: UsageError, after which a further call continues.
    """
    check_url(url)
    stem = hashlib.sha256(url.encode()).hexdigest()[:16]
    partial, about = folder / f"{stem}.part", folder / f"{stem}.json"
    last = ""
    for _ in range(bounds.attempts):
        try:
            got = _attempt(url, partial, about, known, bounds)
        except _Broken as broken:
            last = broken.what
            continue
        if got is not None:
            target = partial.replace(folder / name)
            about.unlink(missing_ok=True)
            return Fetched(path=target, etag=got.etag, modified=got.modified)
        return Fetched(path=None, etag=known.etag, modified=known.modified)
    raise UsageError(
        f"{url} cannot be fetched ({last})", "Run the same command again: it goes on from where it stopped"
    )


def _attempt(url: str, partial: Path, about: Path, known: Fetched, bounds: Bounds) -> _Partial | None:
    """Fetch once; return what was fetched whole, None when the known file is current. Raises: _Broken, UsageError."""
    request = urllib.request.Request(url, headers={"User-Agent": "secloop", "Accept-Encoding": "identity"})  # noqa: S310 - checked
    have = _beginning(url, partial, about)
    if have:
        request.add_header("Range", f"bytes={partial.stat().st_size}-")
        request.add_header("If-Range", have.etag or have.modified)
    else:
        if known.etag:
            request.add_header("If-None-Match", known.etag)
        if known.modified:
            request.add_header("If-Modified-Since", known.modified)
    try:
        with _opener().open(request, timeout=bounds.seconds) as response:
            return _take(response, url, partial, about, bounds)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == _SAME:
            return None
        if error.code == _BEYOND and have:
            partial.unlink(missing_ok=True)
            raise _Broken("the beginning at hand is not of this file") from error
        raise UsageError(f"{url} answers {error.code} {error.reason}", "Check the address") from error
    except _NETWORK as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise UsageError(f"{url} shows a certificate that is not trusted", "Set SSL_CERT_FILE") from error
        raise _Broken(str(reason) or type(reason).__name__) from error


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener of HTTP and HTTPS alone, no file: or ftp:."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _HttpsOnly(),
    ):
        opener.add_handler(handler)
    return opener


def _beginning(url: str, partial: Path, about: Path) -> _Partial | None:
    """Return what the partial file is the beginning of, None where nothing can be continued."""
    try:
        have = from_json(about.read_bytes(), _Partial)
    except (OSError, msgspec.MsgspecError):
        return None
    usable = have.url == url and (have.etag or have.modified) and not have.etag.startswith("W/")
    return have if usable and partial.is_file() and partial.stat().st_size else None


def _take(response: Any, url: str, partial: Path, about: Path, bounds: Bounds) -> _Partial:
    """Write a response's body; return what it is of. Raises: _Broken when it ends early, UsageError beyond bounds."""
    headers = response.headers
    now = _Partial(url=url, etag=headers.get("ETag", ""), modified=headers.get("Last-Modified", ""))
    at = partial.stat().st_size if response.status == _PART else 0
    if response.status == _PART and not headers.get("Content-Range", "").startswith(f"bytes {at}-"):
        partial.unlink(missing_ok=True)
        raise _Broken("the server continues elsewhere")
    about.write_bytes(to_json(now))
    length = headers.get("Content-Length", "")
    wanted = at + int(length) if length.isascii() and length.isdigit() else None
    if (wanted or 0) > bounds.size:
        raise _too_large(url, bounds)
    with partial.open("ab" if at else "wb") as file:
        while chunk := response.read(_CHUNK):
            at += len(chunk)
            if at > bounds.size:
                raise _too_large(url, bounds)
            file.write(chunk)
    if wanted is not None and at < wanted:
        raise _Broken(f"ended after {at} of {wanted} bytes")
    return now


def _too_large(url: str, bounds: Bounds) -> UsageError:
    return UsageError(f"{url} is larger than {bounds.size} bytes", "Check the address")
