"""AWS Signature Version 4 of one request.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from secloop.stages.code.verify.base import Request

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNSIGNED = frozenset({"user-agent", "accept"})


@dataclass(frozen=True, repr=False)
class Key:
    """An access key, and the region and service it signs for."""

    id: str
    secret: str
    region: str
    service: str


def sign(request: Request, key: Key, moment: datetime) -> Request:
    """Return the request with its date and its signature; its path has no query and nothing to escape."""
    stamp = f"{moment:%Y%m%dT%H%M%SZ}"
    signed = {name.lower(): text.strip() for name, text in request.headers.items() if name.lower() not in _UNSIGNED}
    signed = dict(sorted((signed | {"host": request.host, "x-amz-date": stamp}).items()))
    names = ";".join(signed)
    lines = [f"{name}:{text}" for name, text in signed.items()]
    canonical = "\n".join([request.method, request.path, "", *lines, "", names, _hash(request.body)])
    scope = f"{stamp[:8]}/{key.region}/{key.service}/aws4_request"
    text = "\n".join([_ALGORITHM, stamp, scope, _hash(canonical.encode())])
    secret = f"AWS4{key.secret}".encode()
    for part in scope.split("/"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    signature = hmac.digest(secret, text.encode(), "sha256").hex()
    credential = f"Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    added = {"X-Amz-Date": stamp, "Authorization": f"{_ALGORITHM} {credential}"}
    return replace(request, headers={**request.headers, **added})


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
