"""Python: lock files before manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.python.locks import PoetryLock, UvLock
from secloop.stages.build.packages.python.pyproject import Pyproject
from secloop.stages.build.packages.python.requirements import Requirements

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (UvLock(), PoetryLock(), Pyproject(), Requirements())
