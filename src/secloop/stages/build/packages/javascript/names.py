"""What npm, Yarn, pnpm, Bun and Deno write alike: wishes, aliases, integrity strings and where a package comes from."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.regex import lazy
from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import DEV, OPTIONAL, RUNTIME, UnreadableError, text_of
from secloop.stages.build.packages.json import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile

WISHES = (
    ("dependencies", RUNTIME),
    ("peerDependencies", RUNTIME),
    ("optionalDependencies", OPTIONAL),
    ("devDependencies", DEV),
)
"""The fields of a `package.json` that name dependencies, the strongest first, with their scope."""

_EXACT = lazy(r"[v=\s]*(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)\s*")
_HEX_SHA1 = lazy(r"[0-9a-f]{40}")
_CREDENTIALS = lazy(r"(?<=//)(?!git@)[^/@]*+@")
_DEFAULT_REGISTRIES = (
    "https://registry.npmjs.org/",
    "http://registry.npmjs.org/",
    "https://registry.yarnpkg.com/",
    "http://registry.yarnpkg.com/",
)
_LOCAL = ("file:", "link:", "workspace:", "portal:", "./", "../", "/")
_REMOTE = ("git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:", "http:", "https:", "ssh:")
_DIGESTS = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})


class Wish(NamedTuple):
    """A dependency that a manifest asks for: the name it is imported by, what is asked for, and the scope."""

    name: str
    wish: str
    scope: str


def wishes(document: Mapping[str, Any]) -> Iterator[Wish]:
    """Yield the wishes of a `package.json` or of one workspace of a lock, the strongest scope first."""
    for field, scope in WISHES:
        yield from wishes_of(document, field, scope)


def wishes_of(document: Mapping[str, Any], field: str, scope: str) -> Iterator[Wish]:
    """Yield the wishes of one field; optional peers are optional."""
    told = "peerDependenciesMeta" if field == "peerDependencies" else ""
    optional = {name for name, meta in table(document.get(told)).items() if table(meta).get("optional") is True}
    for name, wish in table(document.get(field)).items():
        yield Wish(name, string(wish), OPTIONAL if name in optional else scope)


def manifest_beside(path: str, near: Mapping[str, SourceFile]) -> dict[str, Any]:
    """Return the `package.json` in the folder of `path`, empty where there is none that can be read."""
    folder, slash, _ = path.rpartition("/")
    file = near.get(f"{folder}{slash}package.json")
    if file is None:
        return {}
    try:
        return parse_json(text_of(file))
    except UnreadableError:
        return {}  # the manifest's own reader says so


def is_local(wish: str) -> bool:
    """Return whether a wish or resolution names a folder or file of the project."""
    return wish.startswith(_LOCAL)


def resolve(name: str, wish: str) -> tuple[str, str] | None:
    """Return (real name, exact version or empty) of a wish; an alias `npm:real@1.0.0` names another package."""
    if not name:
        return None
    if wish.startswith("npm:"):
        alias, _, version = wish.removeprefix("npm:").rpartition("@")
        name, wish = (alias, version) if alias else (wish.removeprefix("npm:"), "")
    exact = _EXACT.fullmatch(wish)
    return name, exact[1] if exact else ""


def split_at(text: str) -> tuple[str, str]:
    """Return (name, rest) of `name@rest`, where the name may begin with the `@` of a scope."""
    at = text.find("@", 1)
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def plain_version(version: str) -> str:
    """Return a registry version; URLs, tarballs and git references have none that advisories speak of."""
    return "" if ":" in version or "#" in version or "/" in version else version


def is_remote(wish: str) -> bool:
    """Return whether a wish names a repository or an archive rather than a range of versions."""
    return wish.startswith(_REMOTE)


def without_credentials(text: str) -> str:
    """Return a URL, or a wish that is one, without user name and password; `git@`, which is neither, stays."""
    return _CREDENTIALS.sub("", text, count=1)


def origin_of(resolved: str, name: str) -> str:
    """Return where a package comes from, without credentials; empty for the public registry, unknown or local.

    A registry is given by its address, a repository or an archive by its URL, with the commit where one is named.
    """
    if not resolved or resolved.startswith(_DEFAULT_REGISTRIES) or is_local(resolved):
        return ""
    url = without_credentials(resolved)
    registry, found, _ = url.partition(f"/{name}/-/")
    if found:
        return registry
    head, _, commit = url.partition("#")
    return head if head.endswith((".tgz", ".tar.gz")) or not commit else url


def hashes_of(integrity: str, resolved: str = "") -> tuple[str, ...]:
    """Return `algorithm:hex` of a subresource integrity string, and of the SHA-1 that Yarn appends to an archive."""
    found: list[str] = []
    for part in integrity.split():
        algorithm, _, encoded = part.partition("-")
        try:
            digest = b64decode(encoded.partition("?")[0], validate=True)
        except (Base64Error, ValueError):
            continue
        if algorithm in _DIGESTS and digest:
            found.append(f"{algorithm}:{digest.hex()}")
    head, _, sha1 = resolved.partition("#")
    if head.endswith(".tgz") and _HEX_SHA1.fullmatch(sha1):
        found.append(f"sha1:{sha1}")
    return tuple(dict.fromkeys(found))
