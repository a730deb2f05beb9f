"""Deno's lock and configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.build.reading import component, components, gaps

HASH = "ab" * 32
V5: dict[str, Any] = {
    "version": "5",
    "specifiers": {
        "jsr:@std/path@^1.0.0": "1.0.8",
        "npm:left@^1.0.0": "1.0.0_peer@3.0.0",
        "jsr:@std/internal@1": "1.0.9",
    },
    "jsr": {
        "@std/path@1.0.8": {"integrity": HASH, "dependencies": ["jsr:@std/internal@1"]},
        "@std/internal@1.0.9": {"integrity": HASH},
    },
    "npm": {
        "left@1.0.0_peer@3.0.0": {
            "integrity": "sha512-QUJDRA==",
            "dependencies": ["deep@1.2.3", "peer"],
            "scripts": True,
        },
        "deep@1.2.3": {"integrity": "sha512-QUJDRA=="},
        "deep@2.0.0": {"integrity": "sha512-QUJDRA=="},
        "peer@3.0.0": {"integrity": "sha512-QUJDRA=="},
    },
    "workspace": {"dependencies": ["jsr:@std/path@^1.0.0"], "packageJson": {"dependencies": ["npm:left@^1.0.0"]}},
}
V3: dict[str, Any] = {
    "version": "3",
    "packages": {
        "specifiers": {"npm:left@^1.0.0": "npm:left@1.0.0", "jsr:@std/path": "jsr:@std/path@1.0.8"},
        "jsr": {"@std/path@1.0.8": {"integrity": HASH}},
        "npm": {
            "left@1.0.0": {"integrity": "sha512-QUJDRA==", "dependencies": {"deep": "deep@1.2.3"}},
            "deep@1.2.3": {"integrity": "sha512-QUJDRA==", "dependencies": {}},
        },
    },
    "remote": {
        "https://deno.land/std/x.ts": HASH,
        "https://esm.sh/far@1.4.0/a.js": HASH,
        "https://esm.sh/far@1.4.0/b.js": HASH,
        "https://deno.land/x/oak@v12.0.0/mod.ts": HASH,
        "https://example.org/x@1.0.0/mod.ts": HASH,
    },
}
V2: dict[str, Any] = {
    "version": "2",
    "remote": {},
    "npm": {
        "specifiers": {"left@^1.0.0": "left@1.0.0"},
        "packages": {"left@1.0.0": {"integrity": "sha512-QUJDRA==", "dependencies": {}}},
    },
}


def _read(document: dict[str, Any]) -> dict[str, tuple[bool, tuple[str, ...]]]:
    return {c.purl: (c.direct, c.via) for c in components({"deno.lock": json.dumps(document, indent=1)})}


def test_version_5_names_both_registries_and_the_workspace() -> None:
    assert _read(V5) == {
        "pkg:jsr/%40std/path@1.0.8": (True, ()),
        "pkg:jsr/%40std/internal@1.0.9": (False, ("@std/path",)),
        "pkg:npm/left@1.0.0": (True, ()),
        "pkg:npm/deep@1.2.3": (False, ("left",)),
        "pkg:npm/deep@2.0.0": (False, ()),
        "pkg:npm/peer@3.0.0": (False, ("left",)),
    }
    files = {"deno.lock": json.dumps(V5, indent=1)}
    left = component(files, "left")
    assert (left.hashes, left.install_script) == (("sha512:41424344",), True)
    assert component(files, "@std/path").hashes == (f"sha256:{HASH}",)
    assert '"left@1.0.0_peer@3.0.0"' in files["deno.lock"].splitlines()[left.line - 1]


def test_version_3_holds_its_packages_in_a_table() -> None:
    assert _read(V3) == {
        "pkg:jsr/%40std/path@1.0.8": (True, ()),
        "pkg:npm/left@1.0.0": (True, ()),
        "pkg:npm/deep@1.2.3": (False, ("left",)),
        "pkg:npm/far@1.4.0": (False, ()),
        "pkg:generic/deno.land/x/oak@v12.0.0": (False, ()),
    }


def test_version_2_knows_npm_only() -> None:
    assert _read(V2) == {"pkg:npm/left@1.0.0": (True, ())}


@pytest.mark.parametrize(
    ("specifier", "name", "version", "constraint"),
    [
        ("npm:left@1.0.0", "left", "1.0.0", ""),
        ("npm:left@^1.0.0/sub/path.js", "left", "", "^1.0.0"),
        ("npm:/@scope/left@2", "@scope/left", "", "2"),
        ("jsr:@std/path@^1", "@std/path", "", "^1"),
        ("jsr:@std/path", "@std/path", "", ""),
    ],
)
def test_an_import_map_names_wishes(specifier: str, name: str, version: str, constraint: str) -> None:
    text = f'{{\n  // imports\n  "imports": {{\n    "x": "{specifier}",\n    "y": "./local.ts",\n  }},\n}}'
    (found,) = components({"deno.jsonc": text})
    assert (found.name, found.version, found.constraint, found.line) == (name, version, constraint, 4)


def test_a_lock_beside_the_configuration_speaks_for_it() -> None:
    files = {"deno.lock": json.dumps(V3), "deno.json": '{"imports": {"left": "npm:left@^1.0.0"}}'}
    assert {c.file for c in components(files)} == {"deno.lock"}


def test_an_entry_of_a_wrong_type_costs_itself_only() -> None:
    files = {"deno.lock": json.dumps({**V5, "jsr": {"@std/path@1.0.8": 3}})}
    assert len(components(files)) == 4
    assert len(gaps(files)) == 1


@given(st.binary(), st.sampled_from(["deno.lock", "deno.json"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})


VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["npm:a@1", "a@1.0.0", "", "jsr:@s/b"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a@1.0.0", "npm:a@1", "npm", "jsr", "packages", "specifiers", "dependencies"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(
    st.dictionaries(st.sampled_from(["npm", "jsr", "packages", "specifiers", "workspace", "imports", "scopes"]), VALUES)
)
def test_no_document_raises(document: dict[str, object]) -> None:
    for path in ("deno.lock", "deno.json"):
        components({path: json.dumps(document)})
