"""`go.mod`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from secloop.model.facts import Component
from secloop.stages.build.packages.folder import neighbours, read_folder
from stages.build.reading import component, components, gaps, pins, source

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


WORK = """go 1.22
use (
	./app
	./lib // shared
)
replace example.com/old => example.com/new v1.5.0
replace example.com/far v1.0.0 => ../far
"""
APP = """module example.com/app
go 1.22
require example.com/lib v0.0.0
require example.com/old v1.0.0
require example.com/far v1.0.0
"""


def test_a_workspace_replaces_and_its_modules_are_the_projects_own() -> None:
    files = {"go.work": WORK, "app/go.mod": APP, "lib/go.mod": "module example.com/lib\n", "other/go.mod": APP}
    heads = {path: text.encode() for path, text in files.items()}
    assert neighbours(["app/go.mod"], heads) == {"go.work", "app/go.mod", "lib/go.mod"}
    sources = {path: source(path, text) for path, text in files.items()}
    found = {c.name: (c.version, c.line) for c in read_folder(sources, "app") if isinstance(c, Component)}
    assert found == {"stdlib": ("1.22", 2), "example.com/new": ("v1.5.0", 4)}
    assert "example.com/old" in {c.name for c in read_folder(sources, "other") if isinstance(c, Component)}


def test_a_workspace_alone_names_no_package() -> None:
    assert components({"go.work": WORK}) == []
    assert gaps({"go.work": "nothing of it\n"})


@given(st.text(alphabet="use()./ab =>v1\n", max_size=100))
def test_no_workspace_raises(text: str) -> None:
    components({"go.work": text, "go.mod": APP})
