"""Haskell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.haskell.cabal import CabalFile, CabalFreeze, StackLock

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (StackLock(), CabalFreeze(), CabalFile())
