"""Pub versions (pub_semver): semantic versions whose build metadata has an order, after the version without."""

from __future__ import annotations

from secloop.stages.build.versions import semver


def key(version: str) -> tuple[semver.Key, tuple[semver.Identifier, ...]]:
    """Return a sort key; total over all strings."""
    build = version.strip().partition("+")[2]
    return semver.key(version), semver.identifiers(build) if build else ()
