"""Swift packages, CocoaPods and Carthage."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Skipped
from stages.build.reading import component, components, gaps, pins

PINS = [
    ("https://github.com/owner/web.git", {"version": "1.2.3", "revision": "0123abc"}),
    ("git@github.com:owner/branch.git", {"branch": "main", "revision": "0123abc"}),
]
OLD = {
    "version": 1,
    "object": {"pins": [{"package": "x", "repositoryURL": url, "state": state} for url, state in PINS]},
}
NEW = {
    "version": 2,
    "pins": [{"identity": "x", "kind": "remoteSourceControl", "location": url, "state": state} for url, state in PINS],
}
SWIFT = """let package = Package(dependencies: [
    .package(url: "https://github.com/owner/web.git", from: "1.0.0"),
    .package(name: "Exact", url: "https://github.com/owner/exact", exact: "2.0.1"),
    // .package(url: "https://github.com/owner/off", exact: "2.0.1"),
    .package(path: "../here"),
])
"""
PODS = """PODS:
  - Alpha (4.2.0):
    - Alpha/Core (= 4.2.0)
    - Beta
  - Alpha/Core (4.2.0)
  - Beta (1.0)
  - "With+Plus (2.0)"
  - Here (0.1)

DEPENDENCIES:
  - Alpha (~> 4)
  - Here (from `here`)
  - With+Plus

EXTERNAL SOURCES:
  Beta:
    :git: https://git.example.org/beta.git
  Here:
    :path: here

CHECKOUT OPTIONS:
  Beta:
    :commit: 0123abc
    :git: https://git.example.org/beta.git
"""


XCODE = """// !$*UTF8*$!
/* Begin XCRemoteSwiftPackageReference section */
\t\tA1 /* XCRemoteSwiftPackageReference "web" */ = {
\t\t\tisa = XCRemoteSwiftPackageReference;
\t\t\trepositoryURL = "https://github.com/Owner/web";
\t\t\trequirement = {
\t\t\t\tkind = upToNextMajorVersion;
\t\t\t\tminimumVersion = 1.0.0;
\t\t\t};
\t\t};
\t\tA2 = {
\t\t\trepositoryURL = "https://github.com/owner/exact.git";
\t\t\trequirement = {
\t\t\t\tkind = exactVersion;
\t\t\t\tversion = 2.0.1;
\t\t\t};
\t\t};
\t\tA3 = {
\t\t\trepositoryURL = "git@github.com:owner/commit.git";
\t\t\trequirement = {
\t\t\t\tkind = revision;
\t\t\t\trevision = 0123abc;
\t\t\t};
\t\t};
"""


def test_a_project_of_xcode_asks_for_packages() -> None:
    files = {"App/Shop.xcodeproj/project.pbxproj": XCODE}
    found = {c.name: (c.version, c.constraint, c.origin, c.line) for c in components(files)}
    assert found == {
        "github.com/Owner/web": ("", "from 1.0.0", "", 5),
        "github.com/owner/exact": ("2.0.1", "", "", 12),
        "github.com/owner/commit": ("", "", "github.com:owner/commit.git#0123abc", 19),
    }


@pytest.mark.parametrize("workspace", ["Shop.xcodeproj/project.xcworkspace", "Shop.xcworkspace"])
def test_the_project_of_a_lock_tells_what_is_direct_and_is_silent_about_it(workspace: str) -> None:
    lock = f"App/{workspace}/xcshareddata/swiftpm/Package.resolved"
    files = {lock: json.dumps(NEW), "App/Shop.xcodeproj/project.pbxproj": XCODE}
    found = {c.name: (c.version, c.direct, c.file) for c in components(files)}
    assert found["github.com/owner/web"] == ("1.2.3", True, lock)
    assert found["github.com/owner/branch"] == ("", False, lock)
    assert "github.com/Owner/web" not in found
    assert found["github.com/owner/exact"][2] == "App/Shop.xcodeproj/project.pbxproj"


@pytest.mark.parametrize("document", [OLD, NEW], ids=["version-1", "version-2"])
def test_pins_are_named_by_their_repositories(document: object) -> None:
    files = {"Package.resolved": json.dumps(document, indent=2)}
    assert pins(files) == {"github.com/owner/web": "1.2.3", "github.com/owner/branch": ""}
    assert component(files, "github.com/owner/branch").origin == "github.com:owner/branch.git#0123abc"
    assert component(files, "github.com/owner/web").line > 3


def test_literal_wishes_of_a_package() -> None:
    found = {c.name: (c.version, c.constraint, c.line) for c in components({"Package.swift": SWIFT})}
    assert found == {
        "github.com/owner/web": ("", 'from: "1.0.0"', 2),
        "github.com/owner/exact": ("2.0.1", "", 3),
    }


def test_pods_have_edges_subspecs_and_origins() -> None:
    found = {c.name: (c.version, c.direct, c.line) for c in components({"Podfile.lock": PODS})}
    assert found == {
        "Alpha": ("4.2.0", True, 2),
        "Alpha/Core": ("4.2.0", False, 5),
        "Beta": ("1.0", False, 6),
        "With+Plus": ("2.0", True, 7),
    }
    assert component({"Podfile.lock": PODS}, "Beta").origin == "https://git.example.org/beta.git#0123abc"
    assert len(component({"Podfile.lock": PODS}, "Alpha").needs) == 2


def test_carthage() -> None:
    text = 'github "owner/web" "v1.2.3"\ngit "https://git.example.org/x.git" "2.0"\n'
    assert pins({"Cartfile.resolved": text}) == {"github.com/owner/web": "v1.2.3", "git.example.org/x": "2.0"}


@pytest.mark.parametrize("path", ["Package.resolved", "Podfile.lock"])
def test_what_is_no_lock_is_skipped(path: str) -> None:
    (gap,) = gaps({path: "{}"})
    assert isinstance(gap, Skipped)


PATHS = ["Package.resolved", "Package.swift", "Podfile.lock", "Cartfile.resolved", "a.xcodeproj/project.pbxproj"]


@given(st.binary(max_size=200), st.sampled_from(PATHS))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
