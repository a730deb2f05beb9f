"""`go.mod`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, pins

MODULE = """module example.com/shop

go 1.21

toolchain go1.22.5-custom

require github.com/one/one v1.0.0

require (
\tgithub.com/BurntSushi/toml v1.0.0 // a comment
\t"github.com/quoted/q" v2.0.0+incompatible
\tgolang.org/x/sys v0.0.0-20210630005230-0f9fa26af87c // indirect
\tgithub.com/old/old v1.1.0
\tgithub.com/local/local v1.0.0
)

exclude github.com/one/one v0.9.0

replace (
\tgithub.com/old/old => github.com/new/new v1.2.0
\tgithub.com/one/one v9.9.9 => github.com/never/used v1.0.0
)

replace github.com/local/local => ./local

retract [v1.0.0, v1.9.9] // bad
"""


def test_requirements_are_read_with_replacements_applied() -> None:
    assert pins({"go.mod": MODULE}) == {
        "stdlib": "1.22.5",
        "github.com/one/one": "v1.0.0",
        "github.com/BurntSushi/toml": "v1.0.0",
        "github.com/quoted/q": "v2.0.0+incompatible",
        "golang.org/x/sys": "v0.0.0-20210630005230-0f9fa26af87c",
        "github.com/new/new": "v1.2.0",
    }
    assert gaps({"go.mod": MODULE}) == []


def test_an_indirect_requirement_is_transitive() -> None:
    assert not component({"go.mod": MODULE}, "golang.org/x/sys").direct
    assert component({"go.mod": MODULE}, "github.com/BurntSushi/toml").direct


def test_the_line_is_the_one_that_sets_the_version() -> None:
    assert component({"go.mod": MODULE}, "github.com/BurntSushi/toml").line == 10
    assert component({"go.mod": MODULE}, "github.com/new/new").line == 20


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go 1.20", "1.20"),
        ("go 1.21rc2", "1.21rc2"),
        ("go 1.21\ntoolchain default", "1.21"),
        ("toolchain go1.23.1", "1.23.1"),
    ],
)
def test_go_itself_is_a_component(text: str, version: str) -> None:
    assert pins({"go.mod": text}) == {"stdlib": version}


def test_a_bad_line_costs_that_line_only() -> None:
    files = {"go.mod": "module m\nrequire example.com/a v1.0.0\nrequire example.com/b latest\nnonsense here\n"}
    assert pins(files) == {"example.com/a": "v1.0.0"}
    (gap,) = gaps(files)
    assert isinstance(gap, Partial)
    assert gap.reason == "line 3: not a line that go.mod knows (and 1 more)"


def test_a_file_without_one_directive_fails() -> None:
    (gap,) = gaps({"go.mod": "this is not\na go.mod file\n"})
    assert isinstance(gap, Skipped)


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({"go.mod": data})


@given(st.text(alphabet='require replace=>()v1.0/\n\t "`go', max_size=300))
def test_no_text_that_looks_like_go_raises(text: str) -> None:
    components({"go.mod": text})


def test_a_line_of_quotes_takes_linear_time() -> None:
    (gap,) = gaps({"go.mod": 'module x\nrequire "' + '\\"' * 200_000 + "\n"})
    assert isinstance(gap, Partial)
