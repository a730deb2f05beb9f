"""`secloop rules`: list, write, test and try rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secloop.cli.options import option
from secloop.interop.text import visible
from secloop.model.enums import Kind, Stage
from secloop.model.errors import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from secloop.loop.rule_try import Tried
    from secloop.model.finding import Finding
    from secloop.model.rule import Matcher, Rule
    from secloop.rules.base import RuleSet

_WIDTH = 80
_ID_WIDTH = 54
"""Columns of the ids in a list; a longer id moves what stands behind it, and leaves its title less room."""
_format = click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Output format.",
)
_root = option("--root", default="", metavar="DIR", help="The project's root (default: nearest secloop.toml or .git).")


@click.group()
def command() -> None:
    """List, write, test and try rules. One page is one rule: its data, its documentation and its test cases.

    `secloop explain RULE` shows a rule's page.
    """


@command.command("list", short_help="List the built-in rules and the project's own.")
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), help="Only rules of this stage.")
@click.option("--engine", default="", metavar="NAME", help="Only rules of this engine.")
@click.option("--cwe", default="", metavar="NUMBER", help="Only rules of this weakness, e.g. 798 or CWE-798.")
@click.option("--control", default="", metavar="ID", help="Only rules for this control, e.g. IA-5 or nist-800-53:IA-5.")
@_format
@_root
def list_(**given: Any) -> None:
    """List the built-in rules and the project's own. Every matcher of a page is a rule of its own.

    Rules of the project's .gitleaks.toml, .betterleaks.toml and git-secrets patterns run too and are listed with
    their file.
    """
    if not re.fullmatch(r"(?:(?:CWE-)?\d+)?", given["cwe"], re.IGNORECASE | re.ASCII):
        raise UsageError(f"--cwe {given['cwe']!r} is no weakness", "Write a number, as 798 or CWE-798")
    from secloop.loop.foreign import own_rules

    every = [*project_rules(given["root"]).matchers(), *own_rules(project_root(given["root"]))]
    rows = [row for row in every if _wanted(*row, given)]
    text = _json(rows) if given["format_"] == "json" else _table(rows)
    click.echo(text)


@command.command(short_help="Write the page of a new rule.")
@click.argument("rule_id", metavar="ID")
@click.option(
    "--stage",
    type=click.Choice([stage.value for stage in Stage]),
    default="code",
    show_default=True,
    help="The stage the rule belongs to.",
)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    default="secret",
    show_default=True,
    help="What its findings are.",
)
@click.option("--engine", default="secret", show_default=True, metavar="NAME", help="The engine that runs the rule.")
@_root
def new(rule_id: str, **given: Any) -> None:
    """Write the page of a new rule ID, with two bad and two good cases, into the project's rule folder.

    The page passes `secloop rules test` as it stands; change it from there.
    """
    from secloop.rules.pages import parse_page
    from secloop.rules.skeleton import skeleton

    text = skeleton(rule_id, stage=Stage(given["stage"]), kind=Kind(given["kind"]), engine=given["engine"])
    parse_page(text, f"{rule_id}.md")
    taken = project_rules(given["root"]).page(rule_id)
    if taken:
        raise UsageError(f"the rule id {rule_id} is taken by {taken.source}", "Choose another id")
    folder = rule_folders(given["root"])[0]
    page = folder / f"{rule_id}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with page.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{page} exists already", "Choose another id") from error
    except OSError as error:
        raise UsageError(f"{page} cannot be written ({error.strerror})", "Make the folder writable") from error
    click.echo(f"wrote {page}\nNext: change its matcher and cases, then secloop rules test {page}")


@command.command(short_help="Run the cases of rule pages by the real engine.")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--all", "all_", is_flag=True, help="Test the built-in rules too.")
@click.option("-v", "--verbose", is_flag=True, help="Print every case.")
@_root
def test(paths: tuple[Path, ...], *, all_: bool, verbose: bool, root: str) -> int:
    """Run the cases of rule pages by the real engine: of PATHs, or of the project's own rule folders.

    Exits 0 when all pass, 1 when a page fails, 2 when a page is wrong.
    """
    from secloop.loop.pagetests import run_page

    cases = failed = 0
    rules = _tested(paths, root, builtin=all_)
    for rule in rules:
        page = run_page(rule)
        cases += len(page.cases)
        failed += len(page.problems) + sum(bool(case.problems) for case in page.cases)
        if verbose:
            for case in page.cases:
                kind = f"{'bad' if case.bad else 'good'} {case.matcher}".rstrip()
                click.echo(f"{page.source}:{case.line}: {kind} {'failed' if case.problems else 'ok'}")
        for line in page.lines():
            click.echo(line)
    click.echo(f"{_count(len(rules), 'page')}, {_count(cases, 'case')}, {failed} failed")
    return Exit.POLICY_FAILED if failed else Exit.OK


@command.command("try", short_help="Run a rule, a page or a pattern of code on files and show what it finds.")
@click.argument("name", metavar="RULE|PAGE|PATTERN")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@_format
@_root
def try_(name: str, paths: tuple[str, ...], *, format_: str, root: str) -> int:
    """Run one rule (by its id), the page at a path, or a pattern of code, on the files at PATHs; show every hit.

    A PATTERN is Semgrep's: code with $X for any expression and ... for any number of them, such as 'os.system($X)'.

    PATH is a folder, file or glob (default: the current folder). Ignored files that are named are looked at; ignore
    comments, exceptions and the gate have no say, and nothing is stored. Secrets are masked.

    Exits 0 with hits or without, 2 when the page is wrong, 3 when a file could not be looked at.
    """
    from secloop.loop.project import open_project
    from secloop.loop.rule_try import try_rule

    tried = try_rule(name, open_project(paths, root=root))
    if format_ == "json":
        click.echo(_json_of(_hit(hit) for hit in tried.hits))
    else:
        click.echo("\n".join([*_hit_lines(tried.hits), _tried(tried)]))
    for gap in tried.gaps:
        click.echo(f"secloop: {visible(gap)}", err=True)
    return Exit.INCOMPLETE if tried.gaps else Exit.OK


def project_root(root: str = "") -> Path:
    """Return the project's root; `root` empty means: found from here. Raises: UsageError where it is no folder."""
    from secloop.loop.project import find_root

    base = Path(root) if root else find_root(Path.cwd())
    if not base.is_dir():
        raise UsageError(f"the root {base} is no folder", "Name an existing folder with --root")
    return base


def rule_folders(root: str = "") -> list[Path]:
    """Return the folders of the project's own pages, which need not exist; `root` empty means: found from here."""
    from secloop.loop.config import load_config

    base = project_root(root)
    return [base / path for path in load_config(base).rules.paths]


def project_rules(root: str = "", *, prose: bool = False) -> RuleSet:
    """Return the built-in rules and the project's own, its severity overrides applied. Raises: UsageError."""
    from secloop.loop.config import load_config
    from secloop.rules import index

    base = project_root(root)
    return index.load(rule_folders(root), load_config(base).rules.severity, prose=prose)


def _tested(paths: Sequence[Path], root: str, *, builtin: bool) -> tuple[Rule, ...]:
    """Return the rules to test. Raises: UsageError when there are none: nothing tested is not passed."""
    from secloop.rules import index

    if paths:
        return tuple(rule for path in paths for rule in index.rules_at(path))
    built_in = frozenset() if builtin else {rule.id for rule in index.builtin()}
    own = tuple(rule for rule in project_rules(root, prose=True) if rule.id not in built_in)
    if not own:
        raise UsageError(
            "the project has no rule pages of its own", "Write one by `secloop rules new ID`, or use --all"
        )
    return own


def _wanted(rule: Rule, matcher: Matcher, given: dict[str, Any]) -> bool:
    framework, colon, control = given["control"].rpartition(":")
    held = {name for key, names in rule.controls.items() if not colon or key == framework for name in names}
    cwe = given["cwe"].upper().removeprefix("CWE-")
    return (
        given["stage"] in {None, rule.stage}
        and given["engine"] in {"", rule.engine}
        and cwe in {"", *map(str, matcher.cwe or ())}
        and control in {"", *held}
    )


def _table(rows: Sequence[tuple[Rule, Matcher]]) -> str:
    """Return the rules by stage, in lines of 80 columns where ids allow; a title too long is cut."""
    width = min(max((len(rule.rule_id(matcher)) for rule, matcher in rows), default=0), _ID_WIDTH)
    blocks = []
    for stage in Stage:
        lines = [_line(rule, matcher, width) for rule, matcher in rows if rule.stage is stage]
        blocks += ["\n".join([stage.value, *lines])] if lines else []
    pages = len({rule.id for rule, _ in rows if rule.matchers})
    foreign = sorted(rule.source for rule, _ in rows if not rule.matchers)
    said = [f"{_count(len(rows) - len(foreign), 'rule')} on {_count(pages, 'page')}"]
    said += [f"{_count(foreign.count(source), 'rule')} of {source}" for source in dict.fromkeys(foreign)]
    return "\n\n".join([*blocks, ", ".join(said)])


def _line(rule: Rule, matcher: Matcher, width: int) -> str:
    start = f"  {visible(rule.rule_id(matcher)):<{width}}  {matcher.severity!s:<8}  "
    title, room = matcher.title or "", max(_WIDTH - len(start), 0)
    if not rule.matchers:  # a rule of another tool's file, which no page of ours holds
        title, room = visible(f"{title} ({rule.source})"), max(room, _WIDTH)
    return (start + (title if len(title) <= room else title[: max(room - 3, 0)] + "..."[:room])).rstrip()


def _json(rows: Iterable[tuple[Rule, Matcher]]) -> str:
    return _json_of(
        {
            "id": rule.rule_id(matcher),
            "page": rule.id,
            "title": matcher.title,
            "stage": rule.stage,
            "kind": rule.kind,
            "engine": rule.engine,
            "since": rule.since,
            "state": rule.state,
            "severity": matcher.severity,
            "confidence": matcher.confidence,
            "audience": rule.audience,
            "cwe": matcher.cwe,
            "controls": rule.controls,
            "threats": rule.threats,
            "source": rule.source,
        }
        for rule, matcher in rows
    )


def _json_of(rows: Iterable[dict[str, Any]]) -> str:
    from secloop.interop.base import json_bytes

    return json_bytes(list(rows)).decode().rstrip("\n")


def _hit(finding: Finding) -> dict[str, Any]:
    from secloop.model.places import place_file, place_line

    return {
        "file": place_file(finding.place),
        "line": place_line(finding.place),
        "column": getattr(finding.place, "column", None),
        "rule": finding.rule,
        "message": finding.message,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "excerpt": finding.excerpt,
        "evidence": finding.evidence,
    }


def _hit_lines(hits: Iterable[Finding]) -> Iterator[str]:
    for hit in map(_hit, hits):
        place = ":".join(str(hit[key]) for key in ("file", "line", "column") if hit[key])
        yield visible(f"{place}  {hit['rule']}  {hit['message']}  ({hit['confidence']})")
        if hit["excerpt"]:
            yield f"    {visible(hit['excerpt'].strip())}"


def _tried(tried: Tried) -> str:
    places = {_hit(hit)["file"] for hit in tried.hits}
    seen = _count(tried.files.seen, "file")
    return f"{_count(len(tried.hits), 'hit')} in {_count(len(places), 'file')}, of {seen} looked at"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
