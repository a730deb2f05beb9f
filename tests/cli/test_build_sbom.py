"""`secloop build sbom`, `tree` and `why` as a user calls them."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from secloop.cli.main import run
from secloop.interop.sbom import codec

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "tree"
    root.mkdir()
    (root / "secloop.toml").write_text('[project]\nid = "shop"\n')
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "shop", "dependencies": {"a": "^1.0.0"}},
            "node_modules/a": {"version": "1.0.0", "license": "MIT", "dependencies": {"b": "2"}},
            "node_modules/b": {"version": "2.0.0"},
        },
    }
    (root / "package-lock.json").write_text(json.dumps(lock))
    monkeypatch.chdir(root)
    return root


def test_sbom_alone_writes_cyclonedx(tree: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["build", "sbom", str(tree)]) == 0
    found = codec.read(capfdbinary.readouterr().out)
    assert [(item.name, item.direct) for item in found.items] == [("a", True), ("b", False)]
    assert found.items[0].needs == ("pkg:npm/b@2.0.0",)
    assert found.subject.name == "shop"


def test_what_could_not_be_read_makes_an_sbom_incomplete(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "poetry.lock").write_text("[[package]\n")
    assert run(["build", "sbom", "-o", str(tree / "out.json")]) == 3
    assert "poetry.lock" in capsys.readouterr().err
    assert (tree / "out.json").exists()


@pytest.mark.parametrize("name", ["cyclonedx-1.4", "spdx"])
def test_what_was_written_can_be_validated_scored_walked_and_merged(
    tree: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(["build", "sbom", "write", "-f", name, "-o", "a.json"]) == 0
    if name.startswith("cyclonedx"):
        assert run(["build", "sbom", "validate", "a.json"]) == 0
    assert run(["build", "sbom", "score", "a.json"]) == 0
    assert run(["build", "sbom", "score", "a.json", "--min", "100"]) == 1
    assert "100.0 %  component name" in capsys.readouterr().out
    assert run(["build", "tree", "a.json"]) == 0
    assert "└── a@1.0.0\n    └── b@2.0.0" in capsys.readouterr().out
    assert run(["build", "sbom", "merge", "a.json", str(tree), "-o", "m.json"]) == 0
    assert {item.name for item in codec.read((tree / "m.json").read_bytes()).items} == {"shop", "a", "b"}


def test_why_shows_the_way_and_suggests_near_names(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "why", "b", str(tree)]) == 0
    assert "a@1.0.0 > b@2.0.0" in capsys.readouterr().out
    assert run(["build", "why", "aa", str(tree)]) == 2
    assert "Did you mean a" in capsys.readouterr().err


def test_a_difference_is_told(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["build", "sbom", "-o", "old.json"])
    text = (tree / "package-lock.json").read_text().replace("2.0.0", "2.1.0")
    (tree / "package-lock.json").write_text(text)
    capsys.readouterr()
    assert run(["build", "sbom", "diff", "old.json", str(tree)]) == 0
    assert "~ npm/b  2.0.0 -> 2.1.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["build", "sbom", "-f", "cyclondx"], "Did you mean cyclonedx"),
        (["build", "sbom", "score", "nothing"], "nothing"),
        (["build", "sbom", "validate", "nothing.json"], "Cannot read nothing.json"),
        (["build", "sbom", "score", "secloop.toml"], "no SBOM"),
    ],
)
def test_wrong_input_gets_one_line(
    tree: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert tree.is_dir()
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") <= 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bad.json", '{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": "one"}'),
        ("bad.xml", '<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><nothing/></bom>'),
        ("cut.xml", '<bom xmlns="http://cyclonedx.org/schema/bom/1.5">'),
    ],
)
def test_an_invalid_document_is_named(tree: Path, capsys: pytest.CaptureFixture[str], name: str, text: str) -> None:
    (tree / name).write_text(text)
    assert run(["build", "sbom", "validate", name]) == 1
    assert f"{name} is not valid" in capsys.readouterr().err


def test_a_version_without_a_schema_is_wrong_use(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "new.json").write_text('{"bomFormat": "CycloneDX", "specVersion": "9.9"}')
    assert run(["build", "sbom", "validate", "new.json"]) == 2
    assert "CycloneDX 9.9, which has no schema here" in capsys.readouterr().err


def test_an_image_on_disk_has_an_sbom_of_what_is_installed(tree: Path) -> None:
    package = b"C:Q1\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\n\n"
    layer = _tar({"etc/os-release": b"ID=alpine\nVERSION_ID=3.20.1\n", "lib/apk/db/installed": package})
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["shop:1"], "Layers": ["l.tar"]}]).encode()
    (tree / "image.tar").write_bytes(_tar({"manifest.json": manifest, "c.json": b"{}", "l.tar": layer}))
    assert run(["build", "sbom", "image.tar", "-o", "image.json"]) == 0
    found = codec.read((tree / "image.json").read_bytes())
    assert (found.subject.name, found.subject.kind) == ("shop:1", "container")
    assert "musl" in {item.name for item in found.items}
    assert run(["build", "why", "musl", "image.tar"]) == 0


def test_another_sbom_can_be_written_in_another_format(tree: Path) -> None:
    assert run(["build", "sbom", "-o", "a.cdx.json"]) == 0
    assert run(["build", "sbom", "a.cdx.json", "-f", "spdx", "--name", "renamed", "-o", "a.spdx.json"]) == 0
    found = codec.read((tree / "a.spdx.json").read_bytes())
    assert (found.format, found.subject.name, len(found.items)) == ("SPDX", "renamed", 2)


def _tar(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()
