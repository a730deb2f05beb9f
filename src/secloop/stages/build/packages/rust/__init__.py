"""Rust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.rust.cargo import CargoLock, CargoToml

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (CargoLock(), CargoToml())
