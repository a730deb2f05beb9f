"""Extensions of Visual Studio Code."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import components, gaps, pins

LIST = "home/x/.vscode/extensions/extensions.json"


def _vsix(**members: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def test_installed_extensions_are_listed() -> None:
    text = json.dumps([{"identifier": {"id": "acme.tool"}, "version": "1.2.3"}, {"version": "1"}], indent=1)
    (found,) = components({LIST: text})
    assert (found.purl, found.line) == ("pkg:vscode-extension/acme.tool@1.2.3", 4)
    assert [type(one) for one in gaps({LIST: text})] == [Partial]


def test_recommended_extensions_are_another_file() -> None:
    assert not components({".vscode/extensions.json": '[{"identifier": {"id": "acme.tool"}, "version": "1"}]'})


def test_a_list_of_another_shape_is_a_gap() -> None:
    assert [type(one) for one in gaps({LIST: "{}"})] == [Skipped]


def test_an_archive_names_the_packages_that_it_brings_along() -> None:
    package = json.dumps({"name": "left", "version": "1.0.0"})
    data = _vsix(
        **{
            "extension/package.json": json.dumps({"name": "acme", "version": "9.0.0"}),
            "extension/node_modules/left/package.json": package,
            "extension/node_modules/@scope/right/package.json": json.dumps(
                {"name": "@scope/right", "version": "2.0.0"}
            ),
            "extension/node_modules/left/lib/package.json": json.dumps({"name": "inner", "version": "3.0.0"}),
            "extension/my_node_modules/no/package.json": json.dumps({"name": "no", "version": "1.0.0"}),
            "extension/node_modules/bad/package.json": "{",
            "extension/node_modules/nameless/package.json": "{}",
        }
    )
    assert pins({"a.vsix": data}) == {"left": "1.0.0", "@scope/right": "2.0.0"}
    assert [type(one) for one in gaps({"a.vsix": data})] == [Partial]


def test_a_package_json_of_many_megabytes_is_not_unpacked() -> None:
    data = _vsix(
        **{"node_modules/left/package.json": '{"name":"left","version":"1.0.0","x":"' + "0" * (2 << 20) + '"}'}
    )
    assert not components({"a.vsix": data})


def test_what_is_no_archive_is_a_gap() -> None:
    assert [type(one) for one in gaps({"a.vsix": b"no"})] == [Skipped]


@given(st.binary(), st.integers(0, 300), st.sampled_from([LIST, "a.vsix"]))
def test_no_bytes_raise(data: bytes, cut: int, path: str) -> None:
    whole = _vsix(**{"node_modules/left/package.json": '{"name":"left","version":"1.0.0"}'})
    components({path: data})
    components({path: whole[:cut] + data + whole[cut:]})
