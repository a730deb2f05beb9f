"""pacman's database of installed packages: one `desc` a package, in sections (`%NAME%`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from secloop.stages.build.packages.base import Extracted, Package, UnreadableError, text_of
from secloop.stages.build.packages.os.release import InstalledReader

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile
    from secloop.stages.build.packages.os.release import Distribution

_MAX_LINES = 10_000
_AS_A_DEPENDENCY = "1"


class PacmanDesc(InstalledReader):
    """Reads `var/lib/pacman/local/<name>-<version>/desc`."""

    name: ClassVar[str] = "pacman"
    ecosystem: ClassVar[str] = "alpm/arch"
    manager: ClassVar[str] = "pacman"
    folders: ClassVar[tuple[str, ...]] = ("var/lib/pacman/local/",)

    def wants(self, path: str) -> bool:
        """Return whether `path` is a package's description below some root."""
        return self.below(path).endswith("/desc")

    def read(self, file: SourceFile, known: Distribution) -> Extracted:
        """Return the installed packages. Raises: UnreadableError when there is none in a file with content."""
        sections, line = _sections(text_of(file))
        name, version, base = (sections.get(key, [""])[0] for key in ("NAME", "VERSION", "BASE"))
        if not name or not version:
            raise UnreadableError("no package with a version in it", line)
        package = Package(
            key=name,
            name=name,
            version=version,
            line=line,
            direct=sections.get("REASON", [""])[0] != _AS_A_DEPENDENCY,
            ecosystem=known.ecosystem("pacman", self.ecosystem),
            licenses=tuple(sections.get("LICENSE", ())),
            qualifiers=(
                ("arch", sections.get("ARCH", [""])[0]),
                ("distro", known.qualifier),
                ("upstream", base if base != name else ""),
            ),
        )
        return Extracted(packages=(package,))


def _sections(text: str) -> tuple[dict[str, list[str]], int]:
    """Return the lines of each section that has some, and the line of the package's name (1 without)."""
    sections: dict[str, list[str]] = {}
    at, own = "", 1
    for number, raw in enumerate(text.split("\n", _MAX_LINES), 1):
        line = raw.strip()
        if line.startswith("%") and line.endswith("%"):
            at = line.strip("%")
        elif line and at:
            own = number if at == "NAME" and at not in sections else own
            sections.setdefault(at, []).append(line)
    return sections, own
