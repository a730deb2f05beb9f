"""One Markdown page = one rule: its data, its documentation and its test cases (contracts.md, "Rule pages")."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import msgspec

from secloop.model.enums import Audience, Confidence, Kind, RuleState, Severity, Stage
from secloop.model.regex import lazy
from secloop.model.rule import Matcher, Rule
from secloop.rules import cases, frontmatter
from secloop.rules.frontmatter import PageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    from secloop.rules.cases import Fence
    from secloop.rules.frontmatter import FrontMatter

MAX_BYTES = 256 << 10
"""The most bytes a page may have."""

MAX_LINES = 3000
"""The most lines a page may have: block parsing costs most on many short ones."""

SECTIONS = ("What it finds", "Why it matters", "How to fix", "Examples")
"""The second-level headings of a page, all of them, in this order."""

REQUIRED = ("id", "title", "stage", "kind", "engine", "since", "state", "severity", "confidence", "cwe", "matchers")
"""The keys every page has."""

OPTIONAL = (
    "aliases",
    "audience",
    "controls",
    "threats",
    "references",
    "languages",
    "resources",
    "attribute",
    "check",
    "same_as",
    "fix",
)
"""The keys a page may have."""

MATCHER_KEYS = Matcher.__struct_fields__
"""The keys a matcher may have; `id` and `match` are required."""

_PUSHED_DOWN = ("attribute", "check", "same_as", "fix")  # a page's value holds for each matcher without its own
_ENUMS: dict[str, type[StrEnum]] = {
    "stage": Stage,
    "kind": Kind,
    "state": RuleState,
    "severity": Severity,
    "confidence": Confidence,
    "audience": Audience,
}
_KEBAB = lazy(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME = lazy(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")
_VERSION = lazy(r"[0-9]+\.[0-9]+\.[0-9]+")
_CONTROL = lazy(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # a page's text goes to terminals
_AT = lazy(r"(?P<what>.*?) - at `(?P<path>.*)`")
_MAX_TITLE = 100
_MAX_NESTING = 8  # of quotes and lists; what lies deeper is no case


def parse_page(text: str, source: str) -> Rule:
    """Return the rule that a page's text holds; `source` is the page's path, whose stem is the rule's id.

    Case texts keep their generators; marks are taken out of them and become lines.
    Raises: PageError, one line `source:line: what; what to do`.
    """
    if len(text) > MAX_BYTES:
        raise PageError(source, 1, f"the page has over {MAX_BYTES >> 10} KiB", "Split it")
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    control = _CONTROL.search(text)
    if text.count("\n") > MAX_LINES:
        raise PageError(source, MAX_LINES, f"the page has over {MAX_LINES} lines", "Split it")
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise PageError(source, line, f"the page holds the control character {control[0]!r}", "Remove it")
    head, body, line = _split(text, source)
    front = frontmatter.read(head, source)
    rule = _rule(front, source)
    prose, fences = _sections(body, line, source)
    rule = msgspec.structs.replace(rule, **prose, cases=cases.read(fences, source), source=source)
    _check_case_matchers(rule)
    return rule


def decode_page(data: bytes, source: str) -> Rule:
    """Return the rule of a page's bytes. Raises: PageError, also for bytes that are not UTF-8."""
    if len(data) > MAX_BYTES:
        raise PageError(source, 1, f"the page has over {MAX_BYTES >> 10} KiB", "Split it")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PageError(source, line, "the page is not UTF-8", "Save it as UTF-8") from error
    return parse_page(text, source)


def _split(text: str, source: str) -> tuple[str, str, int]:
    """Return the front matter, the Markdown after it, and the line on which that starts."""
    if not text.startswith("---\n"):
        raise PageError(source, 1, "the page has no front matter", "Start it with a line --- and the rule's keys")
    end = text.find("\n---\n", 3)
    if end < 0:
        raise PageError(source, 1, "the front matter has no end", "Close it with a line ---")
    head, body = text[4 : end + 1], text[end + 5 :]
    return head, body, head.count("\n") + 3


def _rule(front: FrontMatter, source: str) -> Rule:
    """Return the front matter as a rule, without prose and cases."""
    data = dict(front.data)
    _check_keys(front, data, "$", (*REQUIRED, *OPTIONAL), REQUIRED)
    matchers = data["matchers"]
    if not isinstance(matchers, list) or not matchers:
        raise front.error("$.matchers", "matchers is no list of matchers", "Give at least one, with id and match")
    defaults = {key: data.pop(key) for key in _PUSHED_DOWN if key in data}
    for index, matcher in enumerate(matchers):
        path = f"$.matchers[{index}]"
        if not isinstance(matcher, dict):
            raise front.error(path, "a matcher is no mapping", "Give it id and match")
        _check_keys(front, matcher, path, MATCHER_KEYS, ("id", "match"))
    data["matchers"] = [{**defaults, **matcher} for matcher in matchers]
    try:
        rule = msgspec.convert(data, Rule)
    except msgspec.ValidationError as error:
        raise _type_error(front, str(error)) from error
    _check_values(front, rule, source)
    return rule


def _check_keys(
    front: FrontMatter, data: dict[str, Any], path: str, known: Iterable[str], required: Iterable[str]
) -> None:
    """Refuse an unknown key, with what was probably meant, and a missing one."""
    known = tuple(known)
    for key in data:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            todo = f"Did you mean {close[0]}" if close else f"Known keys are {', '.join(known)}"
            where = "of a page" if path == "$" else "of a matcher"
            raise front.error(f"{path}.{key}", f"{key} is no key {where}", todo)
    missing = [key for key in required if key not in data]
    if missing:
        where = "the page" if path == "$" else "a matcher"
        raise front.error(path, f"{where} has no {' and no '.join(missing)}", "Add it to the front matter")


def _type_error(front: FrontMatter, message: str) -> PageError:
    """Return msgspec's complaint with the line it is about and, for a closed vocabulary, its words."""
    found = _AT.fullmatch(message)
    what, path = (found["what"], found["path"]) if found else (message, "$")
    key = path.rpartition(".")[2]
    if what.startswith("Invalid enum value") and key in _ENUMS:
        word = what.removeprefix("Invalid enum value ").strip("'")
        return front.error(path, f"{key} {word} is unknown", f"Use one of {', '.join(_ENUMS[key])}")
    what = what[:1].lower() + what[1:].replace("`", "")
    quote = what.startswith("expected str")
    todo = "Quote text that looks like a number" if quote else "Write a value of that type"
    return front.error(path, f"{path[2:] or 'the page'}: {what}", todo)


def _check_values(front: FrontMatter, rule: Rule, source: str) -> None:
    """Refuse values that have the right type and the wrong form."""
    stem = PurePath(source).stem
    ids = [matcher.id for matcher in rule.matchers]
    urls = [url for url in rule.references if not url.startswith(("https://", "http://"))]
    names = [name for name in rule.aliases if not _NAME.fullmatch(name)]
    problems = (
        (not _KEBAB.fullmatch(rule.id), "id", f"id {rule.id} is not kebab-case", "Write e.g. github-token"),
        (rule.id != stem, "id", f"id {rule.id} differs from the file's name {stem}", "Rename one of them"),
        (not _KEBAB.fullmatch(rule.engine), "engine", f"engine {rule.engine} is no name", "Write e.g. secret"),
        (not rule.title.strip() or "\n" in rule.title, "title", "title is not one line of text", "Name the bad thing"),
        (len(rule.title) > _MAX_TITLE, "title", f"title has over {_MAX_TITLE} characters", "Shorten it"),
        (not _VERSION.fullmatch(rule.since), "since", f"since {rule.since} is no version", "Write e.g. 0.1.0"),
        (any(cwe < 1 for cwe in rule.cwe), "cwe", "cwe holds a number below 1", "Write e.g. [798]"),
        (bool(urls), "references", f"a reference is no URL ({''.join(urls[:1])})", "Write https://..."),
        (bool(names), "aliases", f"an alias is no rule id ({''.join(names[:1])})", "Write e.g. old-rule-id"),
        (len(set(ids)) < len(ids), "matchers", "two matchers have one id", "Rename one"),
    )
    for wrong, key, what, todo in problems:
        if wrong:
            raise front.error(f"$.{key}", what, todo)
    for index, name in enumerate(ids):
        if not _KEBAB.fullmatch(name):
            raise front.error(f"$.matchers[{index}].id", f"matcher id {name} is not kebab-case", "Write e.g. classic")


def _sections(body: str, first_line: int, source: str) -> tuple[dict[str, str], list[Fence]]:
    """Return the prose as `find`, `why`, `how`, and the fences under Examples.

    Only blocks are parsed (CommonMark), never inline text: it is kept as it stands.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).disable(["inline", "text_join"])
    tokens = parser.parse(body)
    lines = body.split("\n")
    heads: list[tuple[str, int]] = []
    fences: list[Fence] = []
    for index, token in enumerate(tokens):
        start = token.map[0] if token.map else 0
        if token.type == "heading_open" and token.level == 0 and token.tag in {"h1", "h2"}:
            _check_heading(token.tag, tokens[index + 1].content.strip(), len(heads), start + first_line, source)
            heads.append((tokens[index + 1].content.strip(), start))
        elif token.type == "fence":
            fence = cases.Fence(token.info.strip(), token.content, start + first_line)
            if len(heads) == len(SECTIONS):
                fences.append(fence)
            elif cases.is_case(fence.info):
                raise PageError(source, fence.line, "a case stands outside Examples", "Move it under ## Examples")
    if len(heads) < len(SECTIONS):
        missing = SECTIONS[len(heads)]
        raise PageError(source, first_line, f"the section {missing} is missing", f"Add ## {missing}")
    return _prose(lines, heads, first_line, source), fences


def _check_heading(tag: str, title: str, place: int, line: int, source: str) -> None:
    wanted = SECTIONS[place] if place < len(SECTIONS) else None
    if tag == "h2" and title == wanted:
        return
    todo = f"The sections are {', '.join('## ' + name for name in SECTIONS)}, in this order; use ### inside them"
    raise PageError(source, line, f"the heading {title!r} is not expected here", todo)


def _prose(lines: list[str], heads: list[tuple[str, int]], first_line: int, source: str) -> dict[str, str]:
    """Return the text of the first three sections; each must hold some, and nothing may stand before the first."""
    if any(line.strip() for line in lines[: heads[0][1]]):
        raise PageError(source, first_line, "there is text before ## What it finds", "Move it below the heading")
    prose: dict[str, str] = {}
    for key, (title, start), (_, end) in zip(("find", "why", "how"), heads, heads[1:], strict=False):
        prose[key] = "\n".join(lines[start + 1 : end]).strip()
        if not prose[key]:
            raise PageError(source, start + first_line, f"the section {title} is empty", "Write a sentence or two")
    return prose


def _check_case_matchers(rule: Rule) -> None:
    """Refuse a case of a matcher the page does not have."""
    names = [matcher.id for matcher in rule.matchers]
    for case in rule.cases:
        if case.matcher and case.matcher not in names:
            close = get_close_matches(case.matcher, names, n=1) or names
            what = f"the case names the matcher {case.matcher}, which the page does not have"
            raise PageError(rule.source, case.line, what, f"Did you mean {close[0]}")
