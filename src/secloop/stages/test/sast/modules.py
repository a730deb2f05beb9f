"""The dotted path by which other files name a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.constants import path_of

if TYPE_CHECKING:
    from secloop.stages.test.sast.tree import Node


ANY_OWNER = "?"
"""Stands in a path for the class of a receiver that is not known: the one method of that name in the tree is meant."""


def module_of(path: str, language: str, root: Node) -> str:
    """Return the module of a file: its package in Java and Go, its path with dots elsewhere."""
    stem = path.rpartition(".")[0]
    if language == "java":
        package = next(
            (path_of(node.kids[0]) for node in root.kids if node.kind == "package_declaration" and node.kids), None
        )
        return package or ""
    if language == "go":
        return ".".join(stem.split("/")[:-1])
    parts = stem.split("/")
    if parts[-1] in {"__init__", "index"}:
        parts.pop()
    return ".".join(parts)


def steps_of(target: str) -> tuple[str, ...]:
    """Return the steps of a target's path: `./a/b` and `github.com/x/y` are paths with dots as well."""
    return tuple(step for step in target.replace("/", ".").split(".") if step)
