"""Yarn's locks, classic and berry."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, pins

CLASSIC = f"""# yarn lockfile v1


"@scope/tool@^1.0.0", "@scope/tool@^1.1.0":
  version "1.1.0"
  resolved "https://npm.example.org/repo/@scope/tool/-/tool-1.1.0.tgz#{"a" * 40}"
  integrity sha512-{"QUJD" * 21}QQ==
  dependencies:
    left "^2.0.0"
  optionalDependencies:
    watcher "*"

left@^1.0.0:
  version "1.5.0"
  resolved "https://registry.yarnpkg.com/left/-/left-1.5.0.tgz#{"b" * 40}"

left@^2.0.0:
  version "2.0.1"

"other-name@npm:real@^3.0.0":
  version "3.0.0"

"from-git@https://user:pw@git.example.org/x.git#v1":
  version "0.1.0"
  resolved "https://user:pw@git.example.org/x.git#0123abc"

"near@file:./near":
  version "0.0.1"

watcher@*:
  version "4.0.0"
"""
MANIFEST = json.dumps(
    {
        "dependencies": {"@scope/tool": "^1.0.0", "other-name": "npm:real@^3.0.0"},
        "devDependencies": {"left": "^1.0.0"},
    }
)
BERRY = """__metadata:
  version: 8
  cacheKey: 10c0

"@scope/tool@npm:^1.0.0, @scope/tool@npm:^1.1.0":
  version: 1.1.0
  resolution: "@scope/tool@npm:1.1.0"
  dependencies:
    left: "npm:^2.0.0"
  checksum: 10c0/abcdef
  languageName: node
  linkType: hard

"left@npm:^2.0.0":
  version: 2.0.1
  resolution: "left@npm:2.0.1"
  languageName: node
  linkType: hard

"alias@npm:real@^3.0.0":
  version: 3.0.0
  resolution: "real@npm:3.0.0"
  languageName: node
  linkType: hard

"alias2@npm:@deep/real@^3.0.0":
  version: 3.1.0
  resolution: "@deep/real@npm:3.1.0"
  languageName: node
  linkType: hard

"left@patch:left@npm%3A^2.0.0#./x.patch":
  version: 2.0.1
  resolution: "left@patch:left@npm%3A2.0.1#./x.patch::version=2.0.1&hash=12"
  languageName: node
  linkType: hard

"shop@workspace:.":
  version: 0.0.0-use.local
  resolution: "shop@workspace:."
  dependencies:
    "@scope/tool": "npm:^1.0.0"
    member: "workspace:packages/member"
    jest: "npm:^29.0.0"
  languageName: unknown
  linkType: soft

"jest@npm:^29.0.0":
  version: 29.0.0
  resolution: "jest@npm:29.0.0"
  languageName: node
  linkType: hard

"member@workspace:packages/member":
  version: 0.0.0-use.local
  resolution: "member@workspace:packages/member"
  dependencies:
    alias: "npm:real@^3.0.0"
  languageName: unknown
  linkType: soft
"""


def test_a_classic_lock_takes_what_is_direct_from_the_manifest_by_the_wish() -> None:
    files = {"yarn.lock": CLASSIC, "package.json": MANIFEST}
    found = {(c.name, c.version): (c.direct, c.scope, c.via) for c in components(files)}
    assert found == {
        ("@scope/tool", "1.1.0"): (True, "runtime", ()),
        ("left", "1.5.0"): (True, "dev", ()),
        ("left", "2.0.1"): (False, "runtime", ("@scope/tool",)),
        ("real", "3.0.0"): (True, "runtime", ()),
        ("from-git", "0.1.0"): (False, "runtime", ()),
        ("watcher", "4.0.0"): (False, "runtime", ("@scope/tool",)),
    }


def test_a_classic_lock_alone_calls_direct_what_nothing_needs() -> None:
    files = {"yarn.lock": CLASSIC}
    assert component(files, "@scope/tool").direct
    assert not component(files, "watcher").direct


def test_a_classic_lock_tells_hashes_and_origins_without_credentials() -> None:
    tool = component({"yarn.lock": CLASSIC}, "@scope/tool")
    assert tool.origin == "https://npm.example.org/repo"
    assert tool.hashes == (f"sha512:{(b'ABC' * 21 + b'A').hex()}", f"sha1:{'a' * 40}")
    assert component({"yarn.lock": CLASSIC}, "left", "1.5.0").origin == ""
    assert component({"yarn.lock": CLASSIC}, "from-git").origin == "https://git.example.org/x.git#0123abc"


def test_a_direct_package_keeps_the_wish_of_the_manifest() -> None:
    files = {"yarn.lock": CLASSIC, "package.json": MANIFEST}
    assert component(files, "left", "1.5.0").constraint == "^1.0.0"
    assert component(files, "left", "2.0.1").constraint == ""


def test_lines_are_those_of_the_entries() -> None:
    assert component({"yarn.lock": CLASSIC}, "left", "2.0.1").line == CLASSIC.splitlines().index("left@^2.0.0:") + 1
    assert component({"yarn.lock": BERRY}, "jest").line == BERRY.splitlines().index('"jest@npm:^29.0.0":') + 1


def test_a_berry_lock_names_its_workspaces_wishes() -> None:
    files = {"yarn.lock": BERRY, "package.json": json.dumps({"devDependencies": {"jest": "^29.0.0"}})}
    found = {(c.name, c.version): (c.direct, c.scope) for c in components(files)}
    assert found == {
        ("@scope/tool", "1.1.0"): (True, "runtime"),
        ("left", "2.0.1"): (False, "runtime"),
        ("real", "3.0.0"): (True, "runtime"),
        ("@deep/real", "3.1.0"): (False, "runtime"),
        ("jest", "29.0.0"): (True, "dev"),
    }


def test_a_resolution_that_changed_the_wish_is_found_by_the_name() -> None:
    text = 'a@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    b "^5.0.0"\n\nb@7.0.0:\n  version "7.0.0"\n'
    assert component({"yarn.lock": text}, "b").via == ("a",)


def test_keys_of_over_a_thousand_characters_are_read() -> None:
    wishes = ", ".join(f"left@npm:^2.0.{n}" for n in range(90))
    text = f'__metadata:\n  version: 6\n\n? "{wishes}"\n:\n  version: 2.0.99\n  resolution: "left@npm:2.0.99"\n'
    assert pins({"yarn.lock": text}) == {"left": "2.0.99"}


def test_a_conflict_marker_costs_itself_only() -> None:
    found = gaps({"yarn.lock": CLASSIC.replace("left@^2.0.0:", "<<<<<<<\nleft@^2.0.0:")})
    assert [type(one) for one in found] == [Partial]
    assert pins({"yarn.lock": CLASSIC.replace("left@^2.0.0:", "<<<<<<<\nleft@^2.0.0:")})["left"] == "2.0.1"


def test_a_file_that_is_no_lock_is_a_gap() -> None:
    (gap,) = gaps({"yarn.lock": "this is not a lock"})
    assert isinstance(gap, Skipped)
    assert not gaps({"yarn.lock": "# yarn lockfile v1\n"})


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    components({"yarn.lock": data})


PIECES = st.lists(
    st.sampled_from(
        [*CLASSIC.splitlines()[:14], *BERRY.splitlines()[:12], "? a", ":", ": b: c", "  - x", '"', "{", "\t", "'x': 1"]
    )
)


@given(PIECES)
def test_no_lines_raise(lines: list[str]) -> None:
    components({"yarn.lock": "\n".join(lines), "package.json": MANIFEST})
