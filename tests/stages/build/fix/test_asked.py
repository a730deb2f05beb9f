"""The ranges that the packages of a lock file ask of each other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.fix.asked import asked

NPM = {
    "packages": {"": {"dependencies": {"a": "^1"}}, "node_modules/a": {"version": "1.0.0", "dependencies": {"b": "~2"}}}
}
OLD_NPM = {
    "dependencies": {"c": {"version": "3.0.0", "dependencies": {"a": {"version": "1.0.0", "requires": {"b": "~2"}}}}}
}
COMPOSER = {"packages-dev": [{"name": "V/A", "version": "1.0.0", "require": {"php": ">=7", "V/B": "~2"}}]}
FILES = {
    "package-lock.json": json.dumps(NPM),
    "x/npm-shrinkwrap.json": json.dumps(OLD_NPM),
    "yarn.lock": '# yarn lockfile v1\n\n\na@^1:\n  version "1.0.0"\n  dependencies:\n    b "~2"\n',
    "berry/yarn.lock": '__metadata:\n  version: 8\n\n"a@npm:^1":\n  version: 1.0.0\n  dependencies:\n    b: "npm:~2"\n',
    "poetry.lock": '[[package]]\nname = "A"\nversion = "1.0.0"\n[package.dependencies]\nb = {version = "~2"}\n',
    "pdm.lock": '[[package]]\nname = "A"\nversion = "1.0.0"\ndependencies = ["b[x]~=2; python_version > \'3\'"]\n',
    "composer.lock": json.dumps(COMPOSER),
    "Gemfile.lock": "GEM\n  specs:\n    a (1.0.0)\n      b (~2)\n\nDEPENDENCIES\n  a\n",
}


@pytest.mark.parametrize("path", FILES)
def test_a_parent_and_its_range_are_found(path: str) -> None:
    found = asked(path, FILES[path])
    parent, child = ("v/a", "v/b") if path == "composer.lock" else ("a", "b")
    assert found[parent, "1.0.0"][child] == ("~=2" if path == "pdm.lock" else "~2")


def test_a_format_without_ranges_tells_nothing() -> None:
    assert asked("Cargo.lock", '[[package]]\nname = "a"\nversion = "1"\ndependencies = ["b"]\n') == {}


@given(st.text(max_size=200), st.sampled_from(sorted(FILES)))
def test_no_text_breaks_it(text: str, path: str) -> None:
    assert isinstance(asked(path, text), dict)


@given(st.sampled_from(sorted(FILES)), st.integers(0, 120))
def test_no_cut_breaks_it(path: str, at: int) -> None:
    assert isinstance(asked(path, FILES[path][:at]), dict)
