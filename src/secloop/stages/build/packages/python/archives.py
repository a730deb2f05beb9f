"""Python packages as archives: wheels and eggs in a wheelhouse, an image or a repository."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import RUNTIME, TEST, Extracted, Extractor, UnreadableError, in_tests
from secloop.stages.build.packages.python.installed import described
from secloop.stages.build.packages.zipped import Allowance, Archive

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_METADATA = lazy(r"[^/]+\.dist-info/METADATA|EGG-INFO/PKG-INFO")
_LARGEST = 1 << 20
"""Of the metadata, which holds the whole description, unpacked."""


class PackedPackage(Extractor):
    """`*.whl` and `*.egg`: the package that the metadata in it describes.

    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """

    name = "wheel"
    ecosystem = "PyPI"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is named like a wheel or an egg."""
        return path.lower().endswith((".whl", ".egg"))

    def extract(self, file: SourceFile) -> Extracted:
        """Return the package with the hash of the archive. Raises: UnreadableError."""
        archive = Archive(file.data, Allowance(len(file.data)))
        place = next((name for name in archive if _METADATA.fullmatch(name)), "")
        if not place:
            raise UnreadableError("not usable archive: it holds no metadata of a package")
        package = described(archive.read(place, _LARGEST).decode("utf-8", "replace"))
        digest = hashlib.sha256(file.data).hexdigest()
        scope = TEST if in_tests(file.path) else RUNTIME
        return Extracted(packages=(replace(package, line=1, scope=scope, hashes=(f"sha256:{digest}",)),))
