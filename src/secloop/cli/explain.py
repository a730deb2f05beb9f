"""`secloop explain`: what a rule finds, why it matters and how to fix it; or what is known of a finding."""

from __future__ import annotations

import re
import textwrap
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from secloop.cli.options import project_options
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from secloop.loop.project import Project
    from secloop.model.report import FindingRow
    from secloop.model.rule import Case, Matcher, Rule
    from secloop.rules.base import RuleSet

_WIDTH = 80
_FINDING = re.compile(r"[swvlmxdtpc]-[0-9a-f]{2,20}")
_ITEM = re.compile(r"(\s*)([-*+]|\d+[.)])\s+")


@click.command()
@click.argument("name", metavar="RULE|FINDING-ID")
@project_options
def command(name: str, *, root: str, state: str, ref: str) -> None:
    """Explain a rule (by its id, a matcher's id or a former id) or a finding (by its id or a unique start of it).

    A finding: what is known of it, with its evidence (for a dependency also its priority and who uses it).
    A rule: what it finds, why it matters, how to fix it, with an example of each side. RULE may also be a rule of
    Gitleaks (as github-pat or gitleaks.github-pat), TruffleHog or detect-secrets: it says which of ours answers for it.
    """
    from secloop.cli.rules import project_root, project_rules

    rules = project_rules(root, prose=True)
    page = rules.page(name)
    if page is None and _FINDING.fullmatch(name):
        from secloop.loop.project import open_project

        click.echo(explain_finding(name, open_project((), root=root), rules, state=state, ref=ref))
        return
    if page is None and (text := explain_foreign(name, rules, project_root(root))):
        click.echo(text)
        return
    click.echo(explain_rule(page or _unknown(name, rules), name))


def explain_foreign(name: str, rules: RuleSet, root: Path) -> str:
    """Return what another tool's rule is here: one of the project's own file of that tool, or what ours find as well.

    Empty where neither knows the name. Raises: UsageError where the project's file is broken.
    """
    from secloop.loop import foreign

    bare = foreign.bare_name(name)
    for page, matcher in foreign.own_rules(root):
        if matcher.id.lower() == bare.lower():
            return _head_of_foreign(page, matcher)
    if bare != name and (same := rules.page(bare)) is not None:
        return explain_rule(same, bare)
    found = foreign.answering(name, rules)
    if not found:
        return ""
    pages = {rule.id: rule for rule, _ in found}
    ids = [rule.rule_id(matcher) for rule, matcher in found]
    said = textwrap.wrap(f"{bare} is found here by {', '.join(ids)}.", _WIDTH, break_on_hyphens=False)
    if len(pages) > 1:
        return "\n".join([*said, *(f"  secloop explain {one}" for one in pages)])
    (page,) = pages.values()
    return "\n".join([*said, "", explain_rule(page, ids[0] if len(ids) == 1 else "")])


def _head_of_foreign(page: Rule, matcher: Matcher) -> str:
    """Return a rule of another tool's file: it has no page, so what it says is shown."""
    from secloop.interop.text import visible

    said = [f"{page.rule_id(matcher)}: {matcher.title}", f"  source    {page.source}"]
    for key, value in matcher.match.items():
        said.append(f"  {key:<9} {', '.join(value) if isinstance(value, list) else value}")
    said.append(f"  severity  {matcher.severity}")
    return "\n".join(map(visible, said))


def explain_rule(rule: Rule, name: str = "") -> str:
    """Return a rule's page as text of 80 columns; `name` may be the id of one of its matchers.

    Generators in the examples are put in words: nothing key-shaped is printed.
    """
    chosen = [matcher for matcher in rule.matchers if rule.rule_id(matcher) == name] or list(rule.matchers)
    parts = [_head(rule, chosen)]
    for title, text in (("What it finds", rule.find), ("Why it matters", rule.why), ("How to fix", rule.how)):
        parts.append(f"{title}\n{wrap(text)}")
    for bad, title in ((True, "Found"), (False, "Not found")):
        names = {matcher.id for matcher in chosen}
        case = next((case for case in rule.cases if case.bad is bad and case.matcher in names), None)
        if case:
            parts.append(f"{title}, in {case.file}\n{_example(case)}")
    if rule.references:
        parts.append("References\n" + "\n".join(f"  {url}" for url in rule.references))
    return "\n\n".join(parts)


def explain_finding(finding: str, project: Project, rules: RuleSet, *, state: str = "", ref: str = "") -> str:
    """Return what is remembered of a finding (an id or a unique start of it), and its rule's page.

    Raises: UsageError when there is no such finding, StateError when nothing was stored yet.
    """
    from secloop.loop import history

    row = history.places(project, finding, state=state, ref=ref)[0]
    text = history.show(project, finding, state=state, ref=ref, format_="table").partition("\n\nNext:")[0]
    page = rules.page(row.rule)
    parts = [text, *_evidence(row), *(_filters(page, row.rule) if page else ())]
    return "\n\n".join([*parts, explain_rule(page, row.rule)] if page else parts)


def _evidence(row: FindingRow) -> Iterator[str]:
    """Yield what speaks for a finding, and for its confidence, one line each."""
    from secloop.interop.text import visible

    if row.evidence:
        lines = (f"  {key:<17} {visible(value)}" for key, value in sorted(row.evidence.items()))
        yield "\n".join(["evidence", *lines])


def _filters(page: Rule, rule: str) -> Iterator[str]:
    """Yield the filters that a secret has passed, with what each of them drops."""
    if page.engine != "secret":
        return
    from secloop.stages.code.secrets.filters import applied

    check = next((matcher.check for matcher in page.matchers if page.rule_id(matcher) == rule), "")
    lines = (f"  {one.name:<17} {one.why}" for one in applied(check))
    yield "\n".join(["filters it passed, and what each would have dropped", *lines])


def wrap(markdown: str, width: int = _WIDTH) -> str:
    """Return Markdown with its paragraphs and list items filled to `width`, indented by two; code stays as it is."""
    return "\n".join(_filled(markdown, width)).rstrip()


def _filled(markdown: str, width: int) -> Iterator[str]:
    block: list[str] = []
    fenced = False
    for line in [*markdown.split("\n"), ""]:
        fence = line.lstrip().startswith(("```", "~~~"))
        if fenced or fence or not line.strip() or _ITEM.match(line):
            yield from _fill(block, width)
            block = []
        if fence or fenced:
            yield f"  {line}"
        elif line.strip():
            block.append(line)
        else:
            yield ""
        fenced ^= fence


def _fill(block: list[str], width: int) -> list[str]:
    """Return one paragraph or list item, filled; the lines of an item hang under its text."""
    if not block:
        return []
    item = _ITEM.match(block[0])
    start = "  " + (item[0] if item else "")
    text = " ".join([block[0][item.end() if item else 0 :], *(line.strip() for line in block[1:])])
    return textwrap.wrap(
        text,
        width,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _head(rule: Rule, chosen: list[Matcher]) -> str:
    """Return the title and the facts of a rule, one a line."""
    only = chosen[0] if len(chosen) == 1 else None
    severity = (only and only.severity) or rule.severity
    confidence = (only and only.confidence) or rule.confidence
    cwe = rule.cwe if only is None or only.cwe is None else only.cwe
    facts = {
        "severity": f"{severity}, confidence {confidence}, {rule.state} since {rule.since}",
        "stage": f"{rule.stage}, kind {rule.kind}",
        "cwe": ", ".join(f"CWE-{number}" for number in cwe),
        "controls": ", ".join(f"{key} {name}" for key, names in rule.controls.items() for name in names),
        "threats": ", ".join(rule.threats),
        "formerly": ", ".join(rule.aliases),
        "matchers": ", ".join(rule.rule_ids()) if len(rule.matchers) > 1 else "",
    }
    title = (only and only.title) or rule.title
    lines = [f"{rule.rule_id(only) if only else rule.id}: {title}"]
    for key, value in facts.items():
        lines += textwrap.wrap(
            value, _WIDTH, initial_indent=f"  {key:<10}", subsequent_indent=" " * 12, break_on_hyphens=False
        )
    return "\n".join(lines)


def _example(case: Case) -> str:
    """Return a case's text; lines to be found carry `>`, where generators leave the lines as they are."""
    from secloop.rules.generate import described

    lines = described(case.text).rstrip("\n").split("\n")
    marked = case.lines if "{{pem:" not in case.text else ()
    return "\n".join(f"{'  > ' if i in marked else '    '}{line}".rstrip() for i, line in enumerate(lines, 1))


def _unknown(name: str, rules: RuleSet) -> Rule:
    known = [known for rule in rules for known in (rule.id, *rule.rule_ids(), *rule.aliases)]
    close = get_close_matches(name, known, n=1)
    todo = f"Did you mean {close[0]}" if close else "`secloop rules list` shows them all"
    raise UsageError(f"there is no rule {name}", todo)
