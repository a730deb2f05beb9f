"""Overrides in package.json, and npm's lock that must let go of what is overridden."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.fix.npm_lock import without
from secloop.stages.build.fix.overrides import field_of, override, standing

names = st.sampled_from(["a", "@s/b", 'q"q', "ü", "overrides", "pnpm"])
values = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def made(text: str, field: tuple[str, ...], wanted: dict[str, str]) -> str | None:
    edits = override("package.json", text.encode(), field, wanted)
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text if edits else None


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (
            '{\n  "name": "x"\n}\n',
            ("overrides",),
            '{\n  "name": "x",\n  "overrides": {\n    "b": "2.0.0"\n  }\n}\n',
        ),
        (
            '{\r\n\t"name": "x"\r\n}',
            ("pnpm", "overrides"),
            '{\r\n\t"name": "x",\r\n\t"pnpm": {\r\n\t\t"overrides": {\r\n\t\t\t"b": "2.0.0"\r\n\t\t}\r\n\t}\r\n}',
        ),
        (
            '{\n  "resolutions": {\n    "a": "1"\n  }\n}\n',
            ("resolutions",),
            '{\n  "resolutions": {\n    "a": "1",\n    "b": "2.0.0"\n  }\n}\n',
        ),
        ("{}", ("overrides",), '{\n  "overrides": {\n    "b": "2.0.0"\n  }\n}'),
    ],
    ids=["new", "nested-crlf-tabs", "beside-others", "empty"],
)
def test_an_override_is_written_in_the_style_of_the_file(text: str, field: tuple[str, ...], expected: str) -> None:
    assert made(text, field, {"b": "2.0.0"}) == expected


@pytest.mark.parametrize(
    "text",
    ['{"overrides": {"b": {"c": "1"}}}', '{"overrides": "no object"}', "[]", "{", '{"overrides": {}} x'],
    ids=["nested", "no-object", "array", "broken", "trailing"],
)
def test_what_cannot_be_proved_is_not_written(text: str) -> None:
    assert made(text, ("overrides",), {"b": "2.0.0"}) is None


@given(
    st.dictionaries(names, values, max_size=5), st.sampled_from([("overrides",), ("pnpm", "overrides")]), st.booleans()
)
def test_the_document_is_the_old_one_with_the_override(
    document: dict[str, Any], field: tuple[str, ...], indented: bool
) -> None:
    text = json.dumps(document, indent=2 if indented else None)
    after = made(text, field, {"new": "1.0.0"})
    if after is None:
        return
    below = json.loads(after)
    for key in field:
        below = below[key]
    assert below.pop("new") == "1.0.0"


@given(st.binary(max_size=100))
def test_no_bytes_break_it(data: bytes) -> None:
    assert override("package.json", data, ("overrides",), {"a": "1"}) == () or data.strip().startswith(b"{")
    assert without("package-lock.json", data, {("a", "1")}) == ()


@pytest.mark.parametrize("depth", [100, 900, 5000])
def test_deep_documents_break_nothing(depth: int) -> None:
    text = '{"packages": {"": {}, "node_modules/a": {"version": "1"}}, "x": ' + "[" * depth + "]" * depth + "}"
    after = made(text, ("overrides",), {"b": "1"})
    assert after is None or after.startswith(text[:-1])
    assert len(without("package-lock.json", text.encode(), {("a", "1")})) <= 1


def test_only_tools_with_overrides_have_a_field() -> None:
    assert field_of("ui/pnpm-lock.yaml") == ("pnpm", "overrides")
    assert field_of("poetry.lock") == ()


def test_an_override_that_stands_is_raised_where_it_stands() -> None:
    text = '{"a": "1.0", "overrides": {"b@^1": "1.0", "a": "1.0"}, "x": {"overrides": {"a": "1.0"}}}'
    assert standing(text.encode(), ("overrides",), "b") == {"b@^1": "1.0"}
    after = made(text, ("overrides",), {"a": "2.0", "c": "3"})
    assert after is not None
    assert json.loads(after)["overrides"] == {"b@^1": "1.0", "a": "2.0", "c": "3"}
    assert after.startswith('{"a": "1.0", "overrides": {"b@^1": "1.0", "a": "2.0",')


@given(
    st.lists(st.sampled_from(["a", "b", "@s/c", "d/node_modules/a"]), unique=True),
    st.sets(st.sampled_from(["a", "b", "@s/c"]), min_size=1),
    st.booleans(),
)
def test_a_lock_without_entries_is_the_old_one_less_those(paths: list[str], gone: set[str], indented: bool) -> None:
    packages = {"": {"name": "x"}, **{f"node_modules/{path}": {"version": "1", "x": [{}]} for path in paths}}
    document = {"lockfileVersion": 3, "packages": packages, "tail": {"packages": {"node_modules/a": {"version": "1"}}}}
    text = json.dumps(document, indent=2 if indented else None)
    edits = without("package-lock.json", text.encode(), {(name, "1") for name in gone})
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    kept = {path: entry for path, entry in packages.items() if path.rpartition("node_modules/")[2] not in gone}
    assert json.loads(text) == {**document, "packages": kept}
    assert bool(edits) is (kept != packages)
