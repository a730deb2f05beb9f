"""Where a package comes from, as it may stand in a report: no password, no token, no trailing noise."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error

from secloop.model.regex import lazy

_SCHEME = lazy(r"([a-z][a-z0-9+.-]*+)://(?:[^/@?#]*+@)?", re.IGNORECASE)
_SCP = lazy(r"[A-Za-z0-9_.-]++@([A-Za-z0-9.-]++):(?!//)")
_LONGEST = 500
_HEX = lazy(r"[0-9a-fA-F]+")
_DIGITS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_BYTES = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}


def clean_url(url: str) -> str:
    """Return a URL or scp-like address without user information, query and trailing slash; a git `#commit` stays."""
    head, mark, fragment = url.strip()[:_LONGEST].partition("#")
    head = _SCHEME.sub(r"\1://", head.partition("?")[0], count=1)
    head = _SCP.sub(r"\1:", head, count=1) if "://" not in head else head
    keep = mark and fragment and "=" not in fragment
    return f"{head.rstrip('/')}#{fragment}" if keep else head.rstrip("/")


def repository_name(url: str) -> str:
    """Return `host/owner/name` of a repository address, as Swift and Go name packages."""
    head = clean_url(url).partition("#")[0]
    head = head.partition("://")[2] or head.replace(":", "/", 1)
    return head.removesuffix(".git").strip("/")


def hex_hash(text: str, algorithm: str = "") -> str:
    """Return `algorithm:hex` of a digest in hex or base64 (`sha256:ab..`, `sha512-Zm9v...`), empty for other text."""
    head, separator, digest = text.strip().partition("-" if "-" in text and ":" not in text else ":")
    named = head.lower() if separator else algorithm
    digest = digest if separator else head
    known = _DIGITS.get(len(digest), "")
    if known and known == (named or known) and _HEX.fullmatch(digest):
        return f"{known}:{digest.lower()}"
    try:
        raw = b64decode(digest, validate=True)
    except (Error, ValueError):
        return ""
    return f"{named}:{raw.hex()}" if _BYTES.get(named) == len(raw) else ""
