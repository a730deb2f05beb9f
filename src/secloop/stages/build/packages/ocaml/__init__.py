"""OCaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.ocaml.opam import DuneLock, OpamFile, OpamLocked

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (OpamLocked(), OpamFile(), DuneLock())
