"""References to container images: `registry:port/path:tag@digest`."""

from __future__ import annotations

from typing import NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import RUNTIME, Package

ECOSYSTEM = "Docker"
"""The ecosystem of container images, whatever their registry."""

_REFERENCE = lazy(
    r"(?P<name>(?:[A-Za-z0-9][A-Za-z0-9.-]*+(?::\d++)?+/)?+[a-z0-9][a-z0-9._-]*+(?:/[a-z0-9][a-z0-9._-]*+)*+)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}+|\$[^@\s]*+))?+(?:@(?P<algorithm>sha256|sha384|sha512):(?P<digest>[0-9a-f]{64,128}+))?+"
)
_NO_IMAGES = frozenset({"scratch", "sha256"})  # the second is an image's local id, `sha256:<hex>`
_HUB = ("docker.io/", "index.docker.io/", "registry-1.docker.io/")


class Image(NamedTuple):
    """A reference. `tag` is empty where none is given; `digest` is `sha256:<hex>` or empty."""

    name: str
    tag: str
    digest: str

    @property
    def version(self) -> str:
        """The tag, else the digest, else `latest`, which is what an empty tag means; empty for an unknown tag."""
        if "$" in self.tag:
            return ""
        return self.tag or self.digest or "latest"


def image(reference: str) -> Image | None:
    """Return the parts of a reference, with the short name of Docker Hub's images; None for what is none."""
    found = _REFERENCE.fullmatch(reference.strip())
    if found is None or found["name"] in _NO_IMAGES:
        return None
    name = found["name"]
    for hub in _HUB:
        name = name.removeprefix(hub)
    digest = f"{found['algorithm']}:{found['digest']}" if found["digest"] else ""
    return Image(name.removeprefix("library/"), found["tag"] or "", digest)


def image_package(reference: str, line: int, scope: str = RUNTIME) -> Package | None:
    """Return the image that a reference names as a package, None for a template or a variable."""
    found = image(reference)
    if found is None:
        return None
    return Package(
        key=f"{reference}:{line}",
        name=found.name,
        version=found.version,
        line=line,
        direct=True,
        scope=scope,
        ecosystem=ECOSYSTEM,
        hashes=(found.digest,) if found.digest else (),
    )
