"""The readers, in a fixed order. A reader is found by the path of a file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.go_mod import GoMod
from secloop.stages.build.packages.npm import PackageJson, PackageLock
from secloop.stages.build.packages.pyproject import Pyproject
from secloop.stages.build.packages.python_locks import PoetryLock, UvLock
from secloop.stages.build.packages.requirements import Requirements

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

EXTRACTORS: tuple[Extractor, ...] = (
    UvLock(),
    PoetryLock(),
    Pyproject(),
    Requirements(),
    PackageLock(),
    PackageJson(),
    GoMod(),
)


def extractor_for(path: str) -> Extractor | None:
    """Return the reader of a file, by its path relative to the root, or None."""
    return next((extractor for extractor in EXTRACTORS if extractor.wants(path)), None)
