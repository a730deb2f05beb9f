"""The list of crates that cargo-auditable puts into a program: zlib-compressed JSON in the section `.dep-v0`.

https://github.com/rust-secure-code/cargo-auditable/blob/master/cargo-auditable.schema.json
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from secloop.model.shapes import items, string, table
from secloop.stages.build.packages.base import BUILD, MAX_PACKAGES, Package, UnreadableError
from secloop.stages.build.packages.json import parse_json

if TYPE_CHECKING:
    from secloop.stages.build.packages.binaries.objects import Object

_SECTION = ".dep-v0"
_MAX_JSON = 8 << 20
_REGISTRY = "crates.io"


def find(data: bytes, found: Object) -> bytes:
    """Return the compressed list of a program, empty when it has none."""
    for one in found.sections:
        if one.name == _SECTION:
            return data[found.start + one.offset : found.start + one.offset + one.size]
    return b""


def packages(compressed: bytes) -> list[Package]:
    """Return the crates, the program's own among them. Raises: UnreadableError when the list is damaged."""
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(compressed, _MAX_JSON)
    except zlib.error as error:
        raise UnreadableError(f"the list of crates is damaged: {error}") from error
    if inflate.unconsumed_tail:
        raise UnreadableError(f"the list of crates is larger than {_MAX_JSON >> 20} MB")
    rows = items(parse_json(raw.decode("utf-8", "replace")).get("packages"))[:MAX_PACKAGES]
    return [one for number, row in enumerate(rows) if (one := _package(number, table(row)))]


def _package(number: int, row: dict[str, Any]) -> Package | None:
    name, source = string(row.get("name")), string(row.get("source"))
    if not name:
        return None
    return Package(
        key=str(number),
        name=name,
        version=string(row.get("version")),
        needs=tuple(str(need) for need in items(row.get("dependencies")) if isinstance(need, int)),
        direct=True if row.get("root") is True else None,
        scope=BUILD if row.get("kind") == "build" else "",
        ecosystem=_REGISTRY,
        origin="" if source in {"", _REGISTRY} else source,
    )
