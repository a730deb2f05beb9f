"""Perl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.perl.cpan import CpanMeta
from secloop.stages.build.packages.perl.cpanfile import Cpanfile, CpanfileSnapshot

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (CpanfileSnapshot(), Cpanfile(), CpanMeta())
