"""pnpm's locks, versions 5 to 9."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps

V5 = """lockfileVersion: 5.4

specifiers:
  left: ^1.0.0
  tool: ^2.0.0
  alias: npm:real@1.0.0

dependencies:
  left: 1.0.0_peer@3.0.0
  alias: /real/1.0.0

devDependencies:
  tool: 2.0.0

packages:

  /left/1.0.0_peer@3.0.0:
    resolution: {integrity: sha512-QUJDRA==}
    requiresBuild: true
    dependencies:
      peer: 3.0.0
      '@scope/deep': 1.2.3
    dev: false

  /@scope/deep/1.2.3:
    resolution: {integrity: sha1-QUJDRA==, tarball: https://npm.example.org/r/@scope/deep/-/deep-1.2.3.tgz}
    dev: false
    optional: true

  /peer/3.0.0:
    resolution: {integrity: sha512-QUJDRA==}
    dev: false

  /real/1.0.0:
    resolution: {integrity: sha512-QUJDRA==}
    dev: false

  registry.example.org/tool/2.0.0:
    resolution: {integrity: sha512-QUJDRA==}
    dev: true

  github.com/owner/gitty/0123abc:
    resolution: {tarball: https://codeload.github.com/owner/gitty/tar.gz/0123abc}
    name: gitty
    version: 4.0.0
    dev: true
"""
V6 = """lockfileVersion: '6.0'

importers:

  .:
    dependencies:
      left:
        specifier: ^1.0.0
        version: 1.0.0(peer@3.0.0)
      member:
        specifier: workspace:*
        version: link:packages/member

  packages/member:
    devDependencies:
      tool:
        specifier: ^2.0.0
        version: 2.0.0
    optionalDependencies:
      '@scope/deep':
        specifier: 1.2.3
        version: 1.2.3

packages:

  /left@1.0.0(peer@3.0.0):
    resolution: {integrity: sha512-QUJDRA==}
    dependencies:
      peer: 3.0.0
    dev: false

  /peer@3.0.0:
    resolution: {integrity: sha512-QUJDRA==}
    dev: false

  /tool@2.0.0:
    resolution: {integrity: sha512-QUJDRA==}
    dev: true

  /@scope/deep@1.2.3:
    resolution: {integrity: sha512-QUJDRA==}
    optional: true
    dev: false
"""
V9 = """lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

catalogs:
  default:
    left:
      specifier: ^1.0.0
      version: 1.0.0

importers:

  .:
    dependencies:
      left:
        specifier: 'catalog:'
        version: 1.0.0(peer@3.0.0)
    devDependencies:
      left-old:
        specifier: npm:left@0.9.0
        version: left@0.9.0(peer@2.0.0)
      gitty:
        specifier: github:owner/gitty
        version: https://codeload.github.com/owner/gitty/tar.gz/0123abc

packages:

  left@0.9.0:
    resolution: {integrity: sha512-QUJDRA==}
    deprecated: >-
      not
      maintained: at all

  left@1.0.0:
    resolution: {integrity: sha512-QUJDRA==}
    engines: {node: '>=18'}
    cpu: [x64, arm64]
    os:
      - linux

  peer@2.0.0:
    resolution: {integrity: sha512-QUJDRA==}

  peer@3.0.0:
    resolution: {integrity: sha512-QUJDRA==}

  gitty@https://codeload.github.com/owner/gitty/tar.gz/0123abc:
    resolution: {tarball: https://codeload.github.com/owner/gitty/tar.gz/0123abc}
    version: 4.0.0

  native@5.0.0:
    resolution: {integrity: sha512-QUJDRA==}

snapshots:

  left@0.9.0(peer@2.0.0):
    dependencies:
      peer: 2.0.0

  left@1.0.0(peer@3.0.0):
    dependencies:
      peer: 3.0.0
    optionalDependencies:
      native: 5.0.0

  peer@2.0.0: {}

  peer@3.0.0: {}

  gitty@https://codeload.github.com/owner/gitty/tar.gz/0123abc: {}

  native@5.0.0:
    optional: true
"""


def _lock(text: str) -> dict[tuple[str, str], tuple[bool, str, tuple[str, ...]]]:
    return {(c.name, c.version): (c.direct, c.scope, c.via) for c in components({"pnpm-lock.yaml": text})}


def test_version_5_has_slashes_and_flags() -> None:
    assert _lock(V5) == {
        ("left", "1.0.0"): (True, "runtime", ()),
        ("@scope/deep", "1.2.3"): (False, "optional", ("left",)),
        ("peer", "3.0.0"): (False, "runtime", ("left",)),
        ("real", "1.0.0"): (True, "runtime", ()),
        ("tool", "2.0.0"): (False, "dev", ()),
        ("gitty", "4.0.0"): (False, "dev", ()),
    }


def test_version_6_has_importers_and_members_are_no_components() -> None:
    assert _lock(V6) == {
        ("left", "1.0.0"): (True, "runtime", ()),
        ("peer", "3.0.0"): (False, "runtime", ("left",)),
        ("tool", "2.0.0"): (True, "dev", ()),
        ("@scope/deep", "1.2.3"): (True, "optional", ()),
    }


def test_version_9_has_snapshots_whose_edges_tell_the_scope() -> None:
    assert _lock(V9) == {
        ("left", "1.0.0"): (True, "runtime", ()),
        ("left", "0.9.0"): (True, "dev", ()),
        ("peer", "3.0.0"): (False, "runtime", ("left",)),
        ("peer", "2.0.0"): (False, "dev", ("left",)),
        ("gitty", "4.0.0"): (True, "dev", ()),
        ("native", "5.0.0"): (False, "optional", ("left",)),
    }


def test_facts_beside_the_version_are_kept() -> None:
    left = component({"pnpm-lock.yaml": V5}, "left")
    assert (left.hashes, left.install_script, left.constraint) == (("sha512:41424344",), True, "^1.0.0")
    assert component({"pnpm-lock.yaml": V5}, "@scope/deep").origin == "https://npm.example.org/r"
    gitty = component({"pnpm-lock.yaml": V9}, "gitty")
    assert gitty.origin == "https://codeload.github.com/owner/gitty/tar.gz/0123abc"


@pytest.mark.parametrize("text", [V5, V6, V9], ids=["5", "6", "9"])
def test_lines_are_those_of_the_packages(text: str) -> None:
    peer = component({"pnpm-lock.yaml": text}, "peer", "3.0.0")
    assert text.splitlines()[peer.line - 1].strip().strip("/").startswith(("peer@3.0.0:", "peer/3.0.0:"))


def test_a_folder_of_the_project_is_no_component() -> None:
    text = "lockfileVersion: '9.0'\npackages:\n  near@file:near:\n    resolution: {directory: near, type: directory}\n"
    assert not components({"pnpm-lock.yaml": text})


def test_an_entry_without_a_version_costs_itself_only() -> None:
    files = {"pnpm-lock.yaml": V6 + "\n  nonsense:\n    resolution: {integrity: sha512-QUJDRA==}\n"}
    assert len(components(files)) == 4
    assert [type(one) for one in gaps(files)] == [Partial]


@pytest.mark.parametrize("text", ["no lock", "[1, 2]", "packages: {}", "lockfileVersion: 6\n\t???"])
def test_what_is_no_lock_is_one_gap(text: str) -> None:
    (gap,) = gaps({"pnpm-lock.yaml": text})
    assert isinstance(gap, Skipped | Partial)


def test_endless_nesting_is_read_in_bounds() -> None:
    deep = "\n".join(" " * n + "a:" for n in range(2000))
    (gap,) = gaps({"pnpm-lock.yaml": f"lockfileVersion: 6\npackages:\n{deep}"})
    assert isinstance(gap, Partial)


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({"pnpm-lock.yaml": b"lockfileVersion: 9\n" + data})


@given(st.lists(st.sampled_from([*V5.splitlines(), *V9.splitlines(), "  ? x", "  :", "packages: x", "importers: 3"])))
def test_no_lines_raise(lines: list[str]) -> None:
    components({"pnpm-lock.yaml": "\n".join(["lockfileVersion: 9", *lines])})
