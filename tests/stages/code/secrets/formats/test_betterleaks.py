"""Betterleaks' filters are applied as far as they say what Gitleaks' keys say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.code.secrets.formats.betterleaks import Filter, read_filter
from secloop.stages.code.secrets.spec import Allowlist


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Filter()),
        ('entropy(finding["secret"]) <= 3.5', Filter(3.5)),
        ('filter.entropy(finding["secret"]) < 2', Filter(math.nextafter(2.0, 0.0))),
        (
            'matchesAny(finding["match"], [`^a|b$`, "c\\\\."])',
            Filter(allowlists=(Allowlist(regex_target="match", regexes=("^a|b$", "c\\.")),)),
        ),
        ('filter.containsAny(finding["secret"], ["a.b"])', Filter(allowlists=(Allowlist(regexes=("a\\.b",)),))),
        (
            'matchesAny(get(attributes, "path", ""), [`^docs/`])',
            Filter(allowlists=(Allowlist(paths=("^docs/",)),)),
        ),
        ('matchesAny((attributes["path"] ?? ""), [`x`])', Filter(allowlists=(Allowlist(paths=("x",)),))),
        (
            '// why\n(entropy(finding["secret"]) <= 3 || matchesAny(finding["line"], [`(a || b)`]))\n',
            Filter(3.0, (Allowlist(regex_target="line", regexes=("(a || b)",)),)),
        ),
    ],
)
def test_what_is_understood_is_applied(text: str, expected: Filter) -> None:
    assert read_filter(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '!matchesAny(finding["secret"], [`a`])',
        'matchesAny(finding["secret"], [`a`]) && entropy(finding["secret"]) <= 3',
        'entropy(finding["secret"]) >= 3',
        'get(attributes, "git.author_name", "") == "bot"',
        'matchesAny(get(attributes, "git.author_name", ""), [`bot`])',
        'matchesAny(finding["other"], [`a`])',
        "matchesAny(",
        ") || (",
    ],
)
def test_what_is_not_understood_drops_nothing(text: str) -> None:
    assert read_filter(text) == Filter()


def test_a_term_that_is_not_understood_leaves_the_others() -> None:
    assert read_filter('f(x) > 1 || entropy(finding["secret"]) <= 3') == Filter(3.0)


@given(st.text(max_size=100))
def test_any_text_is_read(text: str) -> None:
    read_filter(text)
