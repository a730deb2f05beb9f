"""Package managers beside the distribution's own."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from secloop.stages.build.packages.registry import extractor_for
from stages.build.reading import components, gaps, observations

METAINFO = """<?xml version="1.0"?>
<component>
  <id>org.acme.Shop.desktop</id>
  <project_license>MIT</project_license>
  <releases><release version="2.1.0"/><release version="2.0.0"/></releases>
</component>
"""
COS = json.dumps(
    {
        "installedPackages": [
            {"category": "sys-libs", "name": "zlib", "version": "17162.336.17", "ebuild_version": "1.2.11-r5"},
            {"category": "sys-libs", "name": "no-version"},
        ],
        "buildTimePackages": [{"category": "app-admin", "name": "eselect", "version": "1"}],
    },
    indent=1,
)
PATHS = {
    "portage": "var/db/pkg/dev-libs/openssl-3.0.13-r2/PF",
    "snap": "snap/core22/1033/meta/snap.yaml",
    "brew": "opt/homebrew/Cellar/openssl@3/3.3.1/INSTALL_RECEIPT.json",
    "cask": "opt/homebrew/Caskroom/shop/.metadata/1.2,3/20260101/Casks/shop.json",
    "flatpak": "var/lib/flatpak/app/org.acme.Shop/current/active/export/share/metainfo/org.acme.Shop.metainfo.xml",
    "cos": "etc/cos-package-info.json",
}


@pytest.mark.parametrize(
    ("manager", "text", "purl", "line"),
    [
        ("portage", "openssl-3.0.13-r2\n", "pkg:ebuild/dev-libs/openssl@3.0.13-r2", 1),
        ("snap", "summary: x\nname: core22\nversion: '20240111'\n", "pkg:snap/core22@20240111", 2),
        ("brew", "{}", "pkg:brew/openssl%403@3.3.1", 1),
        ("cask", "{}", "pkg:brew/shop@1.2%2C3", 1),
        ("flatpak", METAINFO, "pkg:flatpak/org.acme.Shop@2.1.0", 3),
        ("cos", COS, "pkg:cos/sys-libs/zlib@17162.336.17", 5),
    ],
)
@pytest.mark.parametrize("root", ["", "mnt/root/"])
def test_an_installed_package_is_told(root: str, manager: str, text: str, purl: str, line: int) -> None:
    (found,) = components({root + PATHS[manager]: text})
    assert (found.purl, found.line, found.direct) == (purl, line, True)


@pytest.mark.parametrize(
    ("manager", "text"),
    [
        ("portage", "openssl\n"),
        ("snap", "name: core22\n"),
        ("flatpak", "<component><id>a</id></component>"),
        ("cos", json.dumps({"installedPackages": [{"name": "a"}]})),
    ],
)
def test_a_note_without_a_name_or_version_is_a_gap(manager: str, text: str) -> None:
    (gap,) = gaps({PATHS[manager]: text})
    assert "version" in gap.reason or "release" in gap.reason


@pytest.mark.parametrize("path", ["PF", "src/meta/snap.yaml", "INSTALL_RECEIPT.json", "data/shop.metainfo.xml"])
def test_a_file_elsewhere_is_none_of_a_manager(path: str) -> None:
    reader = extractor_for(path)
    assert reader is None or reader.name not in PATHS


@given(
    st.sampled_from(sorted(PATHS.values())), st.binary(max_size=200) | st.sampled_from([METAINFO, COS]).map(str.encode)
)
def test_no_bytes_raise(path: str, data: bytes) -> None:
    for one in observations({path: data}):
        assert not isinstance(one, Skipped) or one.reason
