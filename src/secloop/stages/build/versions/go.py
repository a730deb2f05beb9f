"""Go module versions: semantic versions with a `v`, pseudo-versions, `+incompatible`, and Go's own releases.

Pseudo-versions (https://go.dev/ref/mod#pseudo-versions) order as the pre-releases they are. A Go release (`1.21rc2`,
https://go.dev/doc/toolchain#version) is read as the semantic version the Go vulnerability database writes.
"""

from __future__ import annotations

from secloop.model.regex import lazy
from secloop.stages.build.versions import semver

_RELEASE = lazy(r"(?:go)?(\d+\.\d+)(?:\.(\d+))?(?:(rc|beta)(\d+))(?![\w.])")


def key(version: str) -> semver.Key:
    """Return a sort key; total over all strings."""
    text = version.strip()
    if found := _RELEASE.match(text):
        return semver.key(f"{found[1]}.{found[2] or 0}-{found[3]}.{found[4]}")
    return semver.key(text.removeprefix("go"))
