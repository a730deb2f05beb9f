"""Perl: cpanfile, its snapshot, and metadata of installed distributions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps

SNAPSHOT = """# carton snapshot format: version 1.0
DISTRIBUTIONS
  Web-Tool-9.01
    pathname: A/AU/AUTHOR/Web-Tool-9.01.tar.gz
    provides:
      Web::Tool 9.01
      Web::Tool::More undef
    requirements:
      Base::Part 0.37
      perl 5.016
  Base-v1.2.3
    pathname: A/AU/AUTHOR/Base-v1.2.3.tar.gz
    provides:
      Base::Part 0.40
"""
CPANFILE = """requires 'perl', '5.010';
requires 'Web::Tool', '>= 9.0, < 10';
requires "Exact" => '== 1.2';
recommends 'Fast';
on 'test' => sub {
    requires 'Test::More', '0.98';
};
requires 'After', 0;
author_requires 'Tidy';
"""


def test_a_snapshot_joins_requirements_to_who_provides_them() -> None:
    files = {"cpanfile.snapshot": SNAPSHOT, "cpanfile": CPANFILE}
    tool = component(files, "Web-Tool")
    assert (tool.version, tool.line, tool.direct) == ("9.01", 3, True)
    assert tool.needs == ("pkg:cpan/Base@1.2.3",)
    assert component(files, "Base").via == ("Web-Tool",)


def test_wishes_have_the_scope_of_their_phase() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"cpanfile": CPANFILE})}
    assert found == {
        "Web-Tool": ("", ">= 9.0, < 10", "runtime", 2),
        "Exact": ("1.2", "", "runtime", 3),
        "Fast": ("", "", "optional", 4),
        "Test-More": ("", "0.98", "test", 6),
        "After": ("", "", "runtime", 8),
        "Tidy": ("", "", "dev", 9),
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("META.json", '{\n  "name": "URI",\n  "version": "5.34",\n  "license": ["perl_5"]\n}'),
        ("META.yml", "---\nname: URI\nversion: '5.34'\nlicense: perl_5\n"),
    ],
)
def test_metadata_of_an_installed_distribution(path: str, text: str) -> None:
    found = component({f"root/.cpanm/work/1.2/URI-5.34/{path}": text}, "URI")
    assert (found.version, found.line, found.licenses) == ("5.34", 2, ("perl_5",))
    assert components({path: text}) == []


@pytest.mark.parametrize("path", ["cpanfile.snapshot", "a/.meta/X-1/MYMETA.json"])
def test_what_is_no_such_file_is_skipped(path: str) -> None:
    (gap,) = gaps({path: "[]"})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["cpanfile", "cpanfile.snapshot", ".meta/a/META.yml"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
