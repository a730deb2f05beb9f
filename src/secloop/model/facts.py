"""Facts that stages share: versioned structs, the only way one stage reads another's work."""

from __future__ import annotations

from secloop.model.base import Value


class Component(Value, tag="component/1", tag_field="observation"):
    """A package that a manifest or lock file names.

    `purl` is canonical (purl specification) and holds the version; `scope` is runtime, dev, test, optional or build;
    `via` is one path of package names from a direct dependency to this one, empty when `direct`.
    """

    name: str
    version: str
    purl: str
    file: str
    line: int = 1
    direct: bool = True
    scope: str = "runtime"
    via: tuple[str, ...] = ()


Fact = Component
"""The union of every fact kind; its members are told apart by their tag, which holds the version."""
