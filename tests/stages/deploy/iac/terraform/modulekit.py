"""Terraform in tests: files by path, read as the sensor reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.deploy.iac.read import read_group

if TYPE_CHECKING:
    from secloop.model.resource import Resource
    from secloop.stages.deploy.iac.read import Reading


def source(path: str, text: str) -> SourceFile:
    data = text.encode()
    return SourceFile(FileMeta(path=path, size=len(data), head=data[:4096]), data)


def reading(files: dict[str, str], root: str = ".") -> Reading:
    return read_group(f"terraform:{root}", {path: source(path, text) for path, text in files.items()})


def resources(text: str, **more: str) -> dict[str, Resource]:
    """Return the resources of `main.tf` and other files (`modules__a__main` for `modules/a/main.tf`), by address."""
    files = {"main.tf": text} | {f"{name.replace('__', '/')}.tf": body for name, body in more.items()}
    return {one.address: one for one in reading(files).resources}
