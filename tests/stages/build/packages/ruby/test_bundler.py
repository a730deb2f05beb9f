"""`Gemfile.lock`, `Gemfile` and gem specifications."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, pins

LOCK = f"""GIT
  remote: https://me:word@git.example.org/fork.git
  revision: 0123abc
  branch: main
  specs:
    fork (2.0.0.alpha1)
      base (~> 1.0)

PATH
  remote: .
  specs:
    ours (0.1.0)
      deep (>= 1)

GEM
  remote: https://rubygems.org/
  specs:
    base (1.0.0)
    deep (1.5.0)
      base
    native (3.0.0)
    native (3.0.0-x86_64-linux)
    tester (4.0.0)

PLATFORMS
  ruby
  x86_64-linux

DEPENDENCIES
  fork!
  native (~> 3.0)
  ours!
  tester

CHECKSUMS
  base (1.0.0) sha256={"ab" * 32}

BUNDLED WITH
   2.5.0
"""
GEMFILE = """source "https://rubygems.org"
ruby "3.3.0"

gem "native", "~> 3.0", ">= 3.0.1" # comment
gem 'exact', '1.2.3'
gem "fork", git: "https://git.example.org/fork.git",
            ref: "0123abc"
gem "hub", github: "owner/hub"
gem "ours", path: "."

group :development, :test do
  gem "tester"
  if ENV["X"]
    gem "maybe"
  end
end

gem "lint", group: :development
gem "plain", require: false
"""


def test_gems_have_edges_origins_lines_and_hashes() -> None:
    fork = component({"Gemfile.lock": LOCK}, "fork")
    assert (fork.version, fork.line) == ("2.0.0.alpha1", 6)
    assert fork.origin == "https://git.example.org/fork.git#0123abc"
    assert fork.needs == ("pkg:gem/base@1.0.0",)
    assert component({"Gemfile.lock": LOCK}, "base").hashes == ("sha256:" + "ab" * 32,)


def test_direct_is_what_the_gemfile_and_the_own_gems_ask_for() -> None:
    found = {c.name: c.direct for c in components({"gems.locked": LOCK})}
    assert found == {"fork": True, "base": False, "deep": True, "native": True, "tester": True}


def test_a_gem_of_several_platforms_is_one_gem() -> None:
    assert component({"Gemfile.lock": LOCK}, "native").version == "3.0.0"


def test_groups_of_the_gemfile_are_scopes() -> None:
    files = {"Gemfile.lock": LOCK, "Gemfile": GEMFILE}
    assert component(files, "tester").scope == "test"
    assert component(files, "native").scope == "runtime"


def test_literal_wishes_of_a_gemfile() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"Gemfile": GEMFILE})}
    assert found == {
        "native": ("", "~> 3.0, >= 3.0.1", "runtime", 4),
        "exact": ("1.2.3", "", "runtime", 5),
        "fork": ("", "", "runtime", 6),
        "hub": ("", "", "runtime", 8),
        "tester": ("", "", "test", 12),
        "maybe": ("", "", "test", 14),
        "lint": ("", "", "dev", 18),
        "plain": ("", "", "runtime", 19),
    }
    assert component({"Gemfile": GEMFILE}, "hub").origin == "https://github.com/owner/hub"


def test_a_merge_conflict_is_told() -> None:
    (gap,) = gaps({"Gemfile.lock": LOCK.replace("    base (1.0.0)", "<<<<<<< HEAD\n    base (1.0.0)")})
    assert isinstance(gap, Partial)
    assert "merge conflict" in gap.reason


def test_text_without_a_section_is_no_lock() -> None:
    (gap,) = gaps({"Gemfile.lock": "something else\n"})
    assert isinstance(gap, Skipped)


def test_an_installed_gem_is_the_gem_and_its_licences() -> None:
    text = "# -*- encoding: utf-8 -*-\n# stub: yaml 0.2.1 ruby lib\n\nGem::Specification.new do |s|\n"
    text += '  s.name = "yaml".freeze\n  s.version = "0.2.1"\n  s.licenses = ["Ruby".freeze, "BSD-2-Clause"]\nend\n'
    found = component({"specifications/yaml-0.2.1.gemspec": text}, "yaml")
    assert (found.version, found.line, found.licenses) == ("0.2.1", 5, ("Ruby", "BSD-2-Clause"))
    bare = text.replace("# stub: yaml 0.2.1 ruby lib\n", "").replace(".freeze", "")
    assert pins({"specifications/yaml-0.2.1.gemspec": bare}) == {"yaml": "0.2.1"}


def test_a_project_gem_is_what_it_depends_on() -> None:
    text = """Gem::Specification.new do |spec|
  spec.name = "ours"
  spec.add_dependency "base", "~> 1.0", ">= 1.0.2"
  spec.add_runtime_dependency(%q<exact>.freeze, ["= 1.2.3"])
  spec.add_development_dependency "tester"
end
"""
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"ours.gemspec": text})}
    assert found == {
        "base": ("", "~> 1.0, >= 1.0.2", "runtime", 3),
        "exact": ("1.2.3", "", "runtime", 4),
        "tester": ("", "", "dev", 5),
    }


@pytest.mark.parametrize("path", ["Gemfile.lock", "Gemfile", "a.gemspec", "specifications/a.gemspec"])
@given(data=st.binary(max_size=200))
def test_no_bytes_raise(path: str, data: bytes) -> None:
    components({path: data})


@given(st.integers(0, len(LOCK)), st.integers(0, len(LOCK)))
def test_a_lock_with_a_hole_never_raises(start: int, end: int) -> None:
    components({"Gemfile.lock": LOCK[: min(start, end)] + LOCK[max(start, end) :]})
