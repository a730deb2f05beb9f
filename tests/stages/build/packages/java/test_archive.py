"""Java archives: what they are, what is in them, and what they cannot do to a scan."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from secloop.stages.build.dependencies.sensor import DependenciesSensor
from secloop.stages.build.packages import zipped
from secloop.stages.build.packages.java import archive
from stages.build.reading import component, components, gaps, pins

if TYPE_CHECKING:
    from collections.abc import Mapping


CI = {"Implementation_Vendor_Id": "org.ci"}


def packed(members: Mapping[str, str | bytes], method: int = ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    out = BytesIO()
    with ZipFile(out, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def note(group: str, artifact: str, version: str) -> dict[str, str]:
    """Return Maven's note of an artifact."""
    text = f"#Generated\ngroupId={group}\r\nartifactId = {artifact}\nversion:{version}\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text}


def manifest(**fields: str) -> dict[str, str]:
    """Return a manifest; `_` in a name is a hyphen there."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return {
        "META-INF/MANIFEST.MF": "\r\n".join(
            ["Manifest-Version: 1.0", *lines, "", "Name: x/", "Implementation-Version: 0"]
        )
    }


def test_maven_notes_say_what_an_archive_is() -> None:
    data = packed(note("com.acme", "web", "1.2"))
    found = component({"lib/renamed.jar": data}, "com.acme:web")
    assert (found.version, found.direct, found.line) == ("1.2", True, 1)
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" in found.hashes


def test_what_is_shaded_in_is_needed_by_the_archive() -> None:
    data = packed(note("com.acme", "all", "2.0") | note("org.part", "one", "1.0") | note("org.part", "two", "1.1"))
    files = {"all-2.0.jar": data}
    assert pins(files) == {"com.acme:all": "2.0", "org.part:one": "1.0", "org.part:two": "1.1"}
    assert set(component(files, "com.acme:all").needs) == {"pkg:maven/org.part/one@1.0", "pkg:maven/org.part/two@1.1"}
    assert component(files, "org.part:two").via == ("com.acme:all",)


def test_nested_archives_are_read_with_the_path_to_them() -> None:
    inner = packed(note("org.in", "inner", "1") | {"lib/deep-0.5.jar": packed({"x.class": "x"})})
    data = packed({"WEB-INF/lib/inner.jar": inner, **note("org.out", "site", "3")})
    files = {"site.war": data}
    deep = component(files, "deep:deep")
    assert (deep.version, deep.via, deep.direct) == ("0.5", ("org.out:site", "org.in:inner"), False)


def test_an_archive_of_unknown_name_is_looked_into_all_the_same() -> None:
    found = component({"app.ear": packed({"a.jar": packed(note("org.in", "inner", "1"))})}, "org.in:inner")
    assert found.direct


@pytest.mark.parametrize(
    ("name", "fields", "want"),
    [
        ("web-1.2.jar", {}, {"web:web": "1.2"}),
        ("web-1.2-rc.1.jar", {"Implementation_Vendor_Id": "com.acme"}, {"com.acme:web": "1.2-rc.1"}),
        ("web-core-1.2.jar", {"Bundle_SymbolicName": "com.acme.web-core;x:=1"}, {"com.acme:web-core": "1.2"}),
        ("com.acme.web-1.2.jar", {"Bundle_SymbolicName": "com.acme.web"}, {"com.acme:com.acme.web": "1.2"}),
        ("web.jar", {"Implementation_Vendor_Id": "com.acme", "Implementation_Version": "4.1"}, {"com.acme:web": "4.1"}),
        ("x.hpi", {"Group_Id": "org.ci", "Short_Name": "git", "Plugin_Version": "5.0"}, {"org.ci:git": "5.0"}),
        ("web.jar", {"Implementation_Version": "4.1"}, {}),
        ("web-all-1.2.jar", {}, {"web-all:web-all": "1.2"}),
        ("web-1.2-sources.jar", {}, {"web:web": "1.2"}),
        ("x.jpi", {**CI, "Implementation_Title": "hg", "Plugin_Version": "5"}, {"org.ci:hg": "5"}),
        ("x.jpi", {**CI, "Implementation_Title": "A b", "Plugin_Version": "5"}, {"org.ci:x": "5"}),
        ("plain.jar", {}, {}),
        ("com.acme.web-1.2.jar", {}, {"com.acme:com.acme.web": "1.2"}),
    ],
)  # fmt: skip
def test_without_notes_manifest_and_name_decide(name: str, fields: dict[str, str], want: dict[str, str]) -> None:
    assert pins({name: packed(manifest(**fields))}) == want


def test_long_manifest_lines_are_joined() -> None:
    text = "Manifest-Version: 1.0\r\nImplementation-Vendor-Id: com.ac\r\n me\r\nBundle-License: Apache-2.0\r\n"
    found = component({"web-1.0.jar": packed({"META-INF/MANIFEST.MF": text})}, "com.acme:web")
    assert found.licenses == ("Apache-2.0",)


def test_a_plugin_names_its_licences() -> None:
    fields = {"Plugin_License_Name": "MIT", "Plugin_License_Name_2": "Apache-2.0"}
    assert component({"web-1.0.jpi": packed(manifest(**fields))}, "web:web").licenses == ("MIT", "Apache-2.0")


def test_an_archived_pom_gives_licences_and_stands_in_for_a_missing_note() -> None:
    licences = (
        "<licenses><license><name>MIT</name></license><license><url>https://x.invalid/l</url></license></licenses>"
    )
    parent = "<parent><groupId>com.acme</groupId><artifactId>base</artifactId><version>7</version></parent>"
    text = f"<project>{parent}<artifactId>web</artifactId>{licences}</project>"
    found = component({"web.jar": packed({"META-INF/maven/com.acme/web/pom.xml": text})}, "com.acme:web")
    assert (found.version, found.licenses) == ("7", ("MIT", "https://x.invalid/l"))


def test_a_broken_archive_is_a_gap_and_a_broken_one_inside_costs_itself_only() -> None:
    assert [type(one) for one in gaps({"a.jar": b"no archive"})] == [Skipped]
    files = {"a.jar": packed({"lib/bad.jar": "PK\x03\x04no", "lib/good-1.0.jar": packed({})})}
    (gap,) = gaps(files)
    assert isinstance(gap, Partial)
    assert gap.reason == "line 1: lib/bad.jar: not usable archive: BadZipFile"
    assert pins(files) == {"good:good": "1.0"}


def test_archives_in_archives_end() -> None:
    data = packed(note("a.b", "core", "1"))
    for _ in range(archive.MAX_DEPTH + 1):
        data = packed({"n.jar": data})
    (gap,) = gaps({"n.jar": data})
    assert "in more than 11 others" in getattr(gap, "reason", "")


def test_what_unpacks_to_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "_FREE", 1 << 16)
    data = packed({f"{n}.jar": packed({"x": b"\0" * (1 << 22)}, ZIP_STORED) for n in range(3)})
    assert all("unpacks to over" in gap.reason for gap in gaps({"a.jar": data}))
    assert len(gaps({"a.jar": data})) == 1


def test_a_note_that_is_too_large_is_told_and_the_rest_is_read() -> None:
    large = {"META-INF/maven/a/b/pom.properties": "#" * (1 << 21)}
    files = {"x.jar": packed(large | note("com.acme", "web", "1.2"))}
    assert pins(files) == {"com.acme:web": "1.2"}
    assert "a member is larger than 1024 KB" in gaps(files)[0].reason


def test_too_many_members_are_refused_before_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MAX_MEMBERS", 3)
    (gap,) = gaps({"a.jar": packed({str(n): "" for n in range(20)})})
    assert gap.reason == "not usable archive: more than 3 members"


def test_the_sensor_wants_archives_up_to_a_bound_of_their_own() -> None:
    assert DependenciesSensor.info.budget.max_binary > DependenciesSensor.info.budget.max_bytes


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_damage_ends_in_components_or_a_gap(data: bytes, at: int) -> None:
    whole = packed(note("com.acme", "web", "1.2") | manifest(Bundle_License="MIT"))
    files = {"web-1.2.jar": whole[:at] + data + whole[at + len(data) :]}
    assert components(files) or gaps(files)
