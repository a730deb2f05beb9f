"""Small JSON manifests of the SDK: local tools, and the MSBuild SDKs that `global.json` pins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.shapes import string, table
from secloop.stages.build.packages.base import BUILD, DEV, Extracted, Extractor, Package, bounded, text_of
from secloop.stages.build.packages.json import Lines, parse_json

if TYPE_CHECKING:
    from secloop.scan.base import SourceFile


class ToolManifest(Extractor):
    """`.config/dotnet-tools.json`: tools that developers restore (https://learn.microsoft.com/dotnet/core/tools/local-tools-how-to-use)."""

    name = "dotnet-tools.json"
    ecosystem = "NuGet"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is a tool manifest."""
        return path.rpartition("/")[2].lower() == "dotnet-tools.json"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the tools, of the scope `dev`. Raises: UnreadableError."""
        text = text_of(file)
        lines = Lines(text)
        tools = table(parse_json(text).get("tools"))
        lines.enter("tools")
        return _exact({name: string(table(tool).get("version")) for name, tool in tools.items()}, lines, DEV)


class GlobalJson(Extractor):
    """`global.json`: MSBuild SDKs that come as packages (https://learn.microsoft.com/visualstudio/msbuild/how-to-use-project-sdk)."""

    name = "global.json"
    ecosystem = "NuGet"

    def wants(self, path: str) -> bool:
        """Return whether this is a `global.json`."""
        return path.rpartition("/")[2].lower() == "global.json"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the SDKs, of the scope `build`. Raises: UnreadableError."""
        text = text_of(file)
        lines = Lines(text, opener='"{')
        sdks = table(parse_json(text).get("msbuild-sdks"))
        lines.enter("msbuild-sdks")
        return _exact({name: string(version) for name, version in sdks.items()}, lines, BUILD)


def _exact(versions: dict[str, str], lines: Lines, scope: str) -> Extracted:
    found = [
        Package(key=name, name=name, version=version, line=lines.take(name), direct=True, scope=scope)
        for name, version in versions.items()
        if name
    ]
    packages, problems = bounded(found, [])
    return Extracted(packages=packages, problems=problems)
