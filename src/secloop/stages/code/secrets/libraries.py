"""Versions of the native libraries, part of what a finding depends on and of the names of cached databases."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

_SUFFIX = ".dist-info"


@cache
def library_version(module: str, distribution: str) -> str:
    """Return the version of an installed distribution that holds the top-level `module`.

    It is read from the name of the folder beside the module: asking `importlib.metadata` costs every start 15 ms.
    Raises: importlib.metadata.PackageNotFoundError.
    """
    spec = find_spec(module)
    start = f"{distribution.replace('-', '_')}-"
    folder = Path(spec.origin).parent.parent if spec is not None and spec.origin else None
    try:
        names = [one.name for one in folder.iterdir() if one.name.startswith(start)] if folder else []
    except OSError:
        names = []
    found = [name for name in names if name.endswith(_SUFFIX)]
    if len(found) == 1:
        return found[0][len(start) : -len(_SUFFIX)]
    from importlib.metadata import version

    return version(distribution)
