"""Versions of files as a source, and the sensor that sees them by their real paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.model.places import CodeSpan
from secloop.rules import index
from secloop.rules.generate import expand
from secloop.scan import engine
from secloop.scan.base import Settings
from secloop.scan.git import Git
from secloop.stages.code.hooks.base import Blob
from secloop.stages.code.hooks.versions import Versions, VersionSecrets

if TYPE_CHECKING:
    from conftest import Repository
    from secloop.scan.collect import ScanResult

TOKEN = expand("{{crc32:ghp_,30}}")


def blob(repo: Repository, path: str) -> Blob:
    return Blob(path=path, oid=repo.git("rev-parse", f":{path}").strip())


def scan(source: Versions, jobs: int = 0) -> ScanResult:
    return engine.scan(source, [VersionSecrets()], Settings(root="/nowhere"), index.builtin(), jobs=jobs)


def places(result: ScanResult) -> list[tuple[str, int]]:
    spans = [finding.place for finding in result.findings]
    return [(span.file, span.line) for span in spans if isinstance(span, CodeSpan)]


def test_two_versions_of_a_file_are_two_files(repo: Repository) -> None:
    blobs = []
    for lines in (1, 2):
        repo.write("app/a.py", "\n" * lines + f'token = "{TOKEN}"  # secloop:ignore\n')
        repo.git("add", "-A")
        blobs.append(blob(repo, "app/a.py"))
    result = scan(Versions(Git(repo.path), blobs))
    assert sorted(places(result)) == sorted((one.key, n) for n, one in enumerate(blobs, 2))
    assert {one.file for one in result.suppressions} == {one.key for one in blobs}
    assert result.files.scanned == 2


def test_a_key_names_its_version() -> None:
    one = Blob(path="a/b/c.py", oid="f" * 40)
    assert Blob.of_key(one.key) == one


def test_rules_see_the_real_path(repo: Repository) -> None:
    for name in ("package-lock.json", "settings.json"):
        repo.write(name, expand('{"name": "x", "api_key": "{{base62:24}}"}\n'))
    repo.git("add", "-A")
    found = places(scan(Versions(Git(repo.path), [blob(repo, "package-lock.json"), blob(repo, "settings.json")])))
    assert [path.partition("/")[2] for path, _ in found] == ["settings.json"], "generic rules stay off in lock files"


def test_binary_files_and_excluded_ones_are_counted_and_left_out(repo: Repository) -> None:
    repo.write("a.bin", b"\0\1\2" + TOKEN.encode())
    repo.write("vendor.txt", TOKEN)
    repo.git("add", "-A")
    blobs = [blob(repo, "a.bin"), blob(repo, "vendor.txt")]
    result = scan(Versions(Git(repo.path), blobs, lambda path: path == "vendor.txt"))
    assert result.findings == ()
    assert result.excluded == {"binary": 1, "configuration": 1}


def test_an_object_that_is_not_here_is_a_gap(repo: Repository) -> None:
    repo.commit()
    result = scan(Versions(Git(repo.path), [Blob(path="a.py", oid="d" * 40)]))
    assert [gap.reason for gap in result.gaps] == ["object missing from the repository"]


def test_many_versions_are_scanned_by_workers_with_equal_findings(repo: Repository) -> None:
    blobs = []
    for n in range(80):
        repo.write(f"f{n}.py", f'token = "{TOKEN}"\n' + f"x = {n}\n" * 2500)
    repo.git("add", "-A")
    blobs = [blob(repo, f"f{n}.py") for n in range(80)]
    assert len(places(scan(Versions(Git(repo.path), blobs), jobs=2))) == 80
