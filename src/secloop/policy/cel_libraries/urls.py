"""Kubernetes' url library. Source: k8s.io/apiserver/pkg/cel/library, urls.go (Go's net/url, absolute forms only)."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qs, urlsplit

from secloop.model.regex import lazy
from secloop.policy.cel_libraries.base import URL, Function, method

_BAD = lazy(r"[\x00-\x20\x7f]|%(?![0-9A-Fa-f]{2})")


def parse(text: str) -> SplitResult:
    """Return the parts of an absolute URI or an absolute path. Raises: ValueError for anything else."""
    if _BAD.search(text):
        raise ValueError("not a URL: spaces, control characters or a broken escape")
    parts = urlsplit(text)
    if not parts.scheme and not text.startswith("/"):
        raise ValueError("not an absolute URL")
    _ = parts.port  # raises for a port that is no number
    return parts


def _is_url(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _url(text: str) -> str:
    parse(text)
    return text


def _scheme(text: str) -> str:
    return parse(text).scheme


def _host(text: str) -> str:
    return parse(text).netloc.rpartition("@")[2]


def _hostname(text: str) -> str:
    """Return the host without its port and brackets, in the case it is written in."""
    host = _host(text)
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _port(text: str) -> str:
    return _host(text).rpartition("]")[2].partition(":")[2]


def _path(text: str) -> str:
    return parse(text).path


def _query(text: str) -> dict[str, list[str]]:
    return parse_qs(parse(text).query, keep_blank_values=True)


FUNCTIONS = (
    Function(name="url", takes=("string",), gives=URL, run=_url),
    Function(name="isURL", takes=("string",), gives="bool", run=_is_url),
    method("getScheme", (URL,), "string", _scheme),
    method("getHost", (URL,), "string", _host),
    method("getHostname", (URL,), "string", _hostname),
    method("getPort", (URL,), "string", _port),
    method("getEscapedPath", (URL,), "string", _path),
    method("getQuery", (URL,), "map<string, list<string>>", _query),
)
