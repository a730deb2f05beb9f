"""Runtimes that a project names for version managers: pyenv, nvm, rbenv, asdf, mise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.runtimes.files import MiseToml, ToolVersions, VersionFile

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (VersionFile(), ToolVersions(), MiseToml())
