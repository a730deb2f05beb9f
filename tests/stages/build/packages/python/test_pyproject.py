"""`pyproject.toml`."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, pins

STANDARD = """
[build-system]
requires = ["hatchling==1.27.0"]

[project]
name = "shop"
dependencies = [
  "flask==2.0.1",
  "requests[socks]>=2",
]

[project.optional-dependencies]
postgres = ["psycopg==3.2.1"]

[dependency-groups]
test = ["pytest==8.0", {include-group = "lint"}]
lint = ["ruff>=0.5"]
"""

POETRY = """
[tool.poetry.dependencies]
python = "^3.11"
flask = "2.0.1"
requests = "^2.0"
psycopg = {version = "==3.2.1", optional = true}
local = {path = "../local"}

[tool.poetry.group.test.dependencies]
pytest = "*"

[tool.poetry.dev-dependencies.black]
version = "23.1.0"
"""


def test_every_standard_table_is_read_with_scope_and_line() -> None:
    found = {c.name: (c.version, c.scope, c.line) for c in components({"pyproject.toml": STANDARD})}
    assert found == {
        "hatchling": ("1.27.0", "build", 3),
        "flask": ("2.0.1", "runtime", 8),
        "requests": ("", "runtime", 9),
        "psycopg": ("3.2.1", "optional", 13),
        "pytest": ("8.0", "test", 16),
        "ruff": ("", "dev", 17),
    }


def test_poetrys_tables_are_read_with_scope_and_line() -> None:
    found = {c.name: (c.version, c.scope, c.line) for c in components({"pyproject.toml": POETRY})}
    assert found == {
        "flask": ("2.0.1", "runtime", 4),
        "requests": ("", "runtime", 5),
        "psycopg": ("3.2.1", "optional", 6),
        "pytest": ("", "test", 10),
        "black": ("23.1.0", "dev", 12),
    }


def test_a_repeated_requirement_stands_on_its_own_line() -> None:
    text = '[project]\ndependencies = ["a==1"]\n[dependency-groups]\nx = [\n  "a==1",\n  "b==1",\n]\n'
    assert component({"pyproject.toml": text}, "b").line == 6
    assert component({"pyproject.toml": text}, "a").line == 2


def test_broken_toml_fails_with_its_line() -> None:
    (gap,) = gaps({"pyproject.toml": "[project]\nname = 'a'\ndependencies = [\n"})
    assert isinstance(gap, Skipped)
    assert gap.reason.startswith(("line 3", "line 4"))


def test_one_bad_requirement_costs_itself_only() -> None:
    files = {"pyproject.toml": '[project]\ndependencies = ["a==1", "not a requirement !"]\n'}
    assert pins(files) == {"a": "1"}
    (gap,) = gaps(files)
    assert isinstance(gap, Partial)
    assert gap.reason.startswith("line 2")


def test_tables_of_a_wrong_type_are_no_crash() -> None:
    assert pins({"pyproject.toml": "project = 1\ntool = [1]\ndependency-groups = 'x'\n"}) == {}
    assert pins({"pyproject.toml": "[project]\ndependencies = {a = 1}\n[tool.poetry]\ndependencies = [1]\n"}) == {}


def test_nesting_without_end_is_one_gap() -> None:
    assert len(gaps({"pyproject.toml": "a = " + "[" * 100_000})) == 1


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({"pyproject.toml": data})


@given(st.text(alphabet="[]{}=\"'\\.,#\n \tabc012-"))
def test_no_text_that_looks_like_toml_raises(text: str) -> None:
    components({"pyproject.toml": text})
