"""Python: lock files before manifests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.python.archives import PackedPackage
from secloop.stages.build.packages.python.conda import READERS as CONDA
from secloop.stages.build.packages.python.conda_urls import ExplicitList, PixiLock
from secloop.stages.build.packages.python.installed import InstalledPackage
from secloop.stages.build.packages.python.locks import PoetryLock, UvLock
from secloop.stages.build.packages.python.pdm import PdmLock, Pylock
from secloop.stages.build.packages.python.pipenv import Pipfile, PipfileLock
from secloop.stages.build.packages.python.pyproject import Pyproject
from secloop.stages.build.packages.python.requirements import Requirements, RequirementsByContent
from secloop.stages.build.packages.python.setup_files import SetupCfg, SetupPy

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (
    UvLock(),
    PoetryLock(),
    PdmLock(),
    Pylock(),
    PipfileLock(),
    Pipfile(),
    Pyproject(),
    SetupCfg(),
    SetupPy(),
    *CONDA,
    ExplicitList(),
    PixiLock(),
    InstalledPackage(),
    PackedPackage(),
    Requirements(),
    RequirementsByContent(),
)
