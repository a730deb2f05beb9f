"""What the secret rules find in the cases of their own pages, with the values, which findings do not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.rules.generate import expand
from secloop.scan.classify import classify
from secloop.stages.code.secrets.compiled import read_matcher
from secloop.stages.code.secrets.context import file_context
from secloop.stages.code.secrets.detect import Detector
from secloop.stages.code.secrets.keyword_prefilter import KeywordPrefilter

if TYPE_CHECKING:
    from secloop.model.rule import Matcher, Rule


def values_found(page: Rule, matcher: Matcher) -> list[str]:
    """Return the secrets that a page's matcher finds in its bad cases."""
    name = page.rule_id(matcher)
    rules = [read_matcher(page, one) for one in page.matchers]
    detector = Detector(rules, KeywordPrefilter(rules))
    found = []
    for case in page.cases:
        if case.bad and case.matcher == matcher.id:
            data = expand(case.text).encode()
            context = file_context(classify(case.file, len(data), data[:4096]))
            found += [hit.value for hit in detector.detect(data, context).hits if hit.rule.rule_id == name]
    return found
