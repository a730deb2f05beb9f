"""Rules as SARIF reporting descriptors, with what GitHub reads: help, tags, `security-severity`, `precision`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from secloop.interop import rows
from secloop.interop.base import HOME
from secloop.interop.markdown import escaped
from secloop.model.enums import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secloop.interop.rows import Description
    from secloop.model.report import FindingRow
    from secloop.rules.base import RuleSet

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
    Severity.UNKNOWN: "warning",
}
_MOST_TAGS = 20
_MOST_TEXT = 1_024
_WORDS = re.compile(r"[A-Za-z0-9]+")
_MARKDOWN = re.compile(r"\[([^\[\]]*+)\]\([^()]*+\)|`{1,3}|\*\*|^#{1,6} ", re.MULTILINE)
"""A bracket ends at the next one, so that a text of brackets takes linear time."""


class RuleIndex:
    """The rules of a run's results, sorted by id; a rule is as severe as its worst result."""

    def __init__(self, rules: RuleSet | None, found: Sequence[FindingRow]) -> None:
        """Describe every rule that `found` (worst first) names."""
        worst: dict[str, FindingRow] = {}
        for row in found:
            worst.setdefault(rows.rule_id(row), row)
        self._numbers = {own: n for n, own in enumerate(sorted(worst))}
        self.descriptors = [_descriptor(worst[own], rules) for own in self._numbers]

    def place(self, row: FindingRow) -> tuple[str, int]:
        """Return the id and index of a row's rule."""
        own = rows.rule_id(row)
        return own, self._numbers[own]


def _descriptor(row: FindingRow, rules: RuleSet | None) -> dict[str, Any]:
    rule = rows.describe(row, rules)
    title = rule.title or rule.id
    return {
        "id": rule.id,
        "name": "".join(word[:1].upper() + word[1:] for word in _WORDS.findall(rule.id)) or "Rule",
        "shortDescription": {"text": _cut(title)},
        "fullDescription": {"text": _cut(_found(rule) or title)},
        "help": {"text": _help_text(rule) or title, "markdown": _help_markdown(rule)},
        "helpUri": rule.references[0] if rule.references and _is_link(rule.references[0]) else HOME,
        "defaultConfiguration": {"level": LEVELS[row.severity]},
        "properties": {
            "tags": _tags(rule),
            "precision": rule.confidence.value,
            "security-severity": f"{rows.score(row.severity, row.severity_raw):.1f}",
        },
    }


def _tags(rule: Description) -> list[str]:
    cwes = [f"external/cwe/cwe-{number:03d}" for number in sorted(set(rule.cwe))]
    controls = [f"{frame}:{own}" for frame, owns in sorted(rule.controls.items()) for own in owns]
    return ["security", rule.kind.value, *cwes, *controls][:_MOST_TAGS]


def _help_text(rule: Description) -> str:
    parts = [_found(rule), *(_plain(part) for part in (rule.why, rule.how))]
    return "\n\n".join(filter(None, [*parts, *rule.references]))


def _help_markdown(rule: Description) -> str:
    heads = (
        ("", rule.find or escaped(rule.told)),
        ("## Why it matters\n\n", rule.why),
        ("## How to fix\n\n", rule.how),
    )
    parts = [f"# {escaped(rule.title or rule.id)}", *(head + text.strip() for head, text in heads if text.strip())]
    if rule.references:
        parts.append("## References\n\n" + "\n".join(f"- {link}" for link in rule.references))
    return "\n\n".join(parts)


def _found(rule: Description) -> str:
    return _plain(rule.find) or rule.told


def _plain(markdown: str) -> str:
    """Return Markdown as text: marks and link targets dropped."""
    return _MARKDOWN.sub(lambda m: m[1] or "", markdown).strip()


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1].rstrip() + "…"


def _is_link(reference: str) -> bool:
    return re.fullmatch(r"https?://[\x21-\x7e]+", reference) is not None
