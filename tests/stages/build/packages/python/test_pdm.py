"""`pdm.lock` and `pylock.toml`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps, pins

HASH = "ab" * 32

PDM = f"""[metadata]
groups = ["default", "test"]
lock_version = "4.5.0"

[[package]]
name = "Flask_Thing"
version = "2.0.1"
groups = ["default"]
dependencies = [
    "jinja2>=3.0",
    "colorama; platform_system == \\"Windows\\"",
]
files = [
    {{file = "flask_thing-2.0.1.tar.gz", hash = "sha256:{HASH}"}},
]

[[package]]
name = "jinja2"
version = "3.0.0"
groups = ["default", "test"]

[[package]]
name = "pytest"
version = "8.0.0"
groups = ["test"]
git = "https://user:word@git.example.org/pytest.git"
revision = "0123abc"

[[package]]
name = "here"
version = "0.1"
path = "./here"
"""

PYLOCK = f"""lock-version = "1.0"
created-by = "someone"

[[packages]]
name = "web"
version = "1.10"
index = "https://pypi.example.org/simple"
dependencies = [{{name = "base", version = "1.0"}}]
wheels = [{{url = "https://example.org/web-1.10.whl", hashes = {{sha256 = "{HASH}"}}}}]

[[packages]]
name = "base"
version = "1.0"
index = "https://pypi.org/simple"

[[packages]]
name = "base"
version = "2.0"

[[packages]]
name = "lint"
version = "3.0"
marker = "'lint' in dependency_groups"

[[packages]]
name = "fast"
version = "4.0"
marker = "'speed' in extras"

[[packages]]
name = "here"
directory = {{path = "."}}
"""


def test_pdm_locks_have_edges_scopes_and_hashes() -> None:
    found = component({"pdm.lock": PDM}, "flask-thing")
    assert (found.version, found.line, found.scope) == ("2.0.1", 6, "runtime")
    assert found.needs == ("pkg:pypi/jinja2@3.0.0",)
    assert found.hashes == (f"sha256:{HASH}",)
    assert component({"pdm.lock": PDM}, "pytest").scope == "test"
    assert component({"pdm.lock": PDM}, "jinja2").scope == "runtime"


def test_the_origin_of_a_repository_has_its_commit_and_no_password() -> None:
    assert component({"pdm.lock": PDM}, "pytest").origin == "https://git.example.org/pytest.git#0123abc"


def test_a_package_of_the_tree_is_no_component() -> None:
    assert "here" not in pins({"pdm.lock": PDM}) | pins({"pylock.toml": PYLOCK})


def test_pylock_edges_mean_the_version_they_name() -> None:
    web = component({"pylock.toml": PYLOCK}, "web")
    assert (web.version, web.line) == ("1.10", 5)
    assert web.needs == ("pkg:pypi/base@1.0",)
    assert web.origin == "https://pypi.example.org/simple"
    assert web.hashes == (f"sha256:{HASH}",)
    assert component({"pylock.toml": PYLOCK}, "base", "1.0").origin == ""


@pytest.mark.parametrize(("name", "scope"), [("lint", "dev"), ("fast", "optional"), ("web", "runtime")])
def test_pylock_markers_tell_the_scope(name: str, scope: str) -> None:
    assert component({"pylock.dev.toml": PYLOCK}, name).scope == scope


def test_a_version_that_two_markers_install_has_the_edges_of_both() -> None:
    entry = '[[packages]]\nname = "a"\nversion = "1"\ndependencies = [{{name = "b", version = "{}"}}]\n'
    text = entry.format(1) + entry.format(2) + "".join(f'[[packages]]\nname = "b"\nversion = "{n}"\n' for n in (1, 2))
    assert component({"pylock.toml": text}, "a").needs == ("pkg:pypi/b@1", "pkg:pypi/b@2")


@pytest.mark.parametrize("path", ["pdm.lock", "pylock.toml"])
@pytest.mark.parametrize("text", ["no toml at all", "{}"], ids=["text", "braces"])
def test_what_is_no_lock_is_skipped(path: str, text: str) -> None:
    (gap,) = gaps({path: text})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["pdm.lock", "pylock.toml"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
