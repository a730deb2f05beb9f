"""Ruby."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.ruby.bundler import GemfileLock
from secloop.stages.build.packages.ruby.gemfile import Gemfile
from secloop.stages.build.packages.ruby.gemspec import Gemspec, GemVersion

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (GemfileLock(), Gemfile(), Gemspec(), GemVersion())
