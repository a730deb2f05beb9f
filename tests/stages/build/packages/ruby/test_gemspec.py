"""`*.gemspec`: the project's own, and those of installed gems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.folder import neighbours, read_folder
from secloop.stages.build.packages.registry import extractor_for
from stages.build.reading import component, components, gaps, pins, source

UNPACKED = "usr/lib/ruby/bundler/gems/acme-0a1b2c3d4e5f"
SPEC = """require_relative {required}

Gem::Specification.new do |spec|
  spec.name = "acme".freeze # its name
  spec.version = {version}
  spec.licenses = ["MIT"]
  spec.add_dependency "rack", "~> 3.0"
end
"""


def _unpacked(version: str, required: str = "'lib/acme/version'") -> dict[str, str]:
    return {
        f"{UNPACKED}/acme.gemspec": SPEC.format(version=version, required=required),
        f"{UNPACKED}/lib/acme/version.rb": "module Acme\n  VERSION = '1.2.3'.freeze\nend\n",
    }


@pytest.mark.parametrize(
    "required",
    [
        "'lib/acme/version'",
        "'./lib/acme/version.rb'",
        "File.join('lib', 'acme', 'version')",
        "File.join(\n  'lib',\n  'acme',\n  'version'\n)",
        "File.dirname(__FILE__) + '/lib/acme/version'",
        "File.expand_path('lib/acme/version', __dir__)",
        "'lib/acme/version' if defined?(Acme)",
        "'acme/version'",
    ],
)
def test_a_gem_unpacked_from_a_repository_has_the_version_of_its_constant(required: str) -> None:
    files = _unpacked("Acme::VERSION", required)
    gem = component(files, "acme")
    assert (gem.version, gem.licenses, gem.purl) == ("1.2.3", ("MIT",), "pkg:gem/acme@1.2.3")
    heads = {path: data.encode() for path, data in files.items()}
    assert neighbours({f"{UNPACKED}/acme.gemspec"}, heads) == {f"{UNPACKED}/lib/acme/version.rb"}


def test_a_version_that_is_made_at_run_time_is_not_guessed() -> None:
    assert pins(_unpacked("Acme.version")) == {"acme": ""}
    assert pins({f"{UNPACKED}/acme.gemspec": SPEC.format(version="Acme::VERSION", required="'x'")}) == {"acme": ""}


def test_the_folder_of_an_unpacked_gem_tells_a_version_that_its_files_do_not() -> None:
    path = "usr/lib/ruby/gems/3.3.0/gems/acme-2.0.1-x86_64-linux/acme.gemspec"
    assert pins({path: SPEC.format(version="Acme.version", required="'x'")}) == {"acme": "2.0.1"}
    assert pins({path: SPEC.format(version="'2.0.2'", required="'x'")}) == {"acme": "2.0.2"}


def test_a_gem_that_rubygems_has_noted_is_told_once() -> None:
    home = "usr/lib/ruby/gems/3.3.0"
    noted = "# stub: acme 2.0.1 ruby lib\n\nGem::Specification.new do |s|\n  s.name = 'acme'.freeze\nend\n"
    files = {
        f"{home}/gems/acme-2.0.1/acme.gemspec": SPEC.format(version="'2.0.1'", required="'x'"),
        f"{home}/specifications/acme-2.0.1.gemspec": noted,
    }
    assert [(gem.name, gem.version, gem.file, gem.line) for gem in components(files)] == [
        ("acme", "2.0.1", f"{home}/specifications/acme-2.0.1.gemspec", 4)
    ]


@pytest.mark.parametrize("path", ["acme.gemspec", "gems/acme/acme.gemspec"])
def test_the_gem_of_the_tree_itself_is_no_component(path: str) -> None:
    found = components({path: SPEC.format(version="'1.0.0'", required="'x'")})
    assert [(one.name, one.constraint, one.line) for one in found] == [("rack", "~> 3.0", 7)]


def test_the_gem_of_the_tree_is_known_as_its_own_with_its_version() -> None:
    reader = extractor_for("acme.gemspec")
    assert reader is not None
    spec = source("acme.gemspec", SPEC.format(version="Acme::VERSION", required="'lib/acme/version'"))
    near = {"lib/acme/version.rb": source("lib/acme/version.rb", "module Acme\n  VERSION = '1.2.3'\nend\n")}
    own = [(one.name, one.version) for one in reader.extract_beside(spec, near).packages if one.own]
    assert own == [("acme", "1.2.3")]


def test_what_is_no_specification_is_a_gap() -> None:
    assert [gap.reason for gap in gaps({"acme.gemspec": "puts 'hello'\n"})] == ["line 1: not a gem's specification"]


def test_a_version_file_of_the_project_is_not_read() -> None:
    assert extractor_for("lib/acme/version.rb") is None
    reader = extractor_for(f"{UNPACKED}/lib/acme/version.rb")
    assert reader is not None
    assert reader.name == "version.rb"


@given(
    data=st.one_of(st.binary(max_size=200), st.text("requi_latve'/.\"%q<>=sgemn:A \n", max_size=200).map(str.encode))
)
@pytest.mark.parametrize("path", ["acme.gemspec", f"{UNPACKED}/acme.gemspec"])
def test_any_bytes_end_in_observations(path: str, data: bytes) -> None:
    file = source(path, b"Gem::Specification\n" + data)
    for one in read_folder({path: file}):
        assert one
