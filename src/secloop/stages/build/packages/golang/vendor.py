"""`vendor/modules.txt`: the modules whose packages Go has copied into the tree."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import Extracted, Extractor, Package, text_of
from secloop.stages.build.packages.wishes import extracted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile

_MODULE = lazy(r"# (\S+)(?: (v\S+))?(?: => (\S+)(?: (v\S+))?)?")


class VendorModules(Extractor):
    """`vendor/modules.txt`; silent below a `go.mod`, which names the same modules."""

    name = "vendor/modules.txt"
    ecosystem = "Go"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether Go keeps its list of vendored modules under this path."""
        return path.replace("\\", "/").endswith("vendor/modules.txt")

    def extract(self, file: SourceFile) -> Extracted:
        """Return the modules of which packages are vendored, after replacement; a local folder is the project's own."""
        packages: dict[str, Package] = {}
        module: Package | None = None
        explicit = False
        for number, line in enumerate(text_of(file).splitlines(), 1):
            if line.startswith("## "):
                explicit = explicit or "explicit" in line.replace("implicit", "").split(";")[0]
            elif line.startswith("#"):
                module, explicit = _module(line, number), False
            elif line.strip() and module:
                packages.setdefault(
                    module.key,
                    Package(
                        key=module.key,
                        name=module.name,
                        version=module.version,
                        line=module.line,
                        own=module.own,
                        direct=explicit,
                    ),
                )
        return extracted(list(packages.values()))

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return the `go.mod` of the module that vendors."""
        return (posixpath.join(posixpath.dirname(posixpath.dirname(path)), "go.mod"),)

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the modules unless the `go.mod` above names them."""
        return Extracted() if any(path in near for path in self.neighbours(file.path)) else self.extract(file)


def _module(line: str, number: int) -> Package | None:
    found = _MODULE.fullmatch(line.strip())
    if found is None or not (found[2] or found[3]):
        return None
    name, version = (found[3], found[4] or "") if found[3] else (found[1], found[2] or "")
    own = name.startswith((".", "/")) or not version
    if own:
        name, version = found[1], found[2] or ""
    return Package(key=f"{name}@{version}", name=name, version=version, line=number, own=own)
