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
    tool = commands.tool_of(f"app/{lock}")
    made = (
        *commands.update(tool, f"app/{lock}", "left-pad", "1.0.0", "1.0.1"),
        *commands.refresh(tool, lock, "a", "1", "2"),
    )
    assert made
    for command in made:
        assert "{" not in command.line
        assert tuple(shlex.split(command.line)) == command.arguments
    assert made[0].folder == "app"


@pytest.mark.parametrize("name", ["--eval", "a b", "a;b", "$(id)", "a'b", 'a"b', "", "-rf", "a\nb", "`id`"])
def test_a_name_that_is_no_name_gives_no_command(name: str) -> None:
    tool = commands.tool_of("package-lock.json")
    assert commands.update(tool, "package-lock.json", name, "1.0.0", "1.0.1") == ()
    assert commands.update(tool, "package-lock.json", "a", "1.0.0", name) == ()


@pytest.mark.parametrize("head", [b"", b"# yarn lockfile v1\n"], ids=["npm", "yarn-1"])
def test_npm_and_yarn_1_are_told_to_run_no_scripts(head: bytes) -> None:
    lock = "yarn.lock" if head else "package-lock.json"
    tool = commands.tool_of(lock, head)
    for made in (commands.update(tool, lock, "a", "1", "2"), commands.refresh(tool, lock, "a", "1", "2")):
        assert all("--ignore-scripts" in command.arguments for command in made)
        assert made


def test_a_lock_of_no_known_tool_gives_no_command() -> None:
    assert commands.tool_of("pylock.toml") is None
    assert commands.update(None, "pylock.toml", "a", "1", "2") == ()
