"""`secloop scan image.tar` and `secloop build image`: what a container would run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from scan.image_building import digest, docker_archive, layer, oci_files, write
from secloop.rules.generate import expand

if TYPE_CHECKING:
    from conftest import CommandLine, Repository

STATUS = b"Package: curl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7.88.1-10\n"
LOCK = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/lodash": {"version": "4.17.4"}}}).encode()
TOKEN = expand('TOKEN = "{{crc32:ghp_,30}}"\n', "image").encode()
LAYERS = [
    layer({"var/lib/dpkg/status": STATUS, "usr/lib/os-release": b"ID=debian\nVERSION_ID=12\n", "app/old.py": TOKEN}),
    layer({"app/settings.py": b"\n" + TOKEN, "app/package-lock.json": LOCK, "app/.wh.old.py": b""}),
]


def test_a_scan_of_an_image_finds_secrets_and_packages_by_their_path_in_it(
    repo: Repository, secloop: CommandLine
) -> None:
    (repo.path / "image.tar").write_bytes(docker_archive(LAYERS))
    result = secloop("scan", "image.tar", "-f", "json", cwd=repo.path)
    secrets = [row for row in result.json["findings"] if row["kind"] == "secret"]
    assert [(row["file"], row["line"]) for row in secrets] == [("app/settings.py", 2)]
    assert {row["purl"] for row in result.json["components"]} == {
        "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12",
        "pkg:generic/debian@12",
        "pkg:npm/lodash@4.17.4",
    }
    run = result.json["run"]
    assert (run["ref"], run["command"], result.code) == ("image/shop", "scan", 1)
    assert run["commit"].startswith("sha256:")


@pytest.mark.parametrize(
    ("ecosystem", "name", "fixed", "hits"),
    [
        ("Debian:12", "curl", "7.88.1-10+deb12u6", ["curl"]),
        ("Debian:12", "curl", "7.88.1-9", []),
        ("Debian:11", "curl", "7.88.1-10+deb12u6", []),
        ("Debian:12", "openssl", "3.0.11-1~deb12u3", ["libssl3"]),
    ],
    ids=["affected", "fixed", "other release", "by the source package"],
)
def test_packages_of_the_system_are_matched_with_advisories_of_its_release(
    repo: Repository, secloop: CommandLine, ecosystem: str, name: str, fixed: str, hits: list[str]
) -> None:
    library = b"\nPackage: libssl3\nStatus: install ok installed\nSource: openssl\nVersion: 3.0.11-1~deb12u2\n"
    files = {"var/lib/dpkg/status": STATUS + library, "etc/os-release": b"ID=debian\nVERSION_ID=12\n"}
    (repo.path / "image.tar").write_bytes(docker_archive([layer({**files})]))
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
    affected = [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges}]
    (repo.path / "osv").mkdir()
    advisory = {"id": "DSA-1-1", "modified": "2026-01-01T00:00:00Z", "affected": affected}
    (repo.path / "osv" / "DSA-1-1.json").write_text(json.dumps(advisory))
    result = secloop("scan", "image.tar", "--advisories", "osv", "-f", "json", "--no-store", cwd=repo.path)
    found = [row["component"] for row in result.json["findings"] if row["kind"] == "vulnerability"]
    assert found == hits


def test_a_finding_tells_the_layer_that_brought_its_package(repo: Repository, secloop: CommandLine) -> None:
    openssl = b"\nPackage: openssl\nStatus: install ok installed\nVersion: 3.0.11-1\n"
    base = layer({"var/lib/dpkg/status": STATUS, "etc/os-release": b"ID=debian\nVERSION_ID=12\n"})
    layers = [base, layer({"var/lib/dpkg/status": STATUS + openssl}), layer({"app/a.py": TOKEN})]
    layers.append(layer({"var/lib/dpkg/status": openssl + b"\n" + STATUS + b"\n"}))
    (repo.path / "image.tar").write_bytes(docker_archive(layers))
    affected = [
        {"package": {"ecosystem": "Debian:12", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        for name, events in (("curl", [{"introduced": "0"}]), ("openssl", [{"introduced": "0"}]))
    ]
    (repo.path / "osv").mkdir()
    advisory = {"id": "DSA-1-1", "modified": "2026-01-01T00:00:00Z", "affected": affected}
    (repo.path / "osv" / "DSA-1-1.json").write_text(json.dumps(advisory))
    result = secloop("scan", "image.tar", "--advisories", "osv", "-f", "json", "--no-store", cwd=repo.path)
    told = {row["component"] or row["file"]: row["evidence"] for row in result.json["findings"]}
    assert {name: (one["layer"], one["layer_number"]) for name, one in told.items()} == {
        "curl": (digest(layers[0]), "1 of 4"),
        "openssl": (digest(layers[1]), "2 of 4"),
        "app/a.py": (digest(layers[2]), "3 of 4"),
    }


@pytest.mark.parametrize("kind", ["image", "root"])
def test_a_library_of_a_package_of_the_system_is_no_more_than_likely(
    repo: Repository, secloop: CommandLine, kind: str
) -> None:
    metadata = b"Metadata-Version: 2.1\nName: flask\nVersion: 2.0.1\n"
    debian, own = "usr/lib/python3/dist-packages", "usr/local/lib/python3.11/site-packages"
    files = {
        "etc/os-release": b"ID=debian\nVERSION_ID=10\n",
        "var/lib/dpkg/info/base-files.list": b"/etc/os-release\n",
        "var/lib/dpkg/info/python3-flask.list": f"/.\n/{debian}/flask-2.0.1.dist-info/METADATA\n".encode(),
        f"{debian}/flask-2.0.1.dist-info/METADATA": metadata,
        f"{own}/flask-2.0.1.dist-info/METADATA": metadata,
    }
    (repo.path / "image.tar").write_bytes(docker_archive([layer({**files})]))
    target = "image.tar" if kind == "image" else str(write(repo.path / "rootfs", files))
    affected = [{"package": {"ecosystem": "PyPI", "name": "flask"}, "ranges": [
        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]  # fmt: skip
    (repo.path / "osv").mkdir()
    advisory = {"id": "PYSEC-1-1", "modified": "2026-01-01T00:00:00Z", "affected": affected}
    (repo.path / "osv" / "PYSEC-1-1.json").write_text(json.dumps(advisory))
    result = secloop("build", "image", target, "--advisories", "osv", "-f", "json", "--no-store", cwd=repo.path)
    rows = [row for row in result.json["findings"] if row["kind"] == "vulnerability"]
    found = {row["file"]: (row["confidence"], row["evidence"].get("owner")) for row in rows}
    assert found[f"{debian}/flask-2.0.1.dist-info/METADATA"] == ("low", "python3-flask")
    assert found[f"{own}/flask-2.0.1.dist-info/METADATA"][1] is None
    assert found[f"{own}/flask-2.0.1.dist-info/METADATA"][0] != "low"
    assert {row["evidence"].get("owner") for row in result.json["findings"] if row not in rows} <= {None}


@pytest.mark.parametrize("command", [("build", "image"), ("build", "sbom", "write")], ids=["report", "sbom"])
def test_packages_of_debian_have_the_licences_of_their_texts(
    repo: Repository, secloop: CommandLine, command: tuple[str, ...]
) -> None:
    library = b"\nPackage: libcurl4\nStatus: install ok installed\nSource: curl\nVersion: 7.88.1-10\n"
    text = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat\n"
    files = {
        "var/lib/dpkg/status": STATUS + library,
        "etc/os-release": b"ID=debian\nVERSION_ID=12\n",
        "usr/share/doc/curl/copyright": text,
    }
    (repo.path / "image.tar").write_bytes(docker_archive([layer({**files})]))
    flags = ("--format", "json", "--no-store") if command == ("build", "image") else ()
    shown = secloop(*command, "image.tar", *flags, cwd=repo.path).json["components"]
    assert sum("MIT" in json.dumps(one.get("licenses")) for one in shown) == 2


def test_a_root_file_system_is_scanned_as_what_is_installed(repo: Repository, secloop: CommandLine) -> None:
    metadata = b"Metadata-Version: 2.1\nName: flask\nVersion: 2.0.1\n"
    folder = write(
        repo.path / "rootfs",
        {
            "usr/lib/os-release": b"ID=debian\nVERSION_ID=12\n",
            "var/lib/dpkg/status": STATUS,
            "usr/lib/python3/dist-packages/flask-2.0.1.dist-info/METADATA": metadata,
            ".gitignore": b"*\n",
        },
    )
    result = secloop("build", "image", str(folder), "-f", "json", "--no-store", cwd=repo.path)
    assert {row["purl"] for row in result.json["components"]} == {
        "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12",
        "pkg:generic/debian@12",
        "pkg:pypi/flask@2.0.1",
    }
    assert result.json["run"]["ref"] == "image/rootfs"


def test_a_root_file_system_has_an_sbom_of_what_is_installed(repo: Repository, secloop: CommandLine) -> None:
    metadata = b"Metadata-Version: 2.1\nName: flask\nVersion: 2.0.1\n"
    files = {
        "etc/os-release": b"ID=debian\nVERSION_ID=12\n",
        "var/lib/dpkg/status": STATUS,
        "usr/share/doc/curl/copyright": b"see /usr/share/common-licenses/GPL-2\n",
        "usr/lib/python3/dist-packages/flask-2.0.1.dist-info/METADATA": metadata,
    }
    folder = write(repo.path / "rootfs", files)
    made = secloop("build", "sbom", "write", str(folder), cwd=repo.path).json
    assert made["metadata"]["component"]["name"] == "rootfs"
    found = {one["name"]: json.dumps(one.get("licenses", [])) for one in made["components"]}
    assert found.keys() == {"curl", "debian", "flask"}
    assert "GPL-2.0-only" in found["curl"]


def test_a_folder_that_names_no_system_is_no_root(repo: Repository, secloop: CommandLine) -> None:
    folder = write(repo.path / "app", {"etc/hosts": b""})
    result = secloop("build", "image", str(folder), cwd=repo.path)
    assert (result.code, "no index.json" in result.err) == (2, True)


def test_the_next_tag_of_an_image_closes_what_it_no_longer_has(repo: Repository, secloop: CommandLine) -> None:
    (repo.path / "old.tar").write_bytes(docker_archive(LAYERS, "shop:1"))
    (repo.path / "new.tar").write_bytes(docker_archive([*LAYERS, layer({"app/.wh.settings.py": b""})], "shop:2"))
    secloop("init", cwd=repo.path)
    secloop("build", "image", "old.tar", cwd=repo.path)
    secloop("build", "image", "new.tar", cwd=repo.path)
    rows = secloop(
        "findings", "--ref", "image/shop", "--kind", "secret", "--status", "fixed", "-f", "json", cwd=repo.path
    )
    assert [row["file"] for row in rows.json] == ["app/settings.py"]


def test_an_oci_layout_and_one_of_several_images_are_scanned(repo: Repository, secloop: CommandLine) -> None:
    write(repo.path / "layout", oci_files(LAYERS))
    result = secloop("build", "image", "layout", "-f", "json", "--no-store", cwd=repo.path)
    assert {row["file"] for row in result.json["findings"] if row["kind"] == "secret"} == {"app/settings.py"}
    wrong = secloop("build", "image", "layout", "--platform", "arm", cwd=repo.path)
    assert (wrong.code, "is no platform" in wrong.err) == (2, True)


def test_a_layer_that_cannot_be_read_makes_the_run_incomplete(repo: Repository, secloop: CommandLine) -> None:
    (repo.path / "image.tar").write_bytes(docker_archive([layer({"a": b"1"}), b"no tar file" * 60]))
    result = secloop("scan", "image.tar", "-f", "json", cwd=repo.path)
    assert result.code == 3
    (gap,) = result.json["coverage"]["gaps"]
    assert (gap["class"], gap["reason"]) == ("failed", "layer: not a tar file")


def test_what_is_no_image_is_told_in_one_line(repo: Repository, secloop: CommandLine) -> None:
    missing = secloop("build", "image", "No Image", cwd=repo.path)
    assert (missing.code, "neither an image on disk nor a reference" in missing.err) == (2, True)
    (repo.path / "image.tar").write_bytes(docker_archive(LAYERS))
    narrowed = secloop("scan", "image.tar", "--since", "HEAD", cwd=repo.path)
    assert (narrowed.code, "neither an index nor commits" in narrowed.err) == (2, True)


def test_code_secrets_also_finds_what_a_later_layer_removed(repo: Repository, secloop: CommandLine) -> None:
    (repo.path / "image.tar").write_bytes(docker_archive(LAYERS))
    result = secloop("code", "secrets", "image.tar", "-f", "json", "--no-store", cwd=repo.path)
    assert [row["file"] for row in result.json["findings"]] == [
        "image.tar!/0/layer.tar!/app/old.py",
        "image.tar!/1/layer.tar!/app/settings.py",
    ]
