"""Writes docs/rules/: one reference page per stage and an index with counts, from the built-in rule pages.

    python tools/rule_reference.py [--check]

`--check` writes nothing and exits 1 when the folder is not what it would write. Generators stay as they are.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.enums import Severity, Stage
from secloop.rules import index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.model.rule import Case, Matcher, Rule
    from secloop.rules.base import RuleSet

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "rules"
_HEADER = "<!-- Written by tools/rule_reference.py; change the rule pages, not this file. -->\n"


def main() -> int:
    """Write or check docs/rules; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a page is out of date")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the pages are (default: docs/rules)")
    given = parser.parse_args()
    wanted = reference(index.builtin(prose=True))
    stale = sorted(stale_pages(given.folder, wanted))
    if given.check:
        for name in stale:
            print(f"{given.folder / name} is out of date. Run tools/rule_reference.py.", file=sys.stderr)
        return 1 if stale else 0
    given.folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (given.folder / name).write_text(wanted[name], encoding="utf-8", newline="\n")
        else:
            (given.folder / name).unlink()
    print(f"{len(wanted)} pages, {len(stale)} changed")
    return 0


def stale_pages(folder: Path, wanted: dict[str, str]) -> set[str]:
    """Return the names of pages in `folder` that differ from `wanted`, are missing or are too many."""
    there = {page.name: page.read_text(encoding="utf-8") for page in folder.glob("*.md")}
    return {name for name in there.keys() | wanted.keys() if there.get(name) != wanted.get(name)}


def reference(rules: RuleSet) -> dict[str, str]:
    """Return the text of every page by file name: `README.md`, and `<stage>.md` for each stage that has rules."""
    by_stage = {stage: [rule for rule in rules if rule.stage is stage] for stage in Stage}
    pages = {f"{stage}.md": _stage_page(stage, found) for stage, found in by_stage.items() if found}
    return {"README.md": _index_page(by_stage), **pages}


def _index_page(by_stage: dict[Stage, list[Rule]]) -> str:
    matchers = [pair for found in by_stage.values() for pair in _matchers(found)]
    pages = sum(len(found) for found in by_stage.values())
    lines = [
        _HEADER,
        "# Rules\n",
        f"{len(matchers)} rules on {pages} pages. Every matcher of a page is a rule of its own.",
        "[Writing rules](../writing-rules.md) says how to add one; `secloop explain RULE` prints one.\n",
        "| stage | pages | rules | critical | high | medium | low and info |",
        "|---|---|---|---|---|---|---|",
    ]
    for stage, found in by_stage.items():
        counts = [sum(_severity(*pair) in wanted for pair in _matchers(found)) for wanted in _COLUMNS]
        name = f"[{stage}]({stage}.md)" if found else str(stage)
        lines.append(f"| {name} | {len(found)} | {sum(counts)} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines) + "\n"


_COLUMNS = (
    {Severity.CRITICAL},
    {Severity.HIGH},
    {Severity.MEDIUM},
    {Severity.LOW, Severity.INFO, Severity.UNKNOWN},
)


def _stage_page(stage: Stage, rules: Sequence[Rule]) -> str:
    rows = [
        f"| [{rule.rule_id(matcher)}](#{rule.id}) | {matcher.title or rule.title} | {_severity(rule, matcher)} |"
        for rule, matcher in _matchers(rules)
    ]
    table = "\n".join(["| rule | finds | severity |", "|---|---|---|", *rows])
    return "\n".join([_HEADER, f"# Rules of the stage {stage}\n", table, "", *map(_section, rules)])


def _section(rule: Rule) -> str:
    """Return one rule's part of its stage's page; its heading is the anchor."""
    facts = {
        "severity": f"{rule.severity}, confidence {rule.confidence}",
        "state": f"{rule.state} since {rule.since}",
        "kind": f"{rule.kind}, engine {rule.engine}",
        "CWE": ", ".join(f"[{n}](https://cwe.mitre.org/data/definitions/{n}.html)" for n in rule.cwe),
        "controls": ", ".join(f"{key} {name}" for key, names in rule.controls.items() for name in names),
        "threats": ", ".join(rule.threats),
        "former ids": ", ".join(rule.aliases),
        "matchers": ", ".join(f"`{name}`" for name in rule.rule_ids()) if len(rule.matchers) > 1 else "",
    }
    parts = [
        f"## {rule.id}",
        f"**{rule.title}**",
        "\n".join(f"- {key}: {value}" for key, value in facts.items() if value),
    ]
    parts += [f"### What {rule.id} finds", rule.find, "### Why it matters", rule.why, "### How to fix", rule.how]
    for bad, title in ((True, "Found"), (False, "Not found")):
        case = next((case for case in rule.cases if case.bad is bad and not case.group), None)
        parts += [f"{title}, in `{case.file}`:", _fence(case)] if case else []
    if rule.references:
        parts += ["References: " + ", ".join(f"<{url}>" for url in rule.references)]
    return "\n\n".join(parts) + "\n"


def _fence(case: Case) -> str:
    """Return a case as a fence that its text cannot close."""
    ticks = "```"
    while ticks in case.text:
        ticks += "`"
    return f"{ticks}text\n{case.text.rstrip()}\n{ticks}"


def _matchers(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Matcher]]:
    return ((rule, matcher) for rule in rules for matcher in rule.matchers)


def _severity(rule: Rule, matcher: Matcher) -> Severity:
    return matcher.severity or rule.severity


if __name__ == "__main__":
    sys.exit(main())
