"""Pulling images, from a registry that each test starts on this machine."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scan.image_building import digest, layer, oci_files
from secloop.model.errors import UsageError
from secloop.scan.images import Image, ImageSource
from secloop.scan.images_local import Platform
from secloop.scan.oci import Reference, pull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYERS = [layer({"etc/os-release": b"ID=debian\n", "a": b"1"}), layer({"a": b"2"})]
FILES = oci_files(LAYERS)
INDEX = FILES["index.json"]
TOKEN = "anyone"


class Asked(NamedTuple):
    path: str
    authorization: str


class Registry:
    """A registry: answers by path; `asked` is what it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[Asked] = []
        self.forms: list[str] = []
        self.locked = False
        self.challenge = ""
        self.key = f"Bearer {TOKEN}"
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def do_POST(self) -> None:
                outer.forms.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                outer.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        for name, content in FILES.items():
            if name.startswith("blobs/"):
                own = name.removeprefix("blobs/").replace("/", ":")
                self.give(f"blobs/{own}", content)
                self.give(f"manifests/{own}", content)
        self.give("manifests/1.0", INDEX)

    def give(self, path: str, content: bytes, status: int = 200, **headers: str) -> None:
        self.answers[f"/v2/shop/web/{path}"] = (status, headers, content)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        authorization = request.headers.get("Authorization", "")
        self.asked.append(Asked(request.path, authorization))
        status, headers, content = self.answers.get(request.path.partition("?")[0], (404, {}, b"{}"))
        if self.locked and request.path.startswith("/v2/shop") and authorization != self.key:
            realm = f'Bearer realm="http://{self.host}/token",service="registry",scope="repository:shop/web:pull"'
            status, headers, content = 401, {"WWW-Authenticate": self.challenge or realm}, b""
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def pull(self, version: str = ":1.0", platform: Platform | None = None, *, anonymous: bool = False) -> Image:
        reference = Reference.parse(f"{self.host}/shop/web{version}")
        return pull(reference, platform=platform, anonymous=anonymous)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Registry]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    made = Registry()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def contents(image: Image) -> tuple[dict[str, bytes], list[str]]:
    source = ImageSource(image)
    try:
        return {entry.path: entry.read() for entry in source}, [gap.reason for gap in source.gaps]
    finally:
        source.close()


def test_an_image_is_pulled_and_read(registry: Registry) -> None:
    image = registry.pull()
    assert contents(image) == ({"a": b"2", "etc/os-release": b"ID=debian\n"}, [])
    assert image.name == f"{registry.host}/shop/web:1.0"
    assert image.digest == json.loads(INDEX)["manifests"][0]["digest"]
    assert not any(asked.authorization for asked in registry.asked)


def test_an_image_is_pulled_by_its_digest(registry: Registry) -> None:
    own = json.loads(INDEX)["manifests"][0]["digest"]
    assert registry.pull(f"@{own}").digest == own


def test_where_a_registry_asks_for_a_token_the_one_for_anyone_is_used(registry: Registry) -> None:
    registry.locked = True
    registry.answers["/token"] = (200, {}, json.dumps({"token": TOKEN}).encode())
    assert contents(registry.pull())[0]["a"] == b"2"
    token = next(asked for asked in registry.asked if asked.path.startswith("/token"))
    assert token.path == "/token?scope=repository%3Ashop%2Fweb%3Apull&service=registry"
    assert token.authorization == ""


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ((403, {}, b""), r"gives no token to anyone \(403\)"),
        ((200, {}, b"{"), "sent no usable token"),
        ((200, {}, b"[]"), "sent no usable token"),
        ((200, {}, b'{"token": "a\\nb"}'), "sent no usable token"),
        ((200, {}, b'{"token": "wrong"}'), "answered 401"),
    ],
    ids=["refused", "no JSON", "no object", "two lines", "wrong"],
)
def test_an_image_that_is_not_for_anyone_is_told(
    registry: Registry, answer: tuple[int, dict[str, str], bytes], what: str
) -> None:
    registry.locked = True
    registry.answers["/token"] = answer
    with pytest.raises(UsageError, match=what):
        registry.pull()


@pytest.mark.parametrize("realm", ["http://example.com/token", "file:///etc/passwd", "http://u:p@127.0.0.1/", "x"])
def test_a_token_is_asked_for_nowhere_else(registry: Registry, realm: str) -> None:
    registry.give("manifests/1.0", b"", 401, WWW_Authenticate=f'Bearer realm="{realm}"')
    with pytest.raises(UsageError, match="asks for a token from a place that is not HTTPS"):
        registry.pull()
    assert len(registry.asked) == 1


def login(registry: Registry, folder: Path, entry: dict[str, str], **more: object) -> None:
    (folder / "config.json").write_text(json.dumps({"auths": {registry.host: entry}, **more}))


def packed(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def test_a_login_is_told_where_the_registry_asks_for_a_token_and_nowhere_else(
    registry: Registry, tmp_path: Path
) -> None:
    login(registry, tmp_path, {"auth": packed("ann", "open")})
    registry.locked = True
    registry.answers["/token"] = (200, {}, json.dumps({"token": TOKEN}).encode())
    assert contents(registry.pull())[0]["a"] == b"2"
    told = {asked.authorization for asked in registry.asked if asked.path.startswith("/token")}
    assert told == {f"Basic {packed('ann', 'open')}"}
    assert {asked.authorization for asked in registry.asked if asked.path.startswith("/v2")} == {"", f"Bearer {TOKEN}"}


def test_no_login_is_told_to_who_pulls_as_anyone(registry: Registry, tmp_path: Path) -> None:
    login(registry, tmp_path, {"auth": packed("ann", "open")})
    registry.locked = True
    registry.answers["/token"] = (200, {}, json.dumps({"token": TOKEN}).encode())
    assert contents(registry.pull(anonymous=True))[0]["a"] == b"2"
    assert not any(asked.authorization.startswith("Basic") for asked in registry.asked)


def test_no_login_is_told_to_a_registry_that_asks_for_none(registry: Registry, tmp_path: Path) -> None:
    login(registry, tmp_path, {"auth": packed("ann", "open"), "registrytoken": "ready"})
    assert contents(registry.pull())[0]["a"] == b"2"
    assert not any(asked.authorization for asked in registry.asked)


def test_a_registry_with_passwords_of_its_own_gets_the_login_itself(registry: Registry, tmp_path: Path) -> None:
    registry.locked, registry.challenge = True, 'Basic realm="Registry"'
    registry.key = f"Basic {packed('ann', 'open')}"
    login(registry, tmp_path, {"auth": packed("ann", "open")})
    assert contents(registry.pull())[0]["a"] == b"2"
    with pytest.raises(UsageError, match=r"docker login 127\.0\.0\.1"):
        registry.pull(anonymous=True)


def test_a_token_for_tokens_is_sent_as_a_form(registry: Registry, tmp_path: Path) -> None:
    login(registry, tmp_path, {"auth": packed("<token>", ""), "identitytoken": "again"})
    registry.locked = True
    registry.answers["/token"] = (200, {}, json.dumps({"access_token": TOKEN}).encode())
    assert contents(registry.pull())[0]["a"] == b"2"
    scope = "repository%3Ashop%2Fweb%3Apull"
    form = f"grant_type=refresh_token&client_id=secloop&refresh_token=again&scope={scope}&service=registry"
    assert registry.forms == [form]
    assert not any(asked.authorization.startswith("Basic") for asked in registry.asked)


def test_a_ready_token_is_used_as_it_is(registry: Registry, tmp_path: Path) -> None:
    login(registry, tmp_path, {"registrytoken": TOKEN})
    registry.locked = True
    assert contents(registry.pull())[0]["a"] == b"2"


def test_a_token_that_runs_out_is_renewed(registry: Registry) -> None:
    registry.locked = True
    registry.answers["/token"] = (200, {}, json.dumps({"token": TOKEN}).encode())
    image = registry.pull()
    registry.key = "Bearer next"
    registry.answers["/token"] = (200, {}, json.dumps({"token": "next"}).encode())
    assert contents(image)[0]["a"] == b"2"


def test_a_login_that_is_refused_is_named_by_its_file_and_not_shown(registry: Registry, tmp_path: Path) -> None:
    login(registry, tmp_path, {"auth": packed("ann", "wr0ng")})
    registry.locked = True
    registry.answers["/token"] = (401, {}, b"")
    with pytest.raises(UsageError, match=r"refuses the login \(401\)") as told:
        registry.pull()
    assert str(tmp_path / "config.json") in str(told.value)
    assert "wr0ng" not in str(told.value)


def test_a_credential_helper_is_told_and_not_run(registry: Registry, tmp_path: Path) -> None:
    login(registry, tmp_path, {}, credsStore="none-such")
    registry.locked = True
    registry.answers["/token"] = (403, {}, b"")
    with pytest.raises(UsageError, match="credential helper, which is not run"):
        registry.pull()


def test_a_blob_may_be_sent_from_elsewhere_without_the_token(registry: Registry) -> None:
    registry.locked = True
    registry.answers["/token"] = (200, {}, json.dumps({"access_token": TOKEN}).encode())
    for path, (_, _, content) in list(registry.answers.items()):
        if "/blobs/" in path:
            registry.answers[f"/store{path}"] = (200, {}, content)
            registry.answers[path] = (
                307,
                {"Location": f"http://localhost:{registry.server.server_port}/store{path}"},
                b"",
            )
    assert contents(registry.pull())[0]["a"] == b"2"
    assert {asked.authorization for asked in registry.asked if asked.path.startswith("/store")} == {""}


@pytest.mark.parametrize("place", ["http://example.com/a", "ftp://127.0.0.1/a", "file:///etc/passwd"])
def test_a_redirect_to_no_https_is_not_followed(registry: Registry, place: str) -> None:
    registry.give("manifests/1.0", b"", 302, Location=place)
    with pytest.raises(UsageError, match="answered 302"):
        registry.pull()


def test_a_manifest_other_than_the_digest_names_is_refused(registry: Registry) -> None:
    own = json.loads(INDEX)["manifests"][0]["digest"]
    registry.give(f"manifests/{own}", b"{}")
    with pytest.raises(UsageError, match="sent another manifest than sha256:"):
        registry.pull()


def test_a_layer_other_than_its_digest_names_is_a_gap(registry: Registry) -> None:
    first = next(row["digest"] for row in json.loads(_manifest())["layers"])
    registry.give(f"blobs/{first}", b"other")
    seen, reasons = contents(registry.pull())
    assert (seen, reasons) == ({"a": b"2"}, ["layer: what the registry sent has another digest"])


def test_a_layer_that_is_not_there_is_a_gap(registry: Registry) -> None:
    first = next(row["digest"] for row in json.loads(_manifest())["layers"])
    registry.give(f"blobs/{first}", b"", 404)
    (reason,) = contents(registry.pull())[1]
    assert "answered 404" in reason


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"{", "is no usable JSON"), (b"{}", "holds no image"), (b" " * (5 << 20), "larger than 4 MB")],
    ids=["no JSON", "empty", "large"],
)
def test_a_wrong_manifest_is_told(registry: Registry, content: bytes, what: str) -> None:
    registry.give("manifests/1.0", content)
    with pytest.raises(UsageError, match=what):
        registry.pull()


def test_what_a_registry_does_not_have_is_told(registry: Registry) -> None:
    with pytest.raises(UsageError, match=r"shop/web:9 answered 404.*docker save"):
        registry.pull(":9")


def test_a_registry_that_does_not_answer_is_told(registry: Registry) -> None:
    registry.server.server_close()
    with pytest.raises(UsageError, match="cannot be asked"):
        registry.pull()


def test_another_platform_is_chosen(registry: Registry) -> None:
    index = json.loads(INDEX)
    index["manifests"].append({"digest": digest(b""), "platform": {"os": "linux", "architecture": "arm64"}})
    registry.give("manifests/1.0", json.dumps(index).encode())
    assert contents(registry.pull())[0]["a"] == b"2"
    with pytest.raises(UsageError, match=r"answered 404"):
        registry.pull(platform=Platform("linux", "arm64"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alpine", "docker.io/library/alpine:latest"),
        ("alpine:3.20", "docker.io/library/alpine:3.20"),
        ("owner/name", "docker.io/owner/name:latest"),
        ("ghcr.io/owner/name:1", "ghcr.io/owner/name:1"),
        ("localhost/name", "localhost/name:latest"),
        ("host:5000/a/b/c:tag", "host:5000/a/b/c:tag"),
        (f"quay.io/a/b:1@sha256:{'0' * 64}", f"quay.io/a/b@sha256:{'0' * 64}"),
    ],
)
def test_a_reference_is_read_as_docker_reads_it(text: str, expected: str) -> None:
    assert str(Reference.parse(text)) == expected


@pytest.mark.parametrize(
    "text", ["", "A", "a b", "../x", "host.io/../x", "a@sha256:1", "a.io/b:-", "u@h.io/x", "a" * 500]
)
def test_what_is_no_reference_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="neither an image on disk nor a reference"):
        Reference.parse(text)


@given(st.text())
def test_any_text_is_a_reference_or_told(text: str) -> None:
    try:
        assert str(Reference.parse(text)).isascii()
    except UsageError as error:
        assert error.todo  # noqa: PT017 - most texts are none


def _manifest() -> bytes:
    own = json.loads(INDEX)["manifests"][0]["digest"]
    return FILES[f"blobs/{own.replace(':', '/')}"]
