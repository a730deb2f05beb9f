"""Build hook: compiles every rule page into the one pack that the wheel carries (docs/adr/0002)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RulePackHook(BuildHookInterface[Any]):
    """Writes `secloop/rules/pack.msgpack` into a wheel; an editable install compiles and caches its pages itself."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the pack to the wheel's files; a wrong page stops the build with its path and line."""
        if self.target_name != "wheel" or version == "editable":
            return
        source = Path(self.root) / "src"
        sys.path.insert(0, str(source))
        from secloop.rules import index, pack  # the build environment has what reading a page needs (pyproject.toml)

        rules = pack.parse(pack.builtin_pages(source / "secloop"))
        index.check_ids(rules)
        self._folder = tempfile.TemporaryDirectory(prefix="secloop-pack-")
        built = Path(self._folder.name) / pack.NAME
        built.write_bytes(pack.pack(rules))
        build_data["force_include"][str(built)] = f"secloop/rules/{pack.NAME}"
