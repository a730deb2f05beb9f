"""Gradle: lock files, the version catalogue, verification metadata; sbt's lock."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, observations, pins

LOCK = """# This is a Gradle generated file for dependency locking.
com.acme:web:1.2=compileClasspath,runtimeClasspath,testRuntimeClasspath
com.acme:checks:2.0=testCompileClasspath
 com.acme:weaver:3.0=annotationProcessor
com.acme:reload:4.0=developmentOnly
com.acme:api:5.0=compileOnly
broken line
empty=kapt
"""


@pytest.mark.parametrize(
    ("name", "line", "scope"),
    [
        ("com.acme:web", 2, "runtime"),
        ("com.acme:checks", 3, "test"),
        ("com.acme:weaver", 4, "build"),
        ("com.acme:reload", 5, "dev"),
        ("com.acme:api", 6, "build"),
    ],
)
def test_configurations_of_a_lock_give_the_scope(name: str, line: int, scope: str) -> None:
    found = component({"gradle.lockfile": LOCK}, name)
    assert (found.line, found.scope) == (line, scope)


def test_a_broken_line_of_a_lock_costs_itself_only() -> None:
    (gap,) = gaps({"gradle.lockfile": LOCK})
    assert isinstance(gap, Partial)
    assert (gap.reason, round(gap.share, 2)) == ("line 7: not group:artifact:version=configurations", 0.83)


def test_what_the_build_script_runs_on_has_the_scope_build() -> None:
    assert component({"buildscript-gradle.lockfile": "a.b:plugin:1.0=classpath\n"}, "a.b:plugin").scope == "build"


def test_the_older_locks_have_one_file_per_configuration() -> None:
    files = {"gradle/dependency-locks/testRuntimeClasspath.lockfile": "# locked\na.b:c:1.0\n"}
    assert component(files, "a.b:c").scope == "test"


CATALOGUE = """[versions]
acme = "1.4"
rich = { strictly = "[2.0, 3.0[", prefer = "2.5" }

[libraries]
short = "com.acme:short:1.0"
module = { module = "com.acme:module", version.ref = "acme" }
triple = { group = "com.acme", name = "triple", version = { require = "7.1" } }
ranged = { module = "com.acme:ranged", version.ref = "rich" }
open = { module = "com.acme:open", version = "3.+" }
bare = { module = "com.acme:bare" }
odd = { name = "nothing" }

[bundles]
all = ["short", "module"]

[plugins]
boot = { id = "com.acme.boot", version.ref = "acme" }
"""


def test_a_catalogue_gives_libraries_and_plugins_with_their_wishes() -> None:
    found = {c.name: (c.version, c.constraint, c.scope) for c in components({"libs.versions.toml": CATALOGUE})}
    assert found == {
        "com.acme:short": ("1.0", "", "runtime"),
        "com.acme:module": ("1.4", "", "runtime"),
        "com.acme:triple": ("7.1", "", "runtime"),
        "com.acme:ranged": ("", "[2.0, 3.0[", "runtime"),
        "com.acme:open": ("", "3.+", "runtime"),
        "com.acme:bare": ("", "", "runtime"),
        "com.acme.boot:com.acme.boot.gradle.plugin": ("1.4", "", "build"),
    }


def test_a_library_without_a_module_is_told_with_its_line() -> None:
    (gap,) = gaps({"libs.versions.toml": CATALOGUE})
    assert gap.reason == "line 12: 'odd' names no module"
    assert component({"libs.versions.toml": CATALOGUE}, "com.acme:module").line == 7


VERIFICATION = """<?xml version="1.0" encoding="UTF-8"?>
<verification-metadata xmlns="https://schema.gradle.org/dependency-verification">
  <components>
    <component group="com.acme" name="web" version="1.2">
      <artifact name="web-1.2.jar"><sha256 value="AB01"/><sha1 value="cd"/></artifact>
      <artifact name="web-1.2.pom"><sha512 value="ff"/></artifact>
    </component>
    <component group="com.acme" name="web"/>
  </components>
</verification-metadata>
"""


def test_verification_metadata_gives_versions_with_the_checksums_of_the_jar() -> None:
    found = component({"verification-metadata.xml": VERIFICATION}, "com.acme:web")
    assert (found.version, found.line, found.hashes) == ("1.2", 4, ("sha256:ab01", "sha1:cd"))
    (gap,) = gaps({"verification-metadata.xml": VERIFICATION})
    assert gap.reason.startswith("line 8: ")


SBT = {
    "lockVersion": 1,
    "dependencies": [
        {
            "org": "com.acme",
            "name": "core_2.13",
            "version": "1.0",
            "artifacts": [{"name": "core_2.13.jar", "hash": "sha1:ab"}],
            "configurations": ["test", "compile"],
        },
        {"org": "com.acme", "name": "spec_2.13", "version": "2.0", "configurations": ["test"]},
        {"org": "com.acme"},
    ],
}


def test_an_sbt_lock_gives_scopes_hashes_and_lines() -> None:
    files = {"build.sbt.lock": json.dumps(SBT, indent=2)}
    first, second = component(files, "com.acme:core_2.13"), component(files, "com.acme:spec_2.13")
    assert (first.scope, first.hashes, first.line) == ("runtime", ("sha1:ab",), 4)
    assert (second.scope, second.line) == ("test", 19)
    assert [gap.reason for gap in gaps(files)] == ["line 27: a dependency without org, name or version"]


@pytest.mark.parametrize(
    "path", ["gradle.lockfile", "libs.versions.toml", "verification-metadata.xml", "build.sbt.lock"]
)
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_bytes_end_in_observations(path: str, data: bytes) -> None:
    for one in observations({path: data}):
        assert not isinstance(one, Skipped) or one.reason


def test_a_lock_beside_a_catalogue_is_where_the_version_is_told() -> None:
    files = {
        "libs.versions.toml": '[libraries]\na = "x:y:1.+"\nb = "x:z:1.0"\n',
        "gradle.lockfile": "x:y:1.7=classpath\n",
    }
    assert pins(files) == {"x:y": "1.7", "x:z": "1.0"}
