"""NuGet versions: semantic versions with up to four numbers, whose labels ignore case."""

from __future__ import annotations

from secloop.stages.build.versions import semver

_PARTS = 4


def key(version: str) -> semver.Key:
    """Return a sort key; total over all strings."""
    return semver.key(version.lower(), _PARTS)
