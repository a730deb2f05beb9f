"""`Pipfile.lock` and `Pipfile`."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, components, gaps, pins

HASH = "cd" * 32
LOCK = json.dumps(
    {
        "_meta": {"sources": [{"name": "own", "url": "https://me:word@pypi.example.org/simple", "verify_ssl": True}]},
        "default": {
            "flask": {"hashes": [f"sha256:{HASH}"], "index": "own", "version": "==2.0.1"},
            "tool": {"git": "https://git.example.org/tool.git", "ref": "0123abc"},
            "here": {"editable": True, "path": "."},
        },
        "develop": {"pytest": {"version": "==8.0.0"}, "flask": {"version": "==2.0.2"}},
        "docs": {"sphinx": {"version": "==7.0"}},
    },
    indent=4,
)
PIPFILE = """[[source]]
url = "https://pypi.org/simple"

[packages]
flask = ">=2.0"
django = "==4.2"
anything = "*"
here = {path = ".", editable = true}

[dev-packages]
pytest = {version = "~=8.0", extras = ["x"]}

[requires]
python_version = "3.11"
"""


def test_categories_are_scopes_and_one_name_may_have_two_versions() -> None:
    found = {(c.name, c.version): (c.scope, c.line) for c in components({"Pipfile.lock": LOCK})}
    assert found == {
        ("flask", "2.0.1"): ("runtime", 12),
        ("tool", ""): ("runtime", 19),
        ("pytest", "8.0.0"): ("dev", 29),
        ("flask", "2.0.2"): ("dev", 32),
        ("sphinx", "7.0"): ("dev", 37),
    }


def test_origin_and_hashes_are_kept_without_a_password() -> None:
    flask = component({"Pipfile.lock": LOCK}, "flask", "2.0.1")
    assert flask.origin == "https://pypi.example.org/simple"
    assert flask.hashes == (f"sha256:{HASH}",)
    assert component({"Pipfile.lock": LOCK}, "tool").origin == "https://git.example.org/tool.git#0123abc"


def test_wishes_of_a_pipfile() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"Pipfile": PIPFILE})}
    assert found == {
        "flask": ("", ">=2.0", "runtime", 5),
        "django": ("4.2", "==4.2", "runtime", 6),
        "anything": ("", "", "runtime", 7),
        "pytest": ("", "~=8.0", "dev", 11),
    }


def test_the_lock_takes_its_direct_packages_from_the_pipfile() -> None:
    files = {"Pipfile": PIPFILE, "Pipfile.lock": LOCK}
    assert component(files, "flask", "2.0.1").direct
    assert not component(files, "sphinx").direct
    assert pins(files)["django"] == "4.2"


def test_an_empty_lock_is_no_gap() -> None:
    assert gaps({"Pipfile.lock": ""}) == []


@given(st.binary(max_size=200), st.sampled_from(["Pipfile", "Pipfile.lock"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
