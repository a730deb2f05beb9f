"""Terraform and OpenTofu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.build.packages.terraform.readers import TerraformFile, TerraformLock

if TYPE_CHECKING:
    from secloop.stages.build.packages.base import Extractor

READERS: tuple[Extractor, ...] = (TerraformLock(), TerraformFile())
