"""Elixir, Erlang and Gleam, which share Hex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.beam.gleam import GleamManifest, GleamToml
from secloop.stages.build.packages.beam.mix import MixExs, MixLock
from secloop.stages.build.packages.beam.rebar import RebarLock

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (MixLock(), MixExs(), RebarLock(), GleamManifest(), GleamToml())
