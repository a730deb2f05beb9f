"""Nim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.nim.nimble import NimbleFile, NimbleLock

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (NimbleLock(), NimbleFile())
