"""Licences of what is installed: whose text it is, what is declared, and which licence the words are."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.licenses.phrases import by_sentences
from secloop.stages.build.licenses.texts import Text, is_license_file, look, owner, recognise, recognised


@pytest.mark.parametrize(
    ("folder", "purl"),
    [
        ("node_modules/a", "pkg:npm/a"),
        ("x/node_modules/a/node_modules/@s/b", "pkg:npm/%40s/b"),
        ("node_modules/a/dist", ""),
        (".venv/lib/python3.11/site-packages/Flask-2.0.dist-info/licenses", "pkg:pypi/flask"),
        ("vendor/github.com/a/b", "pkg:golang/github.com/a/b"),
        ("vendor/a/b", "pkg:composer/a/b"),
        ("src", ""),
    ],
)
def test_a_folder_tells_whose_text_it_holds(folder: str, purl: str) -> None:
    assert owner(folder) == purl


@pytest.mark.parametrize(
    "name", ["LICENSE", "LICENCE.md", "COPYING.LESSER", "NOTICE.txt", "UNLICENSE", "License-MIT.txt"]
)
def test_licence_files_are_known_by_name(name: str) -> None:
    assert is_license_file(name)


@pytest.mark.parametrize("name", ["license.py", "README.md", "relicense.sh", "licenses.json"])
def test_other_files_are_not(name: str) -> None:
    assert not is_license_file(name)


def test_texts_of_installed_packages_are_found_and_links_are_not_followed(tmp_path: Path) -> None:
    package = tmp_path / "node_modules/a"
    package.mkdir(parents=True)
    (package / "LICENSE").write_text("text")
    (package / "COPYING").symlink_to("/etc/passwd")
    (tmp_path / "node_modules/b").symlink_to(package)
    (texts,) = look(tmp_path).texts.values()
    assert [(text.package, text.path, text.text) for text in texts] == [("pkg:npm/a", "node_modules/a/LICENSE", "text")]


@pytest.mark.parametrize(
    ("written", "licenses"),
    [
        ({"license": "MIT"}, ("MIT",)),
        ({"license": {"type": "ISC", "url": "x"}}, ("ISC",)),
        ({"licenses": [{"type": "MIT"}, {"type": "GPL-2.0 OR X"}]}, ("MIT OR (GPL-2.0 OR X)",)),
        ({"license": 7}, None),
        ({}, None),
        ([], None),
    ],
)
def test_an_npm_package_declares_its_licence_in_three_ways(
    tmp_path: Path, written: object, licenses: tuple[str, ...] | None
) -> None:
    package = tmp_path / "node_modules/@s/a"
    package.mkdir(parents=True)
    told = {"version": "1", **written} if isinstance(written, dict) else written
    (package / "package.json").write_text(json.dumps(told))
    (package / "lib").mkdir()
    (package / "lib/package.json").write_text('{"license": "not the package"}')
    found = look(tmp_path).says("pkg:npm/%40s/a", "1")
    assert (found.licenses if found else None) == licenses


def test_a_python_package_declares_its_licence_in_its_metadata(tmp_path: Path) -> None:
    folder = tmp_path / "site-packages/Some_Name-1.0.dist-info"
    (folder / "licenses").mkdir(parents=True)
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: Some_Name\nVersion: 1.0\nLicense-Expression: MIT\n\n"
    )
    (folder / "licenses/LICENSE").write_text("text")
    found = look(tmp_path)
    said = found.says("pkg:pypi/some-name", "1.0")
    assert said is not None
    assert (said.version, said.licenses) == ("1.0", ("MIT",))
    assert [text.text for text in found.texts_of("pkg:pypi/some-name", "1.0")] == ["text"]


def test_each_version_has_the_texts_beside_it(tmp_path: Path) -> None:
    for folder, version in (("node_modules/a", "2"), ("node_modules/b/node_modules/a", "1")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "package.json").write_text(json.dumps({"version": version, "license": "MIT"}))
        (tmp_path / folder / "LICENSE").write_text(version)
    found = look(tmp_path)
    assert [[text.text for text in found.texts_of("pkg:npm/a", version)] for version in "12"] == [["1"], ["2"]]
    assert len(found.texts_of("pkg:npm/a", "3")) == 2


@given(st.binary())
def test_metadata_of_any_bytes_is_read_or_passed_over(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("node_modules/a/package.json", "site-packages/a-1.dist-info/METADATA"):
            (Path(folder) / name).parent.mkdir(parents=True)
            (Path(folder) / name).write_bytes(data)
        look(Path(folder))


MIT = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated "
    "documentation files (the “Software”), to deal in it."
)
KEEP = (
    "* The above copyright notice and this permission notice shall be included in all copies or substantial portions."
)
BSD = (
    "Redistribution and use in source and binary forms, with or without modification, are permitted provided that: "
    "1. Redistributions of source code must retain the above copyright notice, this list of conditions and the "
    "following disclaimer. "
)
GNU = "under the terms of the GNU {} General Public License as published by the Free Software Foundation"
BINARY = "2. Binaries must reproduce the above copyright notice, this list of conditions and the following disclaimer. "


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (f"{MIT}\n{KEEP}", ("MIT",)),
        (MIT, ("MIT-0",)),
        (BSD + BINARY, ("BSD-2-Clause",)),
        (f"{BSD}{BINARY} 3. No name may be used to endorse or promote products derived from it.", ("BSD-3-Clause",)),
        (f"{BSD} All advertising materials mentioning features must say so.", ("BSD-4-Clause",)),
        (BSD, ()),
        (f"{MIT} {KEEP} And: {BSD}{BINARY}", ("MIT", "BSD-2-Clause")),
        ("This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0.", ("MPL-2.0",)),
        (GNU.format("Lesser") + "; either version 2.1 of the License, or any later version.", ("LGPL-2.1-or-later",)),
        (GNU.format("Affero") + ", version 3 of the License", ("AGPL-3.0-only",)),
        ("Nothing of the kind", ()),
    ],
)
def test_a_licence_is_known_by_its_sentences(text: str, ids: tuple[str, ...]) -> None:
    assert by_sentences(text) == ids


@given(st.text())
def test_any_text_has_sentences_or_none(text: str) -> None:
    assert len(by_sentences(text)) <= 8


def test_notices_count_only_where_no_licence_is_recognised() -> None:
    license_, notice = Text("p", "a/LICENSE", f"{MIT} {KEEP}"), Text("p", "a/NOTICE", BSD + BINARY)
    assert recognised([notice, license_]) == [("MIT", "a/LICENSE")]
    assert recognised([notice, Text("p", "a/COPYING", "words")]) == [("BSD-2-Clause", "a/NOTICE")]


def test_a_text_is_recognised_by_its_words() -> None:
    words = (
        "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby"
        " granted, provided that the above copyright notice and this permission notice appear in all copies.\n\n"
        'THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE'
        " INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR"
        " ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE,"
        " DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN"
        " CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.\n"
    )
    assert recognise(f"Copyright (c) 2026 A. Person\n\n{words}") == "ISC"
    assert recognise("nothing of the kind") == ""
