"""Dart and Flutter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.dart.pub import PubspecLock, PubspecYaml

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (PubspecLock(), PubspecYaml())
