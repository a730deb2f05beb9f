"""`pubspec.lock` and `pubspec.yaml`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps

LOCK = """packages:
  web:
    dependency: "direct main"
    description:
      name: web
      sha256: "DIGEST"
      url: "https://pub.dev"
    source: hosted
    version: "1.10.0"
  fork:
    dependency: "direct dev"
    description:
      path: "."
      resolved-ref: "0123abc"
      url: "https://git.example.org/fork.git"
    source: git
    version: "2.0.0"
  deep:
    dependency: transitive
    description: {name: deep, url: "https://pub.example.org"}
    source: hosted
    version: "3.0.0"
  here:
    dependency: "direct main"
    description: {path: here, relative: true}
    source: path
    version: "0.0.1"
""".replace("DIGEST", "ab" * 32)
MANIFEST = """name: shop
dependencies:
  flutter:
    sdk: flutter
  web: ^1.0.0
  exact: 1.2.3
  any_one: any
  fork:
    git:
      url: https://git.example.org/fork.git
      ref: main
dev_dependencies:
  tester: ">=1.0.0 <2.0.0"
"""


def test_a_lock_tells_direct_dev_and_origin() -> None:
    found = {c.name: (c.version, c.direct, c.scope, c.line, c.origin) for c in components({"pubspec.lock": LOCK})}
    assert found == {
        "web": ("1.10.0", True, "runtime", 2, ""),
        "fork": ("2.0.0", True, "dev", 10, "https://git.example.org/fork.git#0123abc"),
        "deep": ("3.0.0", False, "runtime", 18, "https://pub.example.org"),
    }
    assert component({"pubspec.lock": LOCK}, "web").hashes == ("sha256:" + "ab" * 32,)


def test_wishes_of_a_manifest() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"pubspec.yaml": MANIFEST})}
    assert found == {
        "web": ("", "^1.0.0", "runtime", 5),
        "exact": ("1.2.3", "", "runtime", 6),
        "any_one": ("", "", "runtime", 7),
        "fork": ("", "", "runtime", 8),
        "tester": ("", ">=1.0.0 <2.0.0", "dev", 13),
    }


@pytest.mark.parametrize("text", ["", "just text", "sdks: {dart: x}\n"], ids=["empty", "text", "other"])
def test_what_is_no_lock_is_skipped(text: str) -> None:
    (gap,) = gaps({"pubspec.lock": text})
    assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["pubspec.lock", "pubspec.yaml"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
