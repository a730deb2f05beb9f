"""Logins of docker and podman."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.model.errors import UsageError
from secloop.scan.oci_login import MAX_FILE, find_login

if TYPE_CHECKING:
    from pathlib import Path


def entry(user: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:pass:word".encode()).decode()}


def user_of(folder: Path, host: str, repository: str = "library/alpine") -> str:
    return find_login(host, repository, {"DOCKER_CONFIG": str(folder)}).user


@pytest.mark.parametrize(
    ("key", "host", "known"),
    [
        ("https://index.docker.io/v1/", "docker.io", True),
        ("index.docker.io", "docker.io", True),
        ("https://registry.example.com/v2/", "registry.example.com", True),
        ("registry.example.com:5000", "registry.example.com:5000", True),
        ("registry.example.com:5000", "registry.example.com", False),
        ("example.com", "registry.example.com", False),
        ("Registry.Example.com", "registry.example.com", True),
    ],
)
def test_a_login_is_for_one_registry(tmp_path: Path, key: str, host: str, known: bool) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"auths": {key: entry("ann")}}))
    assert user_of(tmp_path, host) == ("ann" if known else "")


def test_the_longest_part_of_a_repository_counts(tmp_path: Path) -> None:
    auths = {"quay.io": entry("one"), "quay.io/acme": entry("two"), "quay.io/acme/shop": entry("three")}
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
    found = [user_of(tmp_path, "quay.io", name) for name in ("acme/shop/web", "acme/other", "acmes/shop")]
    assert found == ["three", "two", "one"]


def test_a_password_may_hold_colons_and_is_in_no_text(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"a.io": entry("ann")}}))
    found = find_login("a.io", "b/c", {"DOCKER_CONFIG": str(tmp_path)})
    assert (found.user, found.password, found.file) == ("ann", "pass:word", str(tmp_path / "config.json"))
    assert "pass" not in repr(found)


def test_the_first_file_that_has_the_registry_wins(tmp_path: Path) -> None:
    places = {"REGISTRY_AUTH_FILE": "one.json", "DOCKER_CONFIG": "config.json"}
    runtime, home = tmp_path / "run" / "containers", tmp_path / "home" / ".config" / "containers"
    for folder in (runtime, home):
        folder.mkdir(parents=True)
    environment = {
        "REGISTRY_AUTH_FILE": str(tmp_path / places["REGISTRY_AUTH_FILE"]),
        "DOCKER_CONFIG": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "HOME": str(tmp_path / "home"),
    }
    files = [tmp_path / "one.json", tmp_path / "config.json", runtime / "auth.json", home / "auth.json"]
    for number, file in reversed(list(enumerate(files))):
        file.write_text(json.dumps({"auths": {"a.io": entry(f"user{number}")}}))
        assert find_login("a.io", "b", environment).user == f"user{number}"


def test_a_home_has_the_file_of_docker(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"auths": {"a.io": entry("ann")}}))
    assert find_login("a.io", "b", {"HOME": str(tmp_path)}).user == "ann"
    assert not find_login("a.io", "b", {})


@pytest.mark.parametrize(
    ("more", "helper"),
    [
        ({"credsStore": "desktop", "auths": {"a.io": {}}}, "desktop"),
        ({"credsStore": "desktop", "auths": {"b.io": {}}}, ""),
        ({"credHelpers": {"a.io": "ecr-login"}}, "ecr-login"),
    ],
)
def test_what_only_a_helper_knows_is_not_known(tmp_path: Path, more: dict[str, Any], helper: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(more))
    found = find_login("a.io", "b", {"DOCKER_CONFIG": str(tmp_path)})
    assert (bool(found), found.helper) == (False, helper)


@pytest.mark.parametrize("content", ["{", "[" * 100_000, " " * (MAX_FILE + 1)], ids=["cut off", "deep", "large"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(UsageError, match="--anonymous"):
        user_of(tmp_path, "a.io")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["auths", "a.io", "auth", "username", "credHelpers", "identitytoken"]), inner)
    ),
)


@given(document=JSON)
def test_values_of_the_wrong_kind_are_no_login(tmp_path_factory: pytest.TempPathFactory, document: Any) -> None:
    folder = tmp_path_factory.mktemp("docker", numbered=True)
    (folder / "config.json").write_text(json.dumps({"auths": {"a.io": document}, "credHelpers": document}))
    found = find_login("a.io", "b", {"DOCKER_CONFIG": str(folder)})
    assert found.basic == "" or found.user
