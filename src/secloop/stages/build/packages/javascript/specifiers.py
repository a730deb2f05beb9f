"""What an import names when it names no file: `npm:` and `jsr:` specifiers, and addresses of networks that serve npm.

https://docs.deno.com/runtime/fundamentals/modules/. Modules of `deno.land` have no registry that advisories speak of:
they are listed under their address, `deno.land/x/NAME`.
"""

from __future__ import annotations

from typing import NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import RUNTIME, Package
from secloop.stages.build.packages.javascript.names import resolve, split_at

_REGISTRIES = {"npm": "npm", "jsr": "JSR"}
_NETWORKS = lazy(
    r"https?://(?:unpkg\.com/|cdn\.jsdelivr\.net/npm/|esm\.run/|cdn\.skypack\.dev/(?:pin/)?|(?:ga\.)?jspm\.(?:io|dev)/npm:"
    r"|esm\.sh/(?:stable/|v\d{1,4}/)?\*?)(?P<rest>[^?#\s]++)"
)
_NOT_NPM = ("gh/", "pr/", "jsr/", "node/")  # what esm.sh serves of other places
_DENO_LAND = lazy(r"https?://(deno\.land/(?:x/[\w.-]++|std))(?:@([\w.+-]++))?(?:/|$)")
_NAME = lazy(r"(?:@[\w.~-]++/)?[\w.~-]++")


class Specifier(NamedTuple):
    """A package by the OSV name of its ecosystem, its name, and the version or range that is asked for, or empty."""

    ecosystem: str
    name: str
    wish: str


def specifier(text: str) -> Specifier | None:
    """Return what an import names; None for a path, a built-in module, a bare name or any other address."""
    if found := _DENO_LAND.match(text):
        return Specifier("generic", found[1], found[2] or "")
    if found := _NETWORKS.match(text):
        rest = found["rest"]
        return None if rest.startswith(_NOT_NPM) else _named("npm", rest)
    kind, _, rest = text.partition(":")
    return _named(_REGISTRIES[kind], rest.lstrip("/")) if kind in _REGISTRIES else None


def wished(found: Specifier, key: str, line: int, scope: str = RUNTIME) -> Package:
    """Return the package; only an exact wish is a version."""
    real = resolve(found.name, found.wish)
    version = found.wish if found.ecosystem == "generic" else real[1] if real else ""
    return Package(
        key=key,
        name=found.name,
        version=version,
        line=line,
        direct=True,
        scope=scope,
        ecosystem=found.ecosystem,
        constraint="" if version else found.wish,
    )


def _named(ecosystem: str, rest: str) -> Specifier | None:
    """Return the parts of `name@wish/path` or `@scope/name@wish/path`."""
    parts = rest.split("/")
    name, wish = split_at("/".join(parts[: 2 if parts[0].startswith("@") else 1]))
    return Specifier(ecosystem, name, wish) if _NAME.fullmatch(name) else None
