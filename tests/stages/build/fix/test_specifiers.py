"""Version wishes: what they admit, and how they are raised in their own style."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.fix.specifiers import admits, is_breaking, raised

ECOSYSTEMS = ("npm", "PyPI", "crates.io", "RubyGems", "Packagist", "Hex", "Pub", "NuGet", "Maven", "Go")


@pytest.mark.parametrize(
    ("ecosystem", "wish", "version", "expected"),
    [
        ("npm", "^1.2.3", "1.9.0", True),
        ("npm", "^1.2.3", "2.0.0", False),
        ("npm", "^0.2.3", "0.3.0", False),
        ("npm", "~1.2.3", "1.3.0", False),
        ("npm", "1.x", "1.9.0", True),
        ("npm", "1.x", "2.0.0", False),
        ("npm", "1.2", "1.2.9", True),
        ("npm", "1.2.3", "1.2.4", False),
        ("npm", ">=1 <3", "2.5.0", True),
        ("npm", "^1 || ^3", "3.1.0", True),
        ("npm", "1.0.0 - 2.0.0", "1.5.0", True),
        ("npm", "npm:foo@^1.0.0", "1.5.0", True),
        ("npm", "*", "9.0.0", True),
        ("npm", "workspace:*", "1.0.0", None),
        ("npm", "git+ssh://example.org/x", "1.0.0", None),
        ("PyPI", ">=1.0,<2", "1.5", True),
        ("PyPI", "==1.0", "1.0.0", True),
        ("PyPI", "~=1.4.2", "1.5", False),
        ("PyPI", "^1.2", "2.0.0", False),
        ("PyPI", "^2.0", "2.0.0", True),
        ("PyPI", "~1.2", "1.3", False),
        ("PyPI", "==1.*", "1.9", True),
        ("PyPI", "1.*", "1.9", True),
        ("PyPI", ">=what", "1", None),
        ("crates.io", "1.2", "1.9.0", True),
        ("crates.io", "1.2", "2.0.0", False),
        ("crates.io", "0.8", "0.9.0", False),
        ("crates.io", "=1.2.3", "1.2.4", False),
        ("RubyGems", "~> 7.0", "7.9.1", True),
        ("RubyGems", "~> 7.0.1", "7.1.0", False),
        ("RubyGems", ">= 1.2, < 3", "2.9", True),
        ("Packagist", "~1.2", "1.9.0", True),
        ("Packagist", "~1.2.3", "1.3.0", False),
        ("Packagist", "1.2.*", "1.2.9", True),
        ("Packagist", "^1.0|^2.0", "2.3", True),
        ("Packagist", "^7.4", "8.0.0", False),
        ("Hex", "~> 1.2", "1.9.0", True),
        ("Pub", ">=1.0.0 <2.0.0", "1.9.0", True),
        ("NuGet", "1.2.3", "1.9.0", True),
        ("NuGet", "[1.0,2.0)", "1.5", None),
        ("Maven", "1.2.3", "1.2.4", False),
    ],
)
def test_a_wish_admits_what_its_tool_takes(ecosystem: str, wish: str, version: str, expected: bool | None) -> None:
    assert admits(ecosystem, wish, version) is expected


@pytest.mark.parametrize(
    ("ecosystem", "wish", "version", "expected"),
    [
        ("npm", "^1.2.3", "2.1.0", "^2.1.0"),
        ("npm", "~1.2", "1.3.5", "~1.3.5"),
        ("npm", "1.x", "2.3.4", "2.x"),
        ("npm", ">=1.0.0 <2.0.0", "2.3.4", ">=2.3.4 <3.0.0"),
        ("npm", "v1.2.3", "1.2.9", "v1.2.9"),
        ("npm", "^1 || ^2", "3.1.2", "^1 || ^2 || ^3.1.2"),
        ("npm", "npm:foo@^1.0.0", "2.5.0", "npm:foo@^2.5.0"),
        ("npm", "1.0.0 - 2.0.0", "2.5.0", ""),
        ("PyPI", ">=1.0,<2", "2.3.4", ">=2.3.4,<3"),
        ("PyPI", ">=1.0, <=1.5", "2.0", ">=2.0, <=2.0"),
        ("PyPI", ">=1.0,!=1.5,<2", "3.0", ">=3.0,!=1.5,<4"),
        ("PyPI", "~=1.4.2", "1.6.3", "~=1.6.3"),
        ("PyPI", "~=1.4", "2.1.3", "~=2.1"),
        ("PyPI", "== 1.0", "1.1", "== 1.1"),
        ("PyPI", "==1.*", "2.3", "==2.*"),
        ("crates.io", "1.2", "2.0.3", "2.0.3"),
        ("RubyGems", "~> 7.0", "8.0.1", "~> 8.0"),
        ("RubyGems", "~> 7.0.1", "7.0.8", "~> 7.0.8"),
        ("RubyGems", ">= 1.2, < 3", "3.1", ">= 3.1, < 4"),
        ("Packagist", "~1.2", "2.1.3", "~2.1"),
        ("Packagist", "1.2.*", "1.3.4", "1.3.*"),
        ("NuGet", "[1.0,2.0)", "2.1", ""),
    ],
)
def test_a_wish_is_raised_in_its_own_style(ecosystem: str, wish: str, version: str, expected: str) -> None:
    assert raised(ecosystem, wish, version) == expected


@given(
    st.sampled_from(ECOSYSTEMS),
    st.text("^~<>=!| ,.*x0123456789v-", max_size=25),
    st.from_regex(r"[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,2})?", fullmatch=True),
)
def test_what_is_raised_admits_the_version_whatever_the_wish(ecosystem: str, wish: str, version: str) -> None:
    made = raised(ecosystem, wish, version)
    assert not made or admits(ecosystem, made, version) is True


@given(st.sampled_from(ECOSYSTEMS), st.text(max_size=40), st.text(max_size=20))
def test_no_text_breaks_it(ecosystem: str, wish: str, version: str) -> None:
    assert admits(ecosystem, wish, version) in {True, False, None}
    assert isinstance(raised(ecosystem, wish, version), str)


@pytest.mark.parametrize(
    ("ecosystem", "old", "new", "expected"),
    [
        ("npm", "1.2.3", "1.9.0", False),
        ("npm", "1.2.3", "2.0.0", True),
        ("npm", "0.2.3", "0.3.0", True),
        ("npm", "0.0.3", "0.0.4", True),
        ("crates.io", "0.8.1", "0.8.9", False),
        ("PyPI", "0.2", "0.3", False),
        ("PyPI", "2022.1", "2023.1", True),
        ("Go", "v0.1.0", "v0.52.0", False),
        ("Maven", "what", "1.0", True),
    ],
)
def test_an_upgrade_is_breaking_where_the_versions_say_so(ecosystem: str, old: str, new: str, expected: bool) -> None:
    assert is_breaking(ecosystem, old, new) is expected
