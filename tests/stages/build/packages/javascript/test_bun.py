"""Bun's text lock."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from secloop.scan.base import FileMeta, Flag
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.packages.folder import read_folder
from stages.build.reading import component, components, gaps, source

LOCK = """{
  "lockfileVersion": 1, // text
  "workspaces": {
    "": {
      "name": "shop",
      "dependencies": { "left": "^1.0.0", "gitty": "github:owner/gitty", },
      "optionalDependencies": { "native": "5", },
    },
    "packages/member": { "name": "member", "devDependencies": { "left": "^2.0.0", "tool": "*", }, },
  },
  "packages": {
    "left": ["left@1.0.0", "", { "dependencies": { "@scope/deep": "^1.0.0" } }, "sha512-QUJDRA=="],

    "@scope/deep": ["@scope/deep@1.2.3", "https://npm.example.org/@scope/deep/-/deep-1.2.3.tgz", {}, "sha512-QUJDRA=="],

    "gitty": ["gitty@github:owner/gitty#0123abc", {}, "owner-gitty-0123abc"],

    "native": ["native@5.0.0", "", { "os": "linux" }, "sha512-QUJDRA=="],

    "member": ["member@workspace:packages/member"],

    "tool": ["tool@3.0.0", "", { "dependencies": { "@scope/deep": "2" } }, "sha512-QUJDRA=="],

    "member/left": ["left@2.0.0", "", {}, "sha512-QUJDRA=="],

    "tool/@scope/deep": ["@scope/deep@2.0.0", "", {}, "sha512-QUJDRA=="],
  }
}
"""
FILES = {"bun.lock": LOCK}


def test_packages_have_their_directness_scope_and_path() -> None:
    found = {(c.name, c.version): (c.direct, c.scope, c.via) for c in components(FILES)}
    assert found == {
        ("left", "1.0.0"): (True, "runtime", ()),
        ("@scope/deep", "1.2.3"): (False, "runtime", ("left",)),
        ("gitty", ""): (True, "runtime", ()),
        ("native", "5.0.0"): (True, "optional", ()),
        ("tool", "3.0.0"): (True, "dev", ()),
        ("left", "2.0.0"): (True, "dev", ()),
        ("@scope/deep", "2.0.0"): (False, "dev", ("tool",)),
    }


def test_facts_beside_the_version_are_kept() -> None:
    left = component(FILES, "left", "1.0.0")
    assert (left.hashes, left.constraint) == (("sha512:41424344",), "^1.0.0")
    assert LOCK.splitlines()[left.line - 1].strip().startswith('"left": ["left@1.0.0"')
    assert component(FILES, "@scope/deep", "1.2.3").origin == "https://npm.example.org"
    assert component(FILES, "gitty").origin == "github:owner/gitty#0123abc"


def test_a_bad_entry_costs_itself_only() -> None:
    files = {"bun.lock": LOCK.replace('["native@5.0.0", ', "[5, ")}
    assert len(components(files)) == 6
    assert [type(one) for one in gaps(files)] == [Partial]


def test_the_binary_lock_stands_alone_with_the_text_lock_in_sight() -> None:
    binary = FileMeta(path="a/bun.lockb", size=1, flags=frozenset({Flag.BINARY}))
    groups = {
        one.name: one.members for one in DependenciesSensor().group([binary, FileMeta(path="a/bun.lock", size=1)])
    }
    assert groups == {"a": ("a/bun.lock",), "a/bun.lockb": ("a/bun.lock", "a/bun.lockb")}
    files = {path: source(path, LOCK) for path in groups["a/bun.lockb"]}
    assert list(read_folder(files, "a/bun.lockb")) == []


def test_a_lock_of_nothing_but_bad_entries_is_a_gap() -> None:
    (gap,) = gaps({"bun.lock": '{"packages": {"a": 3}}'})
    assert isinstance(gap, Skipped)


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({"bun.lock": data})


VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["a@1.0.0", "@", "", "a@workspace:x"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "a/b", "", "dependencies", "name"]), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(["packages", "workspaces"]), VALUES))
def test_no_document_raises(document: dict[str, object]) -> None:
    components({"bun.lock": json.dumps(document)})
