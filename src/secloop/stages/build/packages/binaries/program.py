"""Reads compiled programs; told by their first bytes, since they can have any name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from secloop.stages.build.packages.base import Extracted, Extractor, bounded
from secloop.stages.build.packages.binaries import go_buildinfo, rust_auditable
from secloop.stages.build.packages.binaries.objects import objects

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile


class Program(Extractor):
    """Reads an executable file or shared library."""

    name: ClassVar[str] = "program"
    ecosystem: ClassVar[str] = "Go"
    lock: ClassVar[bool] = True

    def wants(self, path: str) -> bool:
        """Return False: a name does not tell a program, its head does (`registry.reader_of_head`)."""
        del path
        return False

    def extract(self, file: SourceFile) -> Extracted:
        """Return what a program was built from, nothing where it does not say. Raises: UnreadableError."""
        for found in objects(file.data):
            if told := go_buildinfo.find(file.data, found):
                return Extracted(packages=bounded(go_buildinfo.packages(told), [])[0])
            if listed := rust_auditable.find(file.data, found):
                return Extracted(packages=bounded(rust_auditable.packages(listed), [])[0])
        return Extracted()
