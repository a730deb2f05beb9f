"""npm's lock files and `package.json`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, pins

LOCK: dict[str, Any] = {
    "name": "shop",
    "lockfileVersion": 3,
    "packages": {
        "": {
            "name": "shop",
            "version": "1.0.0",
            "workspaces": ["packages/*"],
            "dependencies": {"express": "^4.0.0", "string-width-cjs": "npm:string-width@^4.2.0"},
            "devDependencies": {"jest": "^29.0.0"},
            "optionalDependencies": {"fsevents": "^2.0.0"},
        },
        "node_modules/express": {"version": "4.17.1", "dependencies": {"debug": "2.6.9", "qs": "6.7.0"}},
        "node_modules/express/node_modules/debug": {"version": "2.6.9", "dependencies": {"ms": "2.0.0"}},
        "node_modules/express/node_modules/ms": {"version": "2.0.0"},
        "node_modules/qs": {"version": "6.7.0"},
        "node_modules/debug": {"version": "4.3.4", "dev": True, "dependencies": {"ms": "2.1.2"}},
        "node_modules/ms": {"version": "2.1.2", "dev": True},
        "node_modules/jest": {"version": "29.0.0", "dev": True, "dependencies": {"debug": "^4"}},
        "node_modules/fsevents": {"version": "2.3.3", "optional": True},
        "node_modules/string-width-cjs": {"name": "string-width", "version": "4.2.3"},
        "node_modules/tool": {"link": True, "resolved": "packages/tool"},
        "packages/tool": {"version": "0.0.1", "dependencies": {"@scope/lib": "1.0.0"}},
        "node_modules/@scope/lib": {"version": "1.0.0"},
        "node_modules/from-git": {"version": "git+ssh://git@example.org/x.git#abc"},
    },
}
FILES = {"package-lock.json": json.dumps(LOCK, indent=2)}

OLD: dict[str, Any] = {
    "lockfileVersion": 1,
    "dependencies": {
        "express": {
            "version": "4.17.1",
            "requires": {"debug": "2.6.9"},
            "dependencies": {"debug": {"version": "2.6.9", "requires": {"ms": "2.0.0"}}, "ms": {"version": "2.0.0"}},
        },
        "debug": {"version": "4.3.4", "dev": True, "requires": {"ms": "2.1.2"}},
        "ms": {"version": "2.1.2", "dev": True},
        "alias": {"version": "npm:string-width@4.2.3"},
        "local": {"version": "file:../local"},
        "pinned-git": {"version": "git+https://example.org/x.git#abc"},
    },
}


def test_nested_packages_are_found_where_node_would_find_them() -> None:
    old_ms = component(FILES, "ms", "2.0.0")
    assert old_ms.via == ("express", "debug")
    assert component(FILES, "ms", "2.1.2").via == ("jest", "debug")


@pytest.mark.parametrize(
    ("name", "version", "direct", "scope"),
    [
        ("express", "4.17.1", True, "runtime"),
        ("qs", "6.7.0", False, "runtime"),
        ("jest", "29.0.0", True, "dev"),
        ("debug", "4.3.4", False, "dev"),
        ("fsevents", "2.3.3", True, "optional"),
        ("string-width", "4.2.3", True, "runtime"),
        ("@scope/lib", "1.0.0", True, "runtime"),
        ("from-git", "", False, "runtime"),
    ],
)
def test_each_package_has_its_directness_and_scope(name: str, version: str, direct: bool, scope: str) -> None:
    found = component(FILES, name, version)
    assert (found.direct, found.scope) == (direct, scope)


def test_the_project_and_its_workspaces_are_no_components() -> None:
    assert not {"shop", "tool", ""} & pins(FILES).keys()


def test_lines_are_those_of_the_keys() -> None:
    lines = FILES["package-lock.json"].splitlines()
    assert '"node_modules/qs"' in lines[component(FILES, "qs").line - 1]
    old = {"package-lock.json": json.dumps(OLD, indent=2)}
    text = old["package-lock.json"].splitlines()
    assert text[component(old, "ms", "2.0.0").line - 1].startswith("        ")
    assert text[component(old, "ms", "2.1.2").line - 1].startswith('    "ms"')


def test_a_lock_on_one_line_is_read_too() -> None:
    assert component({"package-lock.json": json.dumps(LOCK)}, "qs").line == 1


def test_version_1_takes_direct_packages_from_the_manifest_beside_it() -> None:
    files = {
        "package-lock.json": json.dumps(OLD),
        "package.json": json.dumps({"dependencies": {"express": "^4", "ms": "2"}}),
    }
    assert {(c.name, c.version): c.direct for c in components(files)} == {
        ("express", "4.17.1"): True,
        ("debug", "2.6.9"): False,
        ("ms", "2.0.0"): True,
        ("debug", "4.3.4"): False,
        ("ms", "2.1.2"): False,
        ("string-width", "4.2.3"): False,
        ("pinned-git", ""): False,
    }


def test_version_1_knows_what_pulled_a_package_in() -> None:
    assert component({"package-lock.json": json.dumps(OLD)}, "ms", "2.0.0").via == ("express", "debug")


def test_a_manifest_with_a_lock_beside_it_adds_nothing() -> None:
    files = {**FILES, "package.json": json.dumps({"dependencies": {"express": "4.0.0"}})}
    assert {c.file for c in components(files)} == {"package-lock.json"}


def test_a_manifest_whose_lock_is_broken_speaks_for_itself() -> None:
    files = {"package-lock.json": "{", "package.json": json.dumps({"dependencies": {"express": "4.0.0"}})}
    assert pins(files) == {"express": "4.0.0"}
    (gap,) = gaps(files)
    assert (gap.file, type(gap)) == ("package-lock.json", Skipped)


def test_only_exact_wishes_of_a_manifest_have_a_version() -> None:
    manifest = {
        "name": "shop",
        "dependencies": {
            "a": "1.2.3",
            "b": "^1.2.3",
            "c": "npm:real@2.0.0",
            "d": "file:../d",
            "e": "v1.0.0",
            "f": "1.x",
        },
        "devDependencies": {"g": "1.0.0-rc.1"},
    }
    found = {c.name: (c.version, c.scope) for c in components({"package.json": json.dumps(manifest, indent=1)})}
    assert found == {
        "a": ("1.2.3", "runtime"),
        "b": ("", "runtime"),
        "real": ("2.0.0", "runtime"),
        "e": ("1.0.0", "runtime"),
        "f": ("", "runtime"),
        "g": ("1.0.0-rc.1", "dev"),
    }


def test_a_lock_tells_hashes_licences_origins_wishes_and_install_scripts() -> None:
    entry = {
        "version": "1.0.0",
        "resolved": "https://npm.example.org/r/left/-/left-1.0.0.tgz",
        "integrity": "sha512-QUJDRA== sha1-QUJDRA==",
        "license": "MIT",
        "hasInstallScript": True,
    }
    old_style = {"version": "2.0.0", "licenses": [{"type": "MIT"}, {"type": "ISC"}], "integrity": "odd"}
    lock = {"packages": {"": {"dependencies": {"left": "^1"}}, "node_modules/left": entry, "node_modules/b": old_style}}
    files = {"package-lock.json": json.dumps(lock)}
    left, other = component(files, "left"), component(files, "b")
    assert (left.hashes, left.licenses) == (("sha512:41424344", "sha1:41424344"), ("MIT",))
    assert (left.origin, left.constraint, left.install_script) == ("https://npm.example.org/r", "^1", True)
    assert (other.hashes, other.licenses, other.origin, other.install_script) == ((), ("MIT", "ISC"), "", False)


def test_a_manifest_keeps_the_wish_and_where_it_comes_from() -> None:
    manifest = {
        "dependencies": {"a": "^1.2.3", "b": "git+https://me:secret@example.org/b.git#v1", "c": "1.0.0"},
        "peerDependencies": {"d": ">=1"},
        "peerDependenciesMeta": {"d": {"optional": True}},
        "packageManager": "yarn@4.1.0+sha256.abcd",
    }
    found = {c.name: c for c in components({"package.json": json.dumps(manifest)})}
    assert {name: c.constraint for name, c in found.items() if name != "b"} == {
        "a": "^1.2.3",
        "c": "",
        "d": ">=1",
        "@yarnpkg/cli-dist": "",
    }
    assert "secret" not in f"{found['b']}"
    assert found["d"].scope == "optional"
    manager = found["@yarnpkg/cli-dist"]
    assert (manager.version, manager.scope, manager.hashes) == ("4.1.0", "build", ("sha256:abcd",))


def test_a_package_of_the_unity_engine_has_no_npm_packages() -> None:
    assert not components({"package.json": json.dumps({"unity": "2021.3", "dependencies": {"com.acme.x": "1.0.0"}})})


def test_an_installed_package_is_itself_and_not_its_wishes() -> None:
    manifest = {
        "name": "@scope/left",
        "dependencies": {"a": "^1.2.3"},
        "license": {"type": "MIT"},
        "scripts": {"postinstall": "node x.js"},
        "version": "1.0.0",
    }
    text = json.dumps(manifest, indent=1)
    (found,) = components({"usr/lib/node_modules/@scope/left/package.json": text})
    assert (found.purl, found.line) == ("pkg:npm/%40scope/left@1.0.0", len(text.splitlines()) - 1)
    assert (found.licenses, found.install_script) == (("MIT",), True)
    assert not components({"node_modules/left/lib/package.json": text})
    assert not components({"node_modules/left/package.json": "{}"})


def test_a_key_of_another_section_does_not_move_the_line() -> None:
    text = '{\n"jest": {"x": 1},\n"scripts": {"jest": "y"},\n"dependencies": {\n"jest": "1.0.0"\n}\n}'
    assert component({"package.json": text}, "jest").line == 5


def test_broken_json_fails_with_its_line() -> None:
    (gap,) = gaps({"package-lock.json": '{\n"packages": {\n"a": ]\n'})
    assert isinstance(gap, Skipped)
    assert gap.reason.startswith("line 3: not valid JSON")


@pytest.mark.parametrize("text", ["[]", "null", "3", "[" * 100_000, '{"packages":' * 50_000])
def test_json_that_is_no_lock_fails_in_one_gap(text: str) -> None:
    assert len(gaps({"package-lock.json": text})) == 1


def test_one_entry_of_a_wrong_type_costs_itself_only() -> None:
    files = {"package-lock.json": '{"packages": {"node_modules/a": 3, "node_modules/b": {"version": "1.0.0"}}}'}
    assert pins(files) == {"b": "1.0.0"}
    (gap,) = gaps(files)
    assert isinstance(gap, Partial)


def test_version_1_nested_without_end_is_read_in_bounds() -> None:
    depth = 400
    text = "{" + '"dependencies":{"a":{"version":"1.0.0",' * depth + '"x":1' + "}}" * depth + "}"
    assert component({"package-lock.json": text}, "a").version == "1.0.0"


@given(st.binary(), st.sampled_from(["package-lock.json", "package.json"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["", "node_modules/a", "a", "packages", "dependencies", "version", "link", "resolved", "name"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["packages", "dependencies", "devDependencies"]), JSON))
def test_no_document_raises(document: dict[str, Any]) -> None:
    for path in ("package-lock.json", "package.json"):
        components({path: json.dumps(document)})


def test_beside_a_shrinkwrap_the_other_lock_is_not_read() -> None:
    old = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.0.0"}}}
    new = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "2.0.0"}}}
    files = {"package-lock.json": json.dumps(old), "npm-shrinkwrap.json": json.dumps(new)}
    assert [(c.version, c.file) for c in components(files)] == [("2.0.0", "npm-shrinkwrap.json")]


def test_a_package_of_several_places_has_the_needs_of_all() -> None:
    entries = {
        "": {"dependencies": {"a": "1", "b": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"c": "*"}},
        "node_modules/c": {"version": "1.0.0"},
        "node_modules/b": {"version": "1.0.0", "dependencies": {"a": "1"}},
        "node_modules/b/node_modules/a": {"version": "1.0.0", "dependencies": {"c": "*"}},
        "node_modules/b/node_modules/c": {"version": "2.0.0"},
    }
    found = component({"package-lock.json": json.dumps({"lockfileVersion": 3, "packages": entries})}, "a")
    assert found.needs == ("pkg:npm/c@1.0.0", "pkg:npm/c@2.0.0")
