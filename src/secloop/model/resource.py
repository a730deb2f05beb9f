"""A resource of infrastructure in its normal form: the same whether it is planned, admitted or live.

Type and attribute names are Terraform's. Blocks are lists even where one is allowed; policy documents are parsed, and
their `Statement`, `Action` and `Resource` are lists. What is not known is not among the attributes but named.
"""

from __future__ import annotations

from typing import Any

from msgspec import field

from secloop.model.base import Value


class Lines(Value, array_like=True):
    """The first and the last line (from 1) of a piece of text."""

    first: int
    last: int


class Resource(Value):
    """One resource. `attrs` holds plain values only.

    `address` is unique within its unit: module path, type, name and instance key. `unknown` holds the paths of what is
    not known (`ingress[0].cidr_blocks`; `aliases[]` for an unknown element of a list). `links` holds the addresses of
    the resources that belong to it or that it uses, by type, sorted. `lines` says where attributes stand, by path.
    `facts` holds what follows from the attributes: `iam_risks` of a policy, whether something `used` the resource.
    `origin` is plan, admission or live.
    """

    type: str
    address: str
    attrs: dict[str, Any]
    file: str = ""
    line: int = 1
    end_line: int = 1
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    lines: dict[str, Lines] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    origin: str = "plan"

    def at(self, path: str) -> Lines:
        """Return where an attribute stands: the longest part of its path that does, else the resource's head."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return Lines(first=self.line, last=self.line)
