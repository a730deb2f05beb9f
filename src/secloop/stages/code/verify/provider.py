"""A provider: which secrets it can be asked about, how, and what its answers mean. One file per provider.

The files are TOML in `providers/`; being there registers one. Their hosts are the only ones ever contacted. A secret
goes into a header or the body and never into the address, which proxies and servers log.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import field

from secloop.model.base import Value
from secloop.stages.code.verify.base import State

MARK = "{secret}"
"""Where the secret goes in `headers`, `basic` and `body`."""

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


class Answer(Value, frozen=True, forbid_unknown_fields=True):
    """What a reply with one of these statuses means.

    Where they are given, the body must contain `contains`, and hold as JSON one of `values` at `field`, a path of names
    joined by dots.
    """

    means: State
    status: tuple[int, ...]
    field: str = ""
    values: tuple[str | bool | int, ...] = ()
    contains: str = ""


class Provider(Value, frozen=True, forbid_unknown_fields=True):
    """How a provider is asked. `source` is the documentation of its interface.

    `rules` are the ids whose values have the shape `shape` (a regex for the whole value): nothing else is sent.
    `basic` is the user and password of HTTP Basic. With the scheme `aws-sigv4`, `partner_rules` find the key id that
    belongs to the secret.
    """

    name: str
    source: str
    rules: tuple[str, ...]
    shape: str
    host: str
    path: str
    answers: tuple[Answer, ...]
    method: Literal["GET", "POST"] = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    basic: str = ""
    body: str = ""
    scheme: Literal["", "aws-sigv4"] = ""
    partner_rules: tuple[str, ...] = ()
    partner_shape: str = ""

    def fits(self, value: str) -> bool:
        """Return whether a value has the provider's shape."""
        return re.fullmatch(self.shape, value, re.ASCII) is not None

    def fits_partner(self, value: str) -> bool:
        """Return whether a value has the shape of the provider's key ids."""
        return re.fullmatch(self.partner_shape, value, re.ASCII) is not None


@cache
def providers() -> tuple[Provider, ...]:
    """Return the built-in providers by name. Raises: ValueError for a wrong file, which only a developer can see."""
    folder = files("secloop.stages.code.verify").joinpath("providers")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(read_provider(folder.joinpath(name).read_text("utf-8"), name.removesuffix(".toml")) for name in names)


def read_provider(text: str, name: str) -> Provider:
    """Return the provider that a file describes. Raises: ValueError."""
    provider = msgspec.convert({**tomllib.loads(text), "name": name}, Provider)
    if not _HOST.fullmatch(provider.host) or not provider.path.startswith("/"):
        raise ValueError(f"{name}: the host is a name and the path starts with /")
    if MARK in provider.path or MARK in provider.host:
        raise ValueError(f"{name}: the address must not hold the secret")
    if any(300 <= status < 400 for answer in provider.answers for status in answer.status):  # noqa: PLR2004 - RFC 9110
        raise ValueError(f"{name}: a redirect says nothing of a secret")
    return provider


def hosts() -> frozenset[str]:
    """Return every host that may be contacted."""
    return frozenset(provider.host for provider in providers())
