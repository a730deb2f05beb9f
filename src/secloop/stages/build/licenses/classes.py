"""What a licence asks for, in classes; an expression has the class of its best choice and of its worst part.

The classes follow the common distinction of what a licence asks of whoever passes software on (or runs it as a
service). They are no legal advice; a project's policy may move any licence.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any

from secloop.interop.sbom.licenses import licensing

CLASSES: tuple[str, ...] = (
    "public-domain",
    "permissive",
    "weak-copyleft",
    "strong-copyleft",
    "network-copyleft",
    "proprietary",
    "source-available",
    "non-commercial",
    "unknown",
)
"""From what asks least to what asks most; `unknown` is last, because nobody has read it."""

_LINKING = ("classpath", "linking", "gcc-exception", "llvm-exception", "runtime-exception", "bison", "autoconf", "font")


@lru_cache(maxsize=1 << 10)
def class_of(license_id: str) -> str:
    """Return the class of one SPDX id, `unknown` where no table has it. `GPL-2.0+` has the class of `GPL-2.0`."""
    exact, patterns = _table()
    if license_id in exact:
        return exact[license_id]
    plain = license_id.removesuffix("+")
    found = [name for pattern, name in patterns if fnmatchcase(plain, pattern)]
    return min(found, key=lambda name: -CLASSES.index(name)) if found else "unknown"


def with_exception(license_id: str, exception: str) -> str:
    """Return the class of a licence with an exception: one that permits linking makes strong copyleft weak."""
    own = class_of(license_id)
    permits = any(word in exception.lower() for word in _LINKING)
    return "weak-copyleft" if own == "strong-copyleft" and permits else own


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return exact ids, and patterns, each with its class."""
    text = files("secloop.stages.build.licenses").joinpath("classes.json").read_text(encoding="utf-8")
    data: dict[str, list[str]] = json.loads(text)
    exact = {own: name for name, ids in data.items() for own in ids if "*" not in own and "[" not in own}
    return exact, [(own, name) for name, ids in data.items() for own in ids if "*" in own or "[" in own]


@lru_cache(maxsize=1 << 12)
def parts_of(expression: str) -> Any:
    """Return a normalised expression as nested lists: `["OR", [...], [...]]`, leaves `(id, exception)`."""
    return _nested(licensing().parse(expression))


def _nested(node: Any) -> Any:
    operator = getattr(node, "operator", "")
    if operator:
        return [operator.strip(), *(_nested(one) for one in node.args)]
    if hasattr(node, "exception_symbol"):
        return (node.license_symbol.key, node.exception_symbol.key)
    return (node.key, "")
