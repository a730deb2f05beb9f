"""Names that look like widely used ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.supply.typos import Names, imitated, names_of

WORD = st.text("abcdef-", min_size=5, max_size=9)


@pytest.mark.parametrize(
    ("ecosystem", "name", "target"),
    [
        ("PyPI", "reqeusts", "requests"),
        ("PyPI", "requets", "requests"),
        ("PyPI", "colourama", "colorama"),
        ("PyPI", "typingextensions", "typing-extensions"),
        ("npm", "crossenv", "cross-env"),
        ("npm", "expresss", "express"),
        ("npm", "@bable/core", "@babel/core"),
        ("crates.io", "rustdecimal", "rust_decimal"),
        ("RubyGems", "nokogirl", "nokogiri"),
        ("Packagist", "guzzlehtttp/guzzle", "guzzlehttp/guzzle"),
        ("NuGet", "newtonsoft.jsonn", "newtonsoft.json"),
        ("Go", "github.com/siruspen/logrus", "github.com/sirupsen/logrus"),
        ("Maven", "org.sprinframework:spring-core", "org.springframework:spring-core"),
        ("RubyGems", "active-support", "activesupport"),
        ("crates.io", "envlogger", "env_logger"),
        ("Packagist", "symfont/process", "symfony/process"),
    ],
)
def test_a_slip_is_told(ecosystem: str, name: str, target: str) -> None:
    names = names_of(ecosystem)
    assert names is not None
    assert imitated(ecosystem, name, names) == target


@pytest.mark.parametrize(
    ("ecosystem", "name"),
    [
        ("PyPI", "requests"),
        ("PyPI", "boto"),
        ("PyPI", "urllib4"),
        ("PyPI", "entirely-different"),
        ("npm", "lodash4"),
        ("npm", "preact"),
        ("npm", "qs"),
        ("npm", "@acme/express"),
        ("npm", "@babel/cores"),
        ("Go", "github.com/Masterminds/semver"),
        ("Go", "github.com/spf13/viber"),
        ("Maven", "org.springframework:spring-cores"),
        ("Packagist", "symfony/proces"),
    ],
)
def test_real_successors_and_unlike_names_are_not(ecosystem: str, name: str) -> None:
    names = names_of(ecosystem)
    assert names is not None
    assert imitated(ecosystem, name, names) == ""


def test_an_ecosystem_without_a_list_has_none() -> None:
    assert names_of("Hackage") is None


def apart(a: str, b: str) -> int:
    """Return the optimal string alignment distance, by the textbook's table."""
    rows = [[max(i, j) if 0 in {i, j} else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = a[i - 1] != b[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(st.frozensets(WORD, min_size=1, max_size=5), WORD)
def test_exactly_what_is_one_slip_or_separators_apart_is_told(names: frozenset[str], name: str) -> None:
    known = Names(names, frozenset())
    bare = name.replace("-", "")
    expected = name not in names and any(
        apart(name, one) == 1 or (len(bare) >= 5 and one.replace("-", "") == bare) for one in names
    )
    assert bool(imitated("PyPI", name, known)) is expected
