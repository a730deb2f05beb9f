"""Rules of other tools: those that a project's own files of them hold, and which of our rules answers for a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet

TOOLS = ("gitleaks", "betterleaks", "trufflehog", "detect-secrets")
"""Tools whose name may stand before one of their rules, as in `gitleaks.github-pat`."""


def own_rules(root: Path) -> list[tuple[Rule, Matcher]]:
    """Return the rules of other tools' files at `root`, which run beside ours; a page's `source` is the file.

    Raises: UsageError where a file is broken.
    """
    from secloop.stages.code.secrets.formats.project import listed_rules

    return listed_rules(root)


def bare_name(name: str) -> str:
    """Return another tool's rule without the tool's name before it."""
    tool, dot, rest = name.partition(".")
    return rest if dot and tool.lower() in TOOLS else name


def answering(name: str, rules: RuleSet) -> list[tuple[Rule, Matcher]]:
    """Return the rules of ours that find what another tool calls `name` (letter case does not count)."""
    wanted = bare_name(name).lower()
    return [row for row in rules.matchers() if wanted in {one.lower() for one in row[1].same_as}]
