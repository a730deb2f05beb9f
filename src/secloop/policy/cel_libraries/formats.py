"""Kubernetes' format library: named formats that texts are checked against. Source: apiserver's format.go."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from secloop.model.regex import lazy
from secloop.policy.cel_libraries import urls
from secloop.policy.cel_libraries.base import FORMAT, Function, method

if TYPE_CHECKING:
    from collections.abc import Callable

_LABEL = lazy(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = lazy(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = lazy(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME = lazy(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_LONGEST_LABEL = 63
_LONGEST_NAME = 253


def _label(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text) is not None


def _label_1035(text: str) -> bool:
    return len(text) <= _LONGEST_LABEL and _LABEL_1035.fullmatch(text) is not None


def _subdomain(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and _SUBDOMAIN.fullmatch(text) is not None


def _qualified(text: str) -> bool:
    prefix, slash, name = text.rpartition("/")
    return (not slash or _subdomain(prefix)) and len(name) <= _LONGEST_LABEL and _NAME.fullmatch(name) is not None


def _label_value(text: str) -> bool:
    return not text or (len(text) <= _LONGEST_LABEL and _NAME.fullmatch(text) is not None)


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    """Return whether `read` takes a text without ValueError."""

    def check(text: str) -> bool:
        try:
            read(text)
        except (ValueError, binascii.Error):
            return False
        return True

    return check


_FORMATS: dict[str, Callable[[str], bool]] = {
    "dns1123Label": _label,
    "dns1123Subdomain": _subdomain,
    "dns1035Label": _label_1035,
    "qualifiedName": _qualified,
    "dns1123LabelPrefix": lambda text: _label(text.removesuffix("-")),
    "dns1123SubdomainPrefix": lambda text: _subdomain(text.removesuffix("-")),
    "dns1035LabelPrefix": lambda text: _label_1035(text.removesuffix("-")),
    "labelValue": _label_value,
    "uri": _reads(urls.parse),
    "uuid": _reads(UUID),
    "byte": _reads(lambda text: base64.b64decode(text, validate=True)),
    "date": _reads(date.fromisoformat),
    "datetime": _reads(datetime.fromisoformat),
}


def _validate(name: str, text: str) -> list[list[str]]:
    """Return the errors in a list, empty where the text has the format (`validate` gives an optional)."""
    return [] if _FORMATS[name](text) else [[f"does not have the format {name}"]]


def _get(name: str) -> Callable[[], str]:
    return lambda: name


FUNCTIONS = (
    *(Function(name=f"format.{name}", takes=(), gives=FORMAT, run=_get(name)) for name in _FORMATS),
    method("secloop_validate", (FORMAT, "string"), "list", _validate),
)
