"""From resources and rules to findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError
from secloop.model.finding import Finding, ToolRef
from secloop.model.places import CodeSpan, ResourceAddress
from secloop.policy.cel import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from secloop.model.resource import Lines, Resource
    from secloop.stages.deploy.iac.pack import Pack, Ready

TOOL = "secloop"
_MAX_BLOCKS = 200


def findings(
    resources: Sequence[Resource], pack: Pack, unjudged: dict[str, set[str]] | None = None
) -> Iterator[Finding]:
    """Yield what fails, in the order of the resources.

    `unjudged` is given the rules, by file, that could not be asked: an attribute has another form than they read.
    """
    known = {resource.address: resource for resource in resources}
    for resource in resources:
        for ready in pack.ready(resource.type):
            try:
                verdict = ready.check.verdict(resource, known)
            except UsageError:
                if unjudged is not None:
                    unjudged.setdefault(resource.file, set()).add(ready.page.rule_id(ready.matcher))
                continue
            if verdict is Truth.TRUE:
                yield from _told(resource, ready, known)


def _told(resource: Resource, ready: Ready, known: Mapping[str, Resource]) -> Iterator[Finding]:
    """Yield the finding of a resource; of a file that is the resource, one for each part that fails by itself."""
    attribute = ready.matcher.attribute or _attribute(ready)
    head, _, rest = attribute.partition(".")
    blocks = resource.attrs.get(head)
    if resource.address != resource.file or not isinstance(blocks, list):
        yield _finding(resource, ready, attribute, _blamed(resource, ready, known, attribute))
        return
    view = ready.check.view(resource, known)
    bad = [n for n, one in enumerate(blocks[:_MAX_BLOCKS]) if ready.check.fails(_only(view, head, one))]
    for at in bad or [0]:
        path = f"{head}[{at}]{'.' if rest else ''}{rest}"
        yield _finding(resource, ready, path, path)


def _finding(resource: Resource, ready: Ready, attribute: str, path: str) -> Finding:
    page, matcher = ready.page, ready.matcher
    rule = page.rule_id(matcher)
    lines = resource.at(path)
    return Finding(
        kind=page.kind,
        stage=page.stage,
        rule=rule,
        title=matcher.title or page.title,
        message=page.find.strip().split("\n\n")[0].replace("\n", " ") or page.title,
        severity=matcher.severity or page.severity,
        confidence=matcher.confidence or page.confidence,
        audience=page.audience,
        cwe=page.cwe if matcher.cwe is None else matcher.cwe,
        controls=page.controls,
        threats=page.threats,
        place=_place(resource, attribute, lines),
        identity=(rule, resource.address, attribute),
        tools=(ToolRef(tool=TOOL, rule=rule),),
    )


def _place(resource: Resource, attribute: str, lines: Lines) -> ResourceAddress | CodeSpan:
    """Return where it is: a file that is the resource has lines alone."""
    if resource.address == resource.file:
        return CodeSpan(file=resource.file, line=lines.first, end_line=lines.last)
    return ResourceAddress(
        address=resource.address,
        attribute=attribute,
        file=resource.file,
        line=lines.first,
        end_line=lines.last,
    )


def _attribute(ready: Ready) -> str:
    """Return the attribute that a rule is about, where its page does not say: the first one that it reads."""
    paths = sorted(read.path.removeprefix("attrs.") for read in ready.check.reads if read.path.startswith("attrs."))
    return paths[0] if paths else ""


def _blamed(resource: Resource, ready: Ready, known: Mapping[str, Resource], attribute: str) -> str:
    """Return the path to show: of several blocks the first that fails by itself."""
    head, _, rest = attribute.partition(".")
    blocks = resource.attrs.get(head)
    if not isinstance(blocks, list) or not blocks or not isinstance(blocks[0], dict):
        return attribute
    at = 0
    if len(blocks) > 1:
        view = ready.check.view(resource, known)
        at = next((n for n, one in enumerate(blocks[:_MAX_BLOCKS]) if ready.check.fails(_only(view, head, one))), 0)
    here = f"{head}[{at}]"
    return _deeper(blocks[at], here, rest)


def _only(view: dict[str, Any], head: str, block: Any) -> dict[str, Any]:
    return {**view, "attrs": {**view["attrs"], head: [block]}}


def _deeper(block: Any, here: str, rest: str) -> str:
    """Return the rest of a path with the index that each list of blocks needs."""
    while rest:
        name, _, rest = rest.partition(".")
        here = f"{here}.{name}"
        block = block.get(name) if isinstance(block, dict) else None
        if isinstance(block, list) and block and isinstance(block[0], dict):
            here, block = f"{here}[0]", block[0]
    return here
