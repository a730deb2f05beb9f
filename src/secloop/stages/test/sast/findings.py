"""From a place that a rule names to a finding."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from secloop.model.finding import Finding, ToolRef
from secloop.model.ids import normalise_match
from secloop.model.places import CodeSpan
from secloop.stages.test.sast.doubt import confidence_in
from secloop.stages.test.sast.families import family_of

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule
    from secloop.scan.base import SourceFile
    from secloop.stages.test.sast.flow.value import Trace
    from secloop.stages.test.sast.semgrep.evaluate import File

LONGEST_TEXT = 400
LONGEST_PATH = 20
SAST = "secloop"


class Places:
    """Places of one file, by byte offsets."""

    def __init__(self, source: SourceFile, file: File) -> None:
        """Take the file."""
        self.source = source
        self._file = file
        self._spans: dict[tuple[int, int], CodeSpan] = {}

    def span(self, start: int, end: int) -> CodeSpan:
        """Return lines and columns of an extent."""
        known = self._spans.get((start, end))
        if known is None:
            line, column = self.source.position(start)
            end_line, end_column = self.source.position(max(start, end))
            known = self._spans[start, end] = CodeSpan(
                file=self.source.path, line=line, end_line=end_line, column=column, end_column=end_column
            )
        return known

    def path(self, trace: Trace, start: int = -1, end: int = -1) -> tuple[CodeSpan, ...]:
        """Return the way of taint, one place a line, up to an extent."""
        spans = [self.span(node.start, node.end) for node in trace.path()]
        if start >= 0:
            spans.append(self.span(start, end))
        out: list[CodeSpan] = []
        for span in spans:
            if out and out[-1].line == span.line:
                out[-1] = span
            else:
                out.append(span)
        return tuple(out[: LONGEST_PATH - 1] + out[-1:] if len(out) > LONGEST_PATH else out)

    def text(self, start: int, end: int) -> str:
        """Return an extent's text, folded, for the identity."""
        return normalise_match(self.source.data[start : min(end, start + LONGEST_TEXT)].decode("utf-8", "replace"))

    def excerpt(self, line: int) -> str:
        """Return one line of the file."""
        return self.source.line_text(line).strip()[:LONGEST_TEXT]

    def scope(self, offset: int) -> str:
        """Return the chain of classes and functions around an offset."""
        starts = self._starts
        at = bisect_right(starts, offset) - 1
        while at >= 0:
            start, end, name = self._scopes[at]
            if start <= offset < end:
                return name
            at -= 1
        return ""

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _, _ in self._scopes]

    @cached_property
    def _scopes(self) -> list[tuple[int, int, str]]:
        """The extents of classes and functions with their chains, by start."""
        out: list[tuple[int, int, str]] = []
        stack = [(self._file.root, "")]
        while stack:
            node, chain = stack.pop()
            if node.kind in {"func", "class"} and node.kids and node.kids[0].value:
                chain = f"{chain}.{node.kids[0].value}" if chain else node.kids[0].value
                out.append((node.start, node.end, chain))
            stack.extend((kid, chain) for kid in node.kids)
        return sorted(out)


def finding(
    page: Rule, matcher: Matcher, span: CodeSpan, places: Places, start: int, end: int, path: tuple[CodeSpan, ...] = ()
) -> Finding:
    """Return the finding of a matcher at an extent of a file."""
    return made(page, matcher, span, (places.scope(start), places.text(start, end)), places.excerpt(span.line), path)


def made(
    page: Rule, matcher: Matcher, span: CodeSpan, where: tuple[str, str], excerpt: str, path: tuple[CodeSpan, ...] = ()
) -> Finding:
    """Return a finding; `where` is the enclosing scope and the folded text."""
    rule = page.rule_id(matcher)
    cwe = page.cwe if matcher.cwe is None else matcher.cwe
    return Finding(
        kind=page.kind,
        stage=page.stage,
        rule=rule,
        title=matcher.title or page.title,
        message=page.find.strip().split("\n\n")[0].replace("\n", " ") or page.title,
        severity=matcher.severity or page.severity,
        confidence=confidence_in(span.file, matcher.confidence or page.confidence),
        audience=page.audience,
        cwe=cwe,
        controls=page.controls,
        threats=page.threats,
        place=span,
        identity=(family_of(cwe), *where),
        flow=path if len(path) > 1 else (),
        excerpt=excerpt,
        tools=(ToolRef(tool=SAST, rule=rule),),
    )
