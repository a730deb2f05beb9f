"""`META.json`, `META.yml` and `MYMETA.*` (https://metacpan.org/pod/CPAN::Meta::Spec)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.model.shapes import string
from secloop.stages.build.packages.base import Extracted, Extractor, Package, UnreadableError, text_of
from secloop.stages.build.packages.json import parse_json
from secloop.stages.build.packages.wishes import ValueLines
from secloop.stages.build.packages.yaml import parse_yaml

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile

_NAMES = {"META.json", "META.yml", "MYMETA.json", "MYMETA.yml"}
_INSTALLED = (".cpanm/work/", ".meta/")


class CpanMeta(Extractor):
    """The metadata of an installed distribution; that of the project's own stands elsewhere and is not read."""

    name = "META.json"
    ecosystem = "CPAN"

    def wants(self, path: str) -> bool:
        """Return whether a CPAN client keeps the metadata of what it installs under this path."""
        return posixpath.basename(path) in _NAMES and any(part in path for part in _INSTALLED)

    def extract(self, file: SourceFile) -> Extracted:
        """Return the distribution. Raises: UnreadableError for metadata without a name or a version."""
        text = text_of(file)
        document: dict[str, Any] = parse_json(text) if file.path.endswith(".json") else dict(parse_yaml(text))
        name, version = string(document.get("name")), document.get("version")
        if not name or not version:
            raise UnreadableError("metadata without a name or a version", 1)
        line = ValueLines(text, r"^\s*\"?name\"?\s*:\s*[\"']?([^\"'\s,]+)").take(name)
        licenses = document.get("license")
        declared = [string(one) for one in (licenses if isinstance(licenses, list) else [licenses])]
        package = Package(
            key=name,
            name=name,
            version=str(version).removeprefix("v"),
            line=line,
            licenses=tuple(one for one in declared if one),
        )
        return Extracted(packages=(package,))
