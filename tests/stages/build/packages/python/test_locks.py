"""`uv.lock` and `poetry.lock`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, pins

UV = """version = 1
requires-python = ">=3.11"

[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
dependencies = [
    { name = "flask" },
]

[package.optional-dependencies]
db = [
    { name = "psycopg" },
]

[package.dev-dependencies]
test = [
    { name = "pytest" },
]

[[package]]
name = "flask"
version = "2.0.1"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "jinja2" },
    { name = "werkzeug" },
]

[[package]]
name = "jinja2"
version = "3.0.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "markupsafe" },
]

[[package]]
name = "markupsafe"
version = "2.0.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "psycopg"
version = "3.2.1"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "pytest"
version = "8.0.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "markupsafe" },
    { name = "pluggy" },
]

[[package]]
name = "pluggy"
version = "1.5.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "werkzeug"
version = "2.0.0"
source = { registry = "https://pypi.org/simple" }
"""

POETRY = """[[package]]
name = "Flask"
version = "2.0.1"
description = "x"
optional = false
python-versions = ">=3.6"

[package.dependencies]
Jinja2 = ">=3.0"

[package.extras]
async = ["asgiref (>=3.2)"]

[[package]]
name = "jinja2"
version = "3.0.0"
category = "main"
optional = false

[package.dependencies]
MarkupSafe = ">=2.0"

[[package]]
name = "markupsafe"
version = "2.0.0"
optional = false

[[package]]
name = "pytest"
version = "8.0.0"
optional = false
groups = ["test"]

[metadata]
lock-version = "2.1"
content-hash = "x"
"""


def test_uv_tells_direct_from_transitive_with_the_path() -> None:
    files = {"uv.lock": UV}
    assert component(files, "flask").direct
    deep = component(files, "markupsafe")
    assert (deep.direct, deep.via) == (False, ("flask", "jinja2"))


@pytest.mark.parametrize(
    ("name", "scope"),
    [("flask", "runtime"), ("markupsafe", "runtime"), ("psycopg", "optional"), ("pytest", "test"), ("pluggy", "test")],
)
def test_uv_scope_is_the_strongest_from_which_a_package_is_reached(name: str, scope: str) -> None:
    assert component({"uv.lock": UV}, name).scope == scope


def test_the_project_itself_is_no_component() -> None:
    assert "shop" not in pins({"uv.lock": UV})


def test_a_package_stands_on_the_line_of_its_name() -> None:
    assert component({"uv.lock": UV}, "flask").line == 23
    assert component({"poetry.lock": POETRY}, "pytest").line == 29


def test_two_versions_of_one_package_are_told_apart_by_the_edge() -> None:
    text = """version = 1
[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "a", version = "2" }]
[[package]]
name = "a"
version = "1"
[[package]]
name = "a"
version = "2"
"""
    assert not component({"uv.lock": text}, "a", "1").direct
    assert component({"uv.lock": text}, "a", "2").direct


def test_poetry_takes_direct_packages_from_the_manifest_beside_it() -> None:
    manifest = '[tool.poetry.dependencies]\nflask = "^2.0"\nmarkupsafe = "*"\n'
    files = {"poetry.lock": POETRY, "pyproject.toml": manifest}
    assert component(files, "markupsafe").direct
    assert component(files, "jinja2").via == ("flask",)


def test_poetry_without_a_manifest_calls_direct_what_nothing_else_needs() -> None:
    assert {c.name: c.direct for c in components({"poetry.lock": POETRY})} == {
        "flask": True,
        "jinja2": False,
        "markupsafe": False,
        "pytest": True,
    }


def test_poetry_groups_tell_the_scope() -> None:
    assert component({"poetry.lock": POETRY}, "pytest").scope == "test"


def test_a_broken_block_costs_that_block_only() -> None:
    files = {"uv.lock": UV.replace('version = "3.0.0"', "version = = 3")}
    assert "jinja2" not in pins(files)
    assert pins(files)["werkzeug"] == "2.0.0"
    (gap,) = gaps(files)
    assert isinstance(gap, Partial)
    assert gap.reason.startswith("line 33: not valid TOML")


@pytest.mark.parametrize("text", ["this is not toml at all", "{}", "[[package]]\nname = \n"])
def test_a_lock_of_which_nothing_can_be_read_fails(text: str) -> None:
    (gap,) = gaps({"uv.lock": text})
    assert isinstance(gap, Skipped)


def test_an_empty_lock_has_no_packages_and_no_gap() -> None:
    assert gaps({"uv.lock": "version = 1\n", "poetry.lock": ""}) == []


def test_packages_in_one_inline_array_are_read_too() -> None:
    assert pins({"uv.lock": 'version = 1\npackage = [{name = "a", version = "1"}]\n'}) == {"a": "1"}


@given(st.binary(), st.sampled_from(["uv.lock", "poetry.lock"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})


@given(st.integers(0, len(UV)), st.integers(0, len(UV)))
def test_a_lock_with_a_hole_never_raises(start: int, end: int) -> None:
    components({"uv.lock": UV[: min(start, end)] + UV[max(start, end) :]})
