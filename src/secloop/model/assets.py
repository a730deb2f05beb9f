"""What is protected, and how protected things hang together."""

from __future__ import annotations

from enum import StrEnum

from msgspec import field

from secloop.model.base import Value


class AssetType(StrEnum):
    """The kinds of things that are protected."""

    REPOSITORY = "repository"
    FILE = "file"
    PACKAGE = "package"
    IMAGE = "image"
    RESOURCE = "resource"
    PRINCIPAL = "principal"
    ENDPOINT = "endpoint"
    WORKLOAD = "workload"
    MODEL_ELEMENT = "model-element"


class Strength(StrEnum):
    """How sure a link is."""

    PROVEN = "proven"
    INFERRED = "inferred"


class Asset(Value, tag="asset", tag_field="observation"):
    """Anything protected. Its one name is `urn`."""

    type: AssetType
    name: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        """The asset's URN (RFC 8141): `urn:secloop:<type>:<percent-encoded name>`."""
        return urn(self.type, self.name)


class Link(Value, tag="link", tag_field="observation"):
    """A typed edge between two URNs, with what it rests on."""

    source: str
    target: str
    relation: str
    strength: Strength = Strength.INFERRED
    evidence: str = ""


def urn(type_: AssetType, name: str) -> str:
    """Return `urn:secloop:<type>:<name>` with `name` percent-encoded (RFC 8141; `/`, `@` and `:` stay readable)."""
    from urllib.parse import quote

    return f"urn:secloop:{type_.value}:{quote(name, safe='/@:+=,;~-._')}"
