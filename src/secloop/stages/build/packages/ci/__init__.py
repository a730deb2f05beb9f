"""What continuous integration runs: actions, hooks and images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.ci.gitlab import GitLabCi
from secloop.stages.build.packages.ci.pre_commit import PreCommit
from secloop.stages.build.packages.ci.workflows import Workflow

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (Workflow(), PreCommit(), GitLabCi())
