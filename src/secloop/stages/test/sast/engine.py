"""The engine `semgrep`: a matcher is a rule of Semgrep's format without its id, message and severity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.sast.fixes import read_fix
from secloop.stages.test.sast.languages import LANGUAGES, NAME
from secloop.stages.test.sast.semgrep.formula import BadRuleError
from secloop.stages.test.sast.semgrep.rule import read_rule

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule


class SemgrepEngine:
    """Gives `match: {pattern: eval($X)}` and `match: {mode: taint, ...}` their meaning."""

    name = NAME

    def validate(self, rule: Rule) -> list[str]:
        """Return what is wrong with a page's matchers, one line each."""
        return [f"matcher {m.id}: {problem}" for m in rule.matchers for problem in _problems(m, rule)]


def _problems(matcher: Matcher, rule: Rule) -> list[str]:
    languages = matcher.languages or rule.languages
    if not languages:
        return ["no languages"]
    if not isinstance(matcher.match, dict):
        return ["match is no mapping"]
    try:
        read_fix(matcher.fix)
    except BadRuleError as problem:
        return [problem.what]
    out = [f"language {name!r} is none of {', '.join(LANGUAGES)}" for name in languages if name not in LANGUAGES]
    for name in languages:
        if name in LANGUAGES:
            try:
                read_rule(matcher.match, name)
            except BadRuleError as problem:
                out.append(f"in {name}: {problem.what}")
    return out
