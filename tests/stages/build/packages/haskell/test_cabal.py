"""Stack and Cabal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, components, pins

STACK = """packages:
- completed:
    hackage: hasql-pool-1.0.1@sha256:DIGEST,2302
  original:
    hackage: hasql-pool-1.0.1
- completed:
    commit: 0123abc
    git: https://git.example.org/fork.git
    name: fork
    version: '2.0'
snapshots: []
""".replace("DIGEST", "ab" * 32)
FREEZE = """constraints: any.aeson ==2.1.2.1,
             aeson +flag,
             any.base-compat ==0.12.3
-- any.off ==1.0
"""
CABAL = """cabal-version: 2.4
name:          shop
version:       0.1
-- build-depends: off

library
    build-depends:    base >=4.7 && <5, aeson == 2.1.2.1
                    , text
    hs-source-dirs: src

test-suite spec
    build-depends:
        shop,
        hspec:{hspec, extra} ^>= 2.10
    build-tool-depends: hspec-discover:hspec-discover == 2.10
"""


def test_stack_locks_hackage_and_repositories() -> None:
    files = {"stack.yaml.lock": STACK}
    assert pins(files) == {"hasql-pool": "1.0.1", "fork": "2.0"}
    assert component(files, "fork").origin == "https://git.example.org/fork.git#0123abc"
    assert component(files, "fork").line == 6


def test_a_freeze_file_pins() -> None:
    found = {c.name: (c.version, c.line) for c in components({"cabal.project.freeze": FREEZE})}
    assert found == {"aeson": ("2.1.2.1", 1), "base-compat": ("0.12.3", 3)}


def test_wishes_of_every_component_of_a_package() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"shop.cabal": CABAL})}
    assert found == {
        "base": ("", ">=4.7 && <5", "runtime", 7),
        "aeson": ("2.1.2.1", "", "runtime", 7),
        "text": ("", "", "runtime", 8),
        "hspec": ("", "^>= 2.10", "test", 14),
        "hspec-discover": ("2.10", "", "build", 15),
    }


@given(st.binary(max_size=200), st.sampled_from(["stack.yaml.lock", "cabal.project.freeze", "a.cabal"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
