r"""CODEOWNERS in both dialects, with the traps other readers fell into.

beaugunderson/codeowners#45 (`\ ` escapes), meziantou/Meziantou.Framework#526 (inline comments), sentry#73137 (later
lines), codeowners-action#280 (sections), hmarr/codeowners#48 (default owners).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.owners import CodeOwners, Dialect, has_sections, parse_codeowners


def github(text: str, path: str) -> tuple[str, ...]:
    return parse_codeowners(text).of(path)


def gitlab(text: str, path: str) -> tuple[str, ...]:
    return parse_codeowners(text, Dialect.GITLAB).of(path)


def test_the_last_line_that_matches_decides_even_when_an_earlier_one_is_repeated() -> None:
    text = "*.py @python\n/api/ @api\n*.py @python\n"
    assert github(text, "api/a.py") == ("@python",)
    assert github(text, "api/a.txt") == ("@api",)


def test_a_line_without_owners_takes_the_path_from_everyone_on_github() -> None:
    assert github("* @all\n/generated/\n", "generated/a.py") == ()
    assert github("* @all\n/generated/\n", "a.py") == ("@all",)


@pytest.mark.parametrize(
    ("pattern", "path", "holds"),
    [
        ("*", "a/b/c.py", True),
        ("*.js", "a/b.js", True),
        ("*.js", "b.jsx", False),
        ("/docs/", "docs/a/b.md", True),
        ("/docs/", "x/docs/a.md", False),
        ("docs/", "x/docs/a.md", True),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/x/a.md", False),
        ("docs/*", "x/docs/a.md", False),
        ("apps", "apps/a.py", True),
        ("/apps", "x/apps/a.py", False),
        ("/a/**/z.py", "a/z.py", True),
        ("/a/**/z.py", "a/b/c/z.py", True),
        ("**/logs", "deep/logs/a.log", True),
        ("/a/**", "a/b/c", True),
        ("/a/**", "a", False),
        ("/a?.py", "ab.py", True),
        ("/a?.py", "a/.py", False),
        ("README", "readme", False),
    ],
)
def test_github_patterns_hold_where_its_documentation_says(pattern: str, path: str, holds: bool) -> None:
    assert bool(github(f"{pattern} @x\n", path)) is holds


def test_an_escaped_space_and_hash_belong_to_the_path() -> None:
    text = "/my\\ docs/ @space\n/\\#notes.md @hash\n"
    assert github(text, "my docs/a.md") == ("@space",)
    assert github(text, "#notes.md") == ("@hash",)


def test_an_inline_comment_names_no_owner() -> None:
    assert github("*.py @a # ask @b first\n", "x.py") == ("@a",)
    assert github("# *.py @a\n", "x.py") == ()


def test_github_skips_negations_and_character_ranges() -> None:
    assert github("* @a\n!x.py @b\n[ab].py @c\n", "x.py") == ("@a",)
    assert github("* @a\n[ab].py @c\n", "a.py") == ("@a",)


def test_gitlab_sections_each_name_owners_and_fill_in_their_default() -> None:
    text = "* @all\n[Docs][2] @docs\n*.md\nREADME.md @readme\n^[Data] @dba\n*.sql\n[docs]\nextra.md @extra\n"
    assert gitlab(text, "a/notes.md") == ("@all", "@docs")
    assert gitlab(text, "README.md") == ("@all", "@readme")
    assert gitlab(text, "a/b.sql") == ("@all", "@dba")
    assert gitlab(text, "extra.md") == ("@all", "@extra")


def test_gitlab_patterns_without_a_leading_slash_hold_at_any_depth() -> None:
    assert gitlab("docs/* @a\n", "x/docs/a.md") == ("@a",)
    assert gitlab("docs/ @a\n", "x/docs/y/a.md") == ("@a",)
    assert gitlab("docs @a\n", "docs/a.md") == ()
    assert gitlab("/docs @a\n", "docs") == ("@a",)


def test_gitlab_negation_takes_a_path_out_of_its_section_for_good() -> None:
    text = "[Ruby]\n*.rb @ruby\n!/config/*.rb\n/config/a.rb @late\n[Rest]\n* @rest\n"
    assert gitlab(text, "lib/a.rb") == ("@ruby", "@rest")
    assert gitlab(text, "config/a.rb") == ("@rest",)


def test_sections_tell_the_dialect() -> None:
    assert has_sections("# x\n[Docs] @d\n*.md\n")
    assert not has_sections("*.md @d\n")


def test_a_hostile_pattern_takes_no_exponential_time() -> None:
    text = "/" + "**/" * 200 + "*a" * 200 + "b @x\n"
    assert github(text, "/".join(["a" * 50] * 200)) == ()


@given(st.text(max_size=300), st.text(min_size=1, max_size=60))
def test_any_text_is_read_and_any_path_is_asked(text: str, path: str) -> None:
    for dialect in Dialect:
        owners = parse_codeowners(text, dialect)
        assert isinstance(owners, CodeOwners)
        assert all("@" in owner for owner in owners.of(path))


@given(st.lists(st.sampled_from(["src", "docs", "a.py", "my docs", "#x"]), min_size=1, max_size=5))
def test_a_path_is_owned_by_whoever_is_named_beside_it(parts: list[str]) -> None:
    path = "/".join(parts)
    line = "/" + path.replace("#", "\\#").replace(" ", "\\ ") + " @me\n"
    for dialect in Dialect:
        assert parse_codeowners(line, dialect).of(path) == ("@me",)
