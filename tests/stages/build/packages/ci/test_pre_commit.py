"""pre-commit's configuration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps

PATH = ".pre-commit-config.yaml"
COMMIT = "0123456789abcdef" * 2 + "01234567"
TEXT = f"""repos:
  - repo: https://github.com/Acme/hooks
    rev: v1.2.3
    hooks:
      - id: lint
        additional_dependencies: ["left[extra]==1.0", "right>=2", "@scope/js@3.0.0", types-x]
  - repo: git@gitlab.example.org:team/hooks.git
    rev: "{COMMIT}"
    hooks: []
  - repo: local
    hooks:
      - id: own
        additional_dependencies:
          - plain==4.0
  - repo: meta
    hooks: [{{id: identity}}]
"""


def test_repositories_are_git_packages_at_their_revision() -> None:
    assert {(c.purl, c.line, c.scope) for c in components({PATH: TEXT})} == {
        ("pkg:github/acme/hooks@v1.2.3", 2, "dev"),
        (f"pkg:generic/gitlab.example.org/team/hooks@{COMMIT}", 7, "dev"),
        ("pkg:pypi/left@1.0", 6, "dev"),
        ("pkg:npm/%40scope/js@3.0.0", 6, "dev"),
        ("pkg:pypi/plain@4.0", 14, "dev"),
    }
    other = component({PATH: TEXT}, "gitlab.example.org/team/hooks")
    assert other.hashes == (f"sha1:{COMMIT}",)
    assert "team/hooks" in other.origin


@pytest.mark.parametrize("text", ["[", "- a", "repos: {"])
def test_what_is_no_configuration_is_a_gap(text: str) -> None:
    assert [type(one) for one in gaps({PATH: text})] == [Skipped]


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({PATH: data})


@pytest.mark.parametrize(
    "text", ["repos: 3", "repos: [3, {repo: [1]}]", "repos:\n- hooks:\n  - 3\n  - additional_dependencies: 3"]
)
def test_values_of_a_wrong_type_are_passed_over(text: str) -> None:
    assert not components({PATH: text})
