"""One question to a provider, and the meaning of its answer. Pure."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from secloop import __version__
from secloop.stages.code.verify.base import Request, State
from secloop.stages.code.verify.provider import MARK
from secloop.stages.code.verify.sigv4 import Key, sign

if TYPE_CHECKING:
    from datetime import datetime

    from secloop.stages.code.verify.base import Reply
    from secloop.stages.code.verify.provider import Answer, Provider

AGENT = f"secloop/{__version__}"
"""The User-Agent, so that a provider can tell who asked."""


def question(provider: Provider, values: tuple[str, ...], moment: datetime) -> Request:
    """Return the request that asks about `values`: the secret, and the key id of a scheme that needs one.

    `moment` is the real time in UTC, which signatures hold.
    """
    secret = values[0]
    headers = {"User-Agent": AGENT, "Accept": "application/json"}
    headers |= {name: text.replace(MARK, secret) for name, text in provider.headers.items()}
    if provider.basic:
        pair = provider.basic.replace(MARK, secret).encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    request = Request(
        method=provider.method,
        host=provider.host,
        path=provider.path,
        headers=headers,
        body=provider.body.replace(MARK, secret).encode(),
    )
    if provider.scheme:
        return sign(request, Key(id=values[1], secret=secret, region="us-east-1", service="sts"), moment)
    return request


def meaning(provider: Provider, reply: Reply) -> State:
    """Return what a reply says of the secret: the first answer that applies, else unknown."""
    return next((answer.means for answer in provider.answers if _applies(answer, reply)), State.UNKNOWN)


def _applies(answer: Answer, reply: Reply) -> bool:
    if reply.status not in answer.status:
        return False
    if answer.contains and answer.contains.encode() not in reply.body:
        return False
    return not answer.field or _at(reply.body, answer.field) in answer.values


def _at(body: bytes, path: str) -> str | bool | int | None:
    """Return the plain value at a path of names in a JSON body, None where there is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str | bool | int) else None
