"""An inventory of software (an SBOM without its file format), and what a vendor says of vulnerabilities in it (VEX)."""

from __future__ import annotations

from typing import Literal

from secloop.model.base import Value

Status = Literal["not_affected", "affected", "fixed", "under_investigation"]
"""The four statuses of VEX ("Minimum Requirements for VEX", CISA, 2023)."""


class Located(Value):
    """Where an item was seen: a file relative to the root and a line from 1."""

    file: str
    line: int = 1


class Item(Value):
    """One thing of an inventory, whatever number of files name it.

    `ref` is unique in the inventory (a purl where there is one); `name` is the whole name (`@scope/name`,
    `group:artifact`); `kind` is CycloneDX's component type; `scope` is runtime, dev, test, optional or build, empty
    where unknown; `direct` is None where unknown. `licenses` are as written; `hashes` are `algorithm:hex`; `needs`
    holds refs, None where the source does not say what it needs. `supplier` is a name, an address, or `Name (address)`.
    `file_facts` are (name, value) of what the document says of the component as a file: `filename`, `executable`,
    `archive`, `structured` (the properties of BSI TR-03183-2).
    """

    ref: str
    name: str
    version: str = ""
    purl: str = ""
    kind: str = "library"
    scope: str = ""
    direct: bool | None = None
    licenses: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    supplier: str = ""
    description: str = ""
    origin: str = ""
    cpe: str = ""
    located: tuple[Located, ...] = ()
    file_facts: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] | None = None


class Statement(Value):
    """One VEX statement on one vulnerability.

    `products` are refs or purls; `justification` is OpenVEX's word for `not_affected`; `impact` and `action` are free
    text; `time` is RFC 3339, empty where unknown.
    """

    vulnerability: str
    status: Status
    products: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    justification: str = ""
    impact: str = ""
    action: str = ""
    time: str = ""


class Inventory(Value):
    """The items of one subject. `subject` describes what the inventory is of; its `needs` are the direct items.

    `created` is RFC 3339; `tools` are names, `authors` are `Name (address)`; `serial` is a URI of the document;
    `context` says when in the software's life it was made, in CycloneDX's words for phases (`pre-build`, `build`,
    `post-build` ...); `format` and `version` name the document it was read from; `problems` is what could not be read
    of it, one line each.
    """

    subject: Item
    items: tuple[Item, ...] = ()
    statements: tuple[Statement, ...] = ()
    created: str = ""
    tools: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    serial: str = ""
    context: str = ""
    format: str = ""
    version: str = ""
    problems: tuple[str, ...] = ()
