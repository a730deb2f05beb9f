"""The commands that are printed: whole, quoted, and without code of packages."""

from __future__ import annotations

import shlex

import pytest

from secloop.stages.build.fix import commands
from secloop.stages.build.fix.commands import TOOLS
from secloop.stages.build.packages.registry import extractor_for


@pytest.mark.parametrize("lock", TOOLS)
def test_every_tool_writes_a_lock_that_we_read_and_gets_whole_commands(lock: str) -> None:
    reader = extractor_for(f"app/{lock}")
    assert reader is not None
    assert reader.lock
    made = (*commands.update(f"app/{lock}", "left-pad", "1.0.0", "1.0.1"), *commands.refresh(lock, "a", "1", "2"))
    assert made
    for command in made:
        assert "{" not in command.line
        assert tuple(shlex.split(command.line)) == command.arguments
    assert made[0].folder == "app"


@pytest.mark.parametrize("name", ["--eval", "a b", "a;b", "$(id)", "a'b", 'a"b', "", "-rf", "a\nb", "`id`"])
def test_a_name_that_is_no_name_gives_no_command(name: str) -> None:
    assert commands.update("package-lock.json", name, "1.0.0", "1.0.1") == ()
    assert commands.update("package-lock.json", "a", "1.0.0", name) == ()


def test_npm_is_told_to_run_no_scripts() -> None:
    for command in (
        *commands.update("package-lock.json", "a", "1", "2"),
        *commands.refresh("package-lock.json", "a", "1", "2"),
    ):
        assert "--ignore-scripts" in command.arguments
