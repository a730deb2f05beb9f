"""Edits of manifests: only the characters of the version change, and our own reader sees exactly the wanted change."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.fix.manifest import Budget, Manifest, Spot, value
from secloop.stages.build.packages.base import UnreadableError


class Example(NamedTuple):
    """A manifest, the package to move, and the text that is to stand where `old` stood."""

    path: str
    text: str
    name: str
    old: str
    new: str
    places: int = 1


POM = (
    "<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>x</artifactId><version>1.2.3</version>\n"
    "<dependencies>\n<dependency><groupId>com.a</groupId><artifactId>a</artifactId><version>1.2.3</version></dependency>\n"
    "</dependencies></project>\n"
)
EXAMPLES = (
    Example(
        "requirements.txt", "a==1.0\nfoo[x]==1.2.3 ; python_version>'3'  # 1.2.3\nb==1.2.3\n", "foo", "1.2.3", "1.2.9"
    ),
    Example("requirements.txt", "a==1.0\r\nFoo_Bar == 1.2.3\r\n", "foo-bar", "1.2.3", "1.2.9"),
    Example(
        "pyproject.toml", '[project]\nversion="1.2.3"\ndependencies = ["foo==1.2.3", "b==1.2.3"]\n', "foo", "1.2.3", "2"
    ),
    Example(
        "pyproject.toml", '[project]\ndependencies = ["foo>=1.0,<2", "b>=1.0,<2"]\n', "foo", ">=1.0,<2", ">=2.1,<3"
    ),
    Example(
        "pyproject.toml",
        "[project]\ndependencies = [\n  \"foo >= 1.0, < 2 ; python_version>'3'\",\n]\n",
        "foo",
        ">= 1.0, < 2",
        ">=2.1,<3",
    ),
    Example(
        "pyproject.toml",
        '[tool.poetry]\nversion="1.2.3"\n[tool.poetry.dependencies]\nfoo = "1.2.3"\nb = {version="1.2.3"}\n',
        "b",
        "1.2.3",
        "2.0",
    ),
    Example("Pipfile", '[packages]\nfoo = "==1.2.3"\nb = "==1.2.3"\n', "b", "1.2.3", "2.0"),
    Example(
        "setup.cfg", "[metadata]\nversion = 1.2.3\n[options]\ninstall_requires =\n    foo==1.2.3\n", "foo", "1.2.3", "2"
    ),
    Example("setup.py", 'setup(version="1.2.3", install_requires=["foo==1.2.3", "b==1.2.3"])\n', "b", "1.2.3", "2.0"),
    Example("environment.yml", "dependencies:\n  - numpy=1.2.3\n  - pip:\n    - foo==1.2.3\n", "foo", "1.2.3", "2.0"),
    Example(
        "package.json",
        '{\n "version": "1.2.3",\n "dependencies": {"a": "1.2.3", "b": "1.2.3"},\n "devDependencies": {"b": "1.2.3"}}',
        "b",
        "1.2.3",
        "2.0.0",
        2,
    ),
    Example("package.json", '{"dependencies": {"a": "^1.2.3", "b": "^1.2.3"}}', "b", "^1.2.3", "^2.0.0"),
    Example("pom.xml", POM, "com.a:a", "1.2.3", "1.2.9"),
    Example(
        "build.gradle", 'dependencies {\n api "com.a:a:1.2.3"\n api "com.a:b:1.2.3"\n}\n', "com.a:b", "1.2.3", "1.2.9"
    ),
    Example("build.gradle.kts", 'dependencies {\n  implementation("com.a:a:1.2.3")\n}\n', "com.a:a", "1.2.3", "1.2.9"),
    Example(
        "gradle/libs.versions.toml",
        '[versions]\nv = "1.2.3"\n[libraries]\na = { module = "com.a:a", version.ref = "v" }\n',
        "com.a:a",
        "1.2.3",
        "1.2.9",
    ),
    Example("go.mod", "module x\n\ngo 1.21.0\n\nrequire a.b/c v1.2.3 // indirect\n", "a.b/c", "v1.2.3", "v1.2.9"),
    Example("go.mod", "module x\n\ngo 1.21.0\n\ntoolchain go1.22.1\n", "stdlib", "1.22.1", "1.22.9"),
    Example(
        "Cargo.toml",
        '[package]\nname="x"\nversion="1.2.3"\n[dependencies]\nb = { version = "=1.2.3" }\n',
        "b",
        "1.2.3",
        "2.0.0",
    ),
    Example("Gemfile", 'gem "a", "1.2.3"\ngem "b", "1.2.3", require: false\n', "b", "1.2.3", "1.2.9"),
    Example("composer.json", '{"require": {"php": ">=7", "a/b": "1.2.3", "a/c": "1.2.3"}}', "a/c", "1.2.3", "1.2.9"),
    Example(
        "x.csproj",
        '<Project Sdk="S"><ItemGroup>\n<PackageReference Include="A" Version="1.2.3" />\n'
        '<PackageReference Include="C"><Version>1.2.3</Version></PackageReference></ItemGroup></Project>\n',
        "C",
        "1.2.3",
        "1.2.9",
    ),
    Example(
        "Directory.Packages.props",
        '<Project><ItemGroup>\n<PackageVersion Include="A.B" Version="1.2.3" />\n</ItemGroup></Project>\n',
        "A.B",
        "1.2.3",
        "1.2.9",
    ),
    Example("pubspec.yaml", "name: x\nversion: 1.2.3\ndependencies:\n  a: 1.2.3\n  b: 1.2.3\n", "b", "1.2.3", "1.2.9"),
    Example("mix.exs", '  defp deps do\n    [{:a, "1.2.3"}, {:b, "== 1.2.3"}]\n  end\n', "a", "1.2.3", "1.2.9"),
    Example("Dockerfile", "FROM python:3.8\nRUN pip install foo==1.2.3 b==1.2.3\n", "foo", "1.2.3", "1.2.9"),
    Example("Dockerfile", "FROM debian:12\nRUN apt-get install -y curl=7.1-1\n", "curl", "7.1-1", "7.2-1"),
    Example(
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n      - uses: a/b@v40\n      - uses: c/d@v40\n",
        "c/d",
        "v40",
        "v41.0.0",
    ),
    Example(
        ".pre-commit-config.yaml",
        "repos:\n  - repo: https://example.org/a/b\n    rev: 22.1.0\n    hooks:\n      - id: x\n"
        '        additional_dependencies: ["foo==1.2.3"]\n',
        "foo",
        "1.2.3",
        "1.3",
    ),
    Example("conanfile.txt", "[requires]\nzlib/1.2.3\nfoo/1.2.3\n", "zlib", "1.2.3", "1.2.13"),
    Example("paket.dependencies", "source https://example.org\nnuget A 1.2.3\n", "A", "1.2.3", "1.2.9"),
)


def manifest(path: str, text: str) -> Manifest:
    return Manifest(path, text.encode(), {}, Budget())


@pytest.mark.parametrize("one", EXAMPLES, ids=[f"{one.path}-{one.name}-{one.old}" for one in EXAMPLES])
def test_only_the_version_of_the_package_changes(one: Example) -> None:
    before = manifest(one.path, one.text)
    line = next(package.line for package in before.packages if package.name == one.name)
    found = before.move(Spot(one.name, one.old, line), lambda _: one.new)
    assert found is not None
    assert len(found.edits) == one.places
    assert found.shared == ()
    after, at = "", 0
    for edit in found.edits:
        assert "".join(one.text[edit.start : edit.end].split()) == "".join(one.old.split())
        after, at = after + one.text[at : edit.start] + edit.text, edit.end
    after += one.text[at:]
    was = {(p.name, n): value(p) for n, p in enumerate(before.packages)}
    now = {(p.name, n): value(p) for n, p in enumerate(manifest(one.path, after).packages)}
    assert {key[0] for key in was if was[key] != now[key]} == {one.name}
    assert {now[key] for key in was if was[key] != now[key]} == {one.new}


def test_a_property_that_others_share_names_them() -> None:
    entry = "<dependency><groupId>g</groupId><artifactId>%s</artifactId><version>${v}</version></dependency>\n"
    text = (
        "<project><modelVersion>4.0.0</modelVersion><artifactId>x</artifactId><properties><v>2.9.1</v></properties>"
        f"<dependencies>\n{entry % 'b'}{entry % 'c'}</dependencies></project>\n"
    )
    found = manifest("pom.xml", text).move(Spot("g:b", "2.9.1", 2), lambda _: "2.9.10")
    assert found is not None
    assert found.shared == ("g:c",)
    assert [text[e.start : e.end] for e in found.edits] == ["2.9.1"]


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("requirements.txt", "a==${VERSION}\n", "a"),
        ("requirements.txt", "a==1.0 --hash=sha256:" + "0" * 64 + "\n", "a"),
        ("build.gradle", 'def v = "1" + ".0"\ndependencies { api "g:a:$v" }\n', "g:a"),
    ],
    ids=["variable", "hash", "computed"],
)
def test_what_is_not_proved_is_not_edited(path: str, text: str, name: str) -> None:
    assert manifest(path, text).move(Spot(name, "1.0", 1), lambda _: "2.0") is None


def test_a_version_that_stands_twice_in_one_line_is_told_apart() -> None:
    text = '{"dependencies": {"a": "1.0.0", "b": "1.0.0", "c": "1.0.0"}}'
    found = manifest("package.json", text).move(Spot("b", "1.0.0", 1), lambda _: "1.0.1")
    assert found is not None
    (edit,) = found.edits
    assert text[: edit.start].endswith('"b": "')


def test_reading_again_is_bounded() -> None:
    text = "".join(f"p{n}==1.0\n" for n in range(2000))
    budget = Budget(left=len(text) * 3)
    found = Manifest("requirements.txt", text.encode(), {}, budget)
    assert found.move(Spot("p1999", "1.0", 1), lambda _: "2.0") is None
    assert budget.left < 0


@given(st.binary(max_size=300), st.sampled_from(sorted({one.path for one in EXAMPLES})))
def test_no_bytes_break_it(data: bytes, path: str) -> None:
    try:
        found = Manifest(path, data, {}, Budget())
    except UnreadableError:
        return
    for package in found.packages[:3]:
        moved = found.move(Spot(package.name, value(package), package.line), lambda old: f"{old}1")
        assert moved is None or all(edit.file == path for edit in moved.edits)
