"""Conan and vcpkg."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps, pins

NODES: dict[str, Any] = {
    "0": {"ref": "shop/0.1", "path": "conanfile.txt", "requires": ["1"], "build_requires": ["3"]},
    "1": {"ref": "openssl/3.0.3#0123", "requires": ["2"], "options": "a=b\nc/d=e"},
    "2": {"ref": "zlib/1.2.12@me/stable#0123"},
    "3": {"ref": "ninja/1.11.1", "context": "build"},
    "4": {"ref": "1.2.3#0123"},
}
GRAPH = json.dumps({"version": "0.4", "graph_lock": {"nodes": NODES}}, indent=1)
OLD = json.dumps(
    {
        "graph_lock": {
            "nodes": {
                "a": {"pref": None, "requires": {"zlib/1.2.11#5f": "b"}},
                "b": {"pref": "zlib/1.2.11#5f:0123#9"},
            },
        },
    },
)
LISTS = json.dumps(
    {"version": "0.5", "requires": ["zlib/1.2.11#f%166.1", "1.2.3#f"], "build_requires": ["ninja/1.11.1#f"]},
    indent=1,
)
CONANFILE = """[requires]
zlib/1.2.11 # a comment
openssl/[>=3.0 <4]
fmt/9.1.0@me/stable#0123

[tool_requires]
ninja/1.11.1
[options]
no/1.0
"""
PYTHON = """class Shop(ConanFile):
    requires = "zlib/1.2.11", "fmt/9.1.0@me/stable"
    def requirements(self):
        # self.requires("off/1.0")
        self.requires("openssl/[>=3 <4]")
        self.test_requires('gtest/1.14.0')
"""


def test_a_graph_has_edges_and_its_consumer_is_no_component() -> None:
    found = {c.name: (c.version, c.direct, c.scope, c.line) for c in components({"conan.lock": GRAPH})}
    assert found == {
        "openssl": ("3.0.3", True, "runtime", 16),
        "zlib": ("1.2.12", False, "runtime", 23),
        "ninja": ("1.11.1", True, "build", 26),
    }
    assert component({"conan.lock": GRAPH}, "zlib").purl == "pkg:conan/zlib@1.2.12?channel=stable&user=me"
    assert len(component({"conan.lock": GRAPH}, "openssl").needs) == 1


def test_a_package_in_editable_mode_is_needed_and_so_no_consumer() -> None:
    nodes = {
        "0": {"path": "conanfile.txt", "requires": ["1"]},
        "1": {"ref": "fmt/9.1.0@me/testing", "path": "../fmt", "requires": ["2"]},
        "2": {"ref": "zlib/1.2.12"},
    }
    files = {"conan.lock": json.dumps({"graph_lock": {"nodes": nodes}})}
    assert pins(files) == {"fmt": "9.1.0", "zlib": "1.2.12"}
    assert (component(files, "fmt").direct, component(files, "zlib").via) == (True, ("fmt",))


def test_graphs_of_old_versions_and_lists_of_new_ones() -> None:
    assert pins({"conan.lock": OLD}) == {"zlib": "1.2.11"}
    found = {c.name: (c.version, c.scope, c.line) for c in components({"conan.lock": LISTS})}
    assert found == {"zlib": ("1.2.11", "runtime", 4), "ninja": ("1.11.1", "build", 8)}


def test_wishes_of_conanfiles() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"conanfile.txt": CONANFILE})}
    assert found == {
        "zlib": ("1.2.11", "", "runtime", 2),
        "openssl": ("", ">=3.0 <4", "runtime", 3),
        "fmt": ("9.1.0", "", "runtime", 4),
        "ninja": ("1.11.1", "", "build", 7),
    }
    written = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"conanfile.py": PYTHON})}
    assert written == {
        "zlib": ("1.2.11", "", "runtime", 2),
        "fmt": ("9.1.0", "", "runtime", 2),
        "openssl": ("", ">=3 <4", "runtime", 5),
        "gtest": ("1.14.0", "", "test", 6),
    }


def test_vcpkg_has_versions_in_overrides_only() -> None:
    document = {
        "dependencies": ["fmt", {"name": "zlib", "version>=": "1.2.11#9"}, {"name": "tool", "host": True}],
        "features": {"more": {"dependencies": ["lua"]}},
        "overrides": [{"name": "fmt", "version": "9.1.0#2"}],
    }
    found = {c.name: (c.version, c.constraint, c.scope) for c in components({"vcpkg.json": json.dumps(document)})}
    assert found == {
        "fmt": ("9.1.0", "", "runtime"),
        "zlib": ("", ">=1.2.11#9", "runtime"),
        "tool": ("", "", "build"),
        "lua": ("", "", "optional"),
    }


@pytest.mark.parametrize("text", ["no json", "null", '{"other": 1}'], ids=["text", "null", "other"])
def test_what_is_no_lock_is_skipped(text: str) -> None:
    (gap,) = gaps({"conan.lock": text})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["conan.lock", "conanfile.txt", "conanfile.py", "vcpkg.json"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
