"""Sources that import packages by address, as Deno and browsers do: there is no other list of them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import (
    MAX_PACKAGES,
    RUNTIME,
    TEST,
    Extracted,
    Extractor,
    Package,
    bounded,
    in_tests,
    text_of,
)
from secloop.stages.build.packages.javascript.specifiers import specifier, wished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.base import SourceFile

_ENDS = (".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".jsx")
_IMPORT = lazy(r"""\b(?:from|import)\s*+\(?\s*+["']((?:npm:|jsr:|https?://)[^"'\s]{1,300}+)["']""")
_LIKELY = lazy(rb"""["'](?:npm:|jsr:|https?://(?:[\w.]++/)++[\w.@~/-]*+)""")
_TEST_FILE = lazy(r"[._](?:test|spec)\.\w+$")
_INSTALLED = ("node_modules/", "site-packages/", "dist-packages/")
_LEVELS = 6


class ImportedByAddress(Extractor):
    """Sources whose first lines import `npm:`, `jsr:` or a network that serves packages; silent below a `deno.lock`."""

    name = "imports by address"
    ecosystem = "npm"

    def wants(self, path: str) -> bool:
        """Return whether this is a source of JavaScript or TypeScript, and not of an installed package."""
        return path.endswith(_ENDS) and not any(part in path for part in _INSTALLED)

    def likely(self, head: bytes) -> bool:
        """Return whether the first bytes import something by address."""
        return _LIKELY.search(head) is not None and any(
            specifier(found[1]) for found in _IMPORT.finditer(head.decode("utf-8", "replace"))
        )

    def extract(self, file: SourceFile) -> Extracted:
        """Return what is imported by address, each once."""
        text = text_of(file)
        scope = TEST if in_tests(file.path) or _TEST_FILE.search(file.path) else RUNTIME
        packages: dict[str, Package] = {}
        for found in _IMPORT.finditer(text):
            start = text.rfind("\n", 0, found.start()) + 1
            if found[1] in packages or text[start : found.start()].lstrip().startswith(("//", "*", "/*")):
                continue
            if (named := specifier(found[1])) and len(packages) <= MAX_PACKAGES:
                line = text.count("\n", 0, found.start(1)) + 1
                packages[found[1]] = wished(named, found[1], line, scope)
        kept, problems = bounded(list(packages.values()), [])
        return Extracted(packages=kept, problems=problems)

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Return where the lock of a Deno project may be: in this folder and those above."""
        folder, found = posixpath.dirname(path), []
        for _ in range(_LEVELS):
            found.append(posixpath.join(folder, "deno.lock"))
            if not folder:
                break
            folder = posixpath.dirname(folder)
        return tuple(found)

    def extract_beside(self, file: SourceFile, near: Mapping[str, SourceFile]) -> Extracted:
        """Return the same unless a lock names the packages."""
        return Extracted() if any(path in near for path in self.neighbours(file.path)) else self.extract(file)
