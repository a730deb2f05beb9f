"""pip's requirements files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial
from secloop.model.facts import Component
from secloop.scan.base import FileMeta
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.packages.folder import neighbours, read_folder
from secloop.stages.build.packages.python.requirements import Requirements
from stages.build.reading import component, components, gaps, pins, source


def read(text: str | bytes, path: str = "requirements.txt") -> dict[str, str]:
    return pins({path: text})


@pytest.mark.parametrize(
    ("line", "name", "version"),
    [
        ("Flask==2.0.1", "flask", "2.0.1"),
        ("flask == 2.0.1  # why", "flask", "2.0.1"),
        ("flask==2.0.1#why", "flask", "2.0.1"),
        ("flask===2.0.1", "flask", "2.0.1"),
        ("flask>=1.0,==2.0.1", "flask", "2.0.1"),
        ("flask[async,dotenv]==2.0.1", "flask", "2.0.1"),
        ('flask==2.0.1; python_version < "3.9"', "flask", "2.0.1"),
        ("flask==2.0.1 --hash=sha256:00 --hash=sha256:11", "flask", "2.0.1"),
        ("flask==2.0.1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11", "flask", "2.0.1"),
        ("Zope.Interface==5.0", "zope-interface", "5.0"),
        ("flask>=2", "flask", ""),
        ("flask==2.*", "flask", ""),
        ("flask~=2.0", "flask", ""),
        ("flask", "flask", ""),
        ("flask @ https://example.org/flask-2.0.1-py3-none-any.whl", "flask", "2.0.1"),
        ("flask @ git+https://example.org/flask.git@main", "flask", ""),
        ("https://example.org/w/flask-2.0.1-py3-none-any.whl", "flask", "2.0.1"),
        ("-e git+https://example.org/flask.git#egg=flask", "flask", ""),
        ("git+ssh://git@example.org/flask.git#subdirectory=x&egg=Flask", "flask", ""),
    ],
)
def test_a_line_names_its_package_and_its_pin(line: str, name: str, version: str) -> None:
    assert read(line) == {name: version}


@pytest.mark.parametrize(
    "line",
    ["", "# flask==1.0", "-e .", "--index-url https://example.org", "-i https://example.org", "./vendor/pkg", "--pre"],
)
def test_a_line_that_names_no_package_is_no_problem(line: str) -> None:
    assert read(line) == {}
    assert gaps({"requirements.txt": line}) == []


def test_a_continued_requirement_stands_on_its_first_line() -> None:
    text = "a==1\n\nb==2 \\\n  --hash=sha256:00\nc==3\n"
    assert [(c.name, c.line) for c in components({"requirements.txt": text})] == [("a", 1), ("b", 3), ("c", 5)]


def test_one_bad_line_costs_that_line_only() -> None:
    files = {"requirements.txt": "a==1\nthis is no requirement\nb==2\nc==3\n"}
    assert pins(files) == {"a": "1", "b": "2", "c": "3"}
    (gap,) = gaps(files)
    assert isinstance(gap, Partial)
    assert gap.reason.startswith("line 2: not a requirement")
    assert gap.share == 0.75


def test_a_template_is_reported_and_not_guessed() -> None:
    (gap,) = gaps({"requirements.txt": "a==1\n{{ cookiecutter.package }}==2\n"})
    assert "template" in gap.reason


def test_a_marker_nested_without_end_costs_its_line_only() -> None:
    text = "a==1\nb==1; " + "(" * 5000 + "\n"
    assert read(text) == {"a": "1"}


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("../../other.txt", "outside the project"),
        ("/etc/requirements.txt", "outside the project"),
        ("https://example.org/requirements.txt", "not in the tree"),
        ("deps.list", "whose name does not say"),
    ],
)
def test_an_include_that_no_scan_reads_is_a_gap(target: str, reason: str) -> None:
    (gap,) = gaps({"app/requirements.txt": f"-r {target}\na==1\n"})
    assert reason in gap.reason


@pytest.mark.parametrize(
    "line", ["-r base-requirements.txt", "--requirement=requirements/dev.txt", "-c constraints.txt"]
)
def test_an_included_file_is_read_by_itself(line: str) -> None:
    assert gaps({"requirements.txt": f"{line}\na==1\n"}) == []


def test_a_constraints_file_pins_its_neighbour_and_installs_nothing() -> None:
    files = {"requirements.txt": "-c constraints.txt\na\nb==2\n", "constraints.txt": "a==1\nb==9\nz==1\n"}
    found = components(files)
    assert [(c.name, c.version, c.file) for c in found] == [
        ("a", "1", "requirements.txt"),
        ("b", "2", "requirements.txt"),
    ]


def test_what_pip_compile_wrote_names_the_path() -> None:
    text = "flask==2.0.1\n    # via -r requirements.in\njinja2==3.0\n    # via flask\n"
    text += "markupsafe==2.0\n    # via\n    #   jinja2\n"
    files = {"requirements.in": "flask>=2\n", "requirements.txt": text}
    assert component(files, "flask").direct
    deep = component(files, "markupsafe")
    assert (deep.direct, deep.via, deep.file) == (False, ("flask", "jinja2"), "requirements.txt")


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("requirements.txt", "runtime"),
        ("requirements-dev.txt", "dev"),
        ("requirements/test.txt", "test"),
        ("docs-requirements.txt", "dev"),
    ],
)
def test_the_file_name_tells_the_scope(path: str, scope: str) -> None:
    assert component({path: "a==1"}, "a").scope == scope


@pytest.mark.parametrize(
    "path",
    ["requirements.txt", "a/dev-requirements.txt", "requirements_x.in", "requirements/base.txt", "constraints.txt"],
)
def test_requirements_files_are_known_by_name(path: str) -> None:
    assert Requirements().wants(path)


@pytest.mark.parametrize("path", ["notes.txt", "requirements.md", "requirements/readme.rst"])
def test_other_files_are_not(path: str) -> None:
    assert not Requirements().wants(path)


def test_a_file_that_powershell_wrote_in_utf_16_is_read() -> None:
    assert read("a==1\r\nb==2\r\n".encode("utf-16")) == {"a": "1", "b": "2"}


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    read(data)


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True),
            st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}", fullmatch=True),
        ),
        unique_by=lambda pair: pair[0],
    )
)
def test_every_pin_comes_back(pairs: list[tuple[str, str]]) -> None:
    assert read("".join(f"{name}=={version}\n" for name, version in pairs)) == dict(pairs)


@pytest.mark.parametrize("line", ["-r https://user:s3cr.et@host/a.txt", "--requirement=https://s3cr.et@host/a.txt"])
def test_a_gap_quotes_no_password_of_an_address(line: str) -> None:
    (gap,) = gaps({"requirements.txt": line})
    assert gap.reason == "line 1: includes host/a.txt, which is not in the tree"


def test_hashes_and_the_index_are_kept_without_a_password() -> None:
    digest = "ab" * 32
    text = "--index-url https://me:word@pypi.example.org/simple/\nflask==2.0 \\\n"
    text += f"    --hash=sha256:{digest}\nlxml>=4,<5  # x\n"
    flask = component({"requirements.txt": text}, "flask")
    assert (flask.version, flask.origin) == ("2.0", "https://pypi.example.org/simple")
    assert flask.hashes == (f"sha256:{digest}",)
    assert component({"requirements.txt": text}, "lxml").constraint == ">=4,<5"


def test_a_repository_is_an_origin() -> None:
    found = component({"requirements.txt": "git+https://me:word@git.example.org/tool.git@main#egg=tool\n"}, "tool")
    assert found.origin == "https://git.example.org/tool.git@main"


def test_constraints_of_another_folder_pin_what_is_left_open() -> None:
    files = {
        "app/requirements.txt": "-c ../shared/constraints.txt\nflask\ndjango==4.2\n",
        "shared/constraints.txt": "flask==2.0\ndjango==3.0\n",
    }
    heads = {path: text.encode() for path, text in files.items()}
    assert neighbours(["app/requirements.txt"], heads) == {"shared/constraints.txt"}
    found = read_folder({path: source(path, text) for path, text in files.items()}, "app")
    assert {c.name: c.version for c in found if isinstance(c, Component)} == {"flask": "2.0", "django": "4.2"}


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("deps/base.txt", "# what we need\n-r other.txt\nflask[async]==2.0 ; python_version > '3'\nattrs\n", True),
        ("tools/test-requires", "pytest>=7\n", True),
        ("pip-requires.txt", "pytest>=7\n", True),
        ("dev_tools.in", "https://example.org/a-1-py3-none-any.whl\nruff<1\n", True),
        ("docs.txt", "Read this first, then that.\nflask==2.0\n", False),
        ("test.txt", "one\ntwo\nthree\n", False),
        ("notes.txt", "flask==2.0\n", False),
        ("test.txt", "flask==2.0\n" * 500, True),
    ],
    ids=["base", "no-ending", "requires", "dev", "prose", "words", "notes", "long"],
)
def test_a_part_that_others_include_is_known_by_its_lines(path: str, text: str, wanted: bool) -> None:
    file = source(path, text)
    meta = FileMeta(path=path, size=len(text), head=file.data[:4096])
    assert DependenciesSensor().wants(meta) is wanted


def test_a_part_is_read_like_any_requirements_file() -> None:
    assert component({"dev.txt": "flask==2.0"}, "flask").scope == "dev"


def test_requirements_that_constrain_others_pin_them_too() -> None:
    files = {
        "dev-requirements.in": "-c requirements.txt\nflask\npytest\n",
        "requirements.txt": "flask==2.0\nitsdangerous==2.1\n",
    }
    found = {(c.file, c.name): c.version for c in components(files)}
    assert found["dev-requirements.in", "flask"] == "2.0"
    assert found["dev-requirements.in", "pytest"] == ""
    assert ("dev-requirements.in", "itsdangerous") not in found


def test_a_file_that_constrains_itself_ends() -> None:
    assert read("-c requirements.txt\nflask\n") == {"flask": ""}
