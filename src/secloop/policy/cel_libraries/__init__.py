"""Kubernetes' CEL libraries as plain Python functions, free of the engine that calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secloop.policy.cel_libraries.base import Function


def functions() -> tuple[Function, ...]:
    """Return every function of every library."""
    from secloop.policy.cel_libraries import formats, lists, network, patterns, quantity, semver, urls

    modules = (lists, patterns, quantity, network, urls, semver, formats)
    return tuple(function for module in modules for function in module.FUNCTIONS)
