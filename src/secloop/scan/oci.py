"""Pulls images from registries (https://github.com/opencontainers/distribution-spec/blob/main/spec.md).

HTTPS only, but for a registry on this machine. Whatever a registry sends is checked against the digest it was asked
for, and bounded. A login is only told to the registry that it is for, or where that asks for a token, once it asked
for one; a token goes to the registry only, and no redirect carries either.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from secloop.model.errors import UsageError
from secloop.scan.images import Image, LayerError
from secloop.scan.images_local import MAX_DOCUMENT, Platform, decode, oci_image
from secloop.scan.images_packed import uncompressed
from secloop.scan.oci_login import Login, find_login

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.scan.images_tar import Stream

MAX_LAYER = 16 << 30
"""Bytes of a compressed layer."""

TIMEOUT = 30.0
"""Seconds without an answer after which a registry is given up."""

_DOCKER_HUB, _DOCKER_API = "docker.io", "registry-1.docker.io"
_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)
_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'(realm|service|scope)="([^"]*+)"')
_LONGEST = 400
_CHUNK = 1 << 20
_UNAUTHORIZED = 401
_REFUSALS = frozenset({401, 403, 404})
"""Answers to who may not see a repository; some registries do not even tell that it exists."""

_REDIRECTS = 5
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Reference(NamedTuple):
    """An image in a registry: `host[:port]`, repository, and a tag or digest."""

    host: str
    repository: str
    version: str

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Return the image that a reference names as Docker reads it: `alpine` is `docker.io/library/alpine:latest`.

        Raises: UsageError.
        """
        rest, _, digest = text.partition("@")
        first, slash, path = rest.partition("/")
        if not slash or not (set(first) & {".", ":"} or first == "localhost"):
            first, path = _DOCKER_HUB, rest
        path, _, tag = path.partition(":")
        if first == _DOCKER_HUB and "/" not in path:
            path = f"library/{path}"
        good = _HOST.fullmatch(first) and len(text) <= _LONGEST and _NAME.fullmatch(path)
        if not good or (digest and not _DIGEST.fullmatch(digest)) or (tag and not _TAG.fullmatch(tag)):
            raise UsageError(
                f"{text[:_LONGEST]!r} is neither an image on disk nor a reference",
                "Name a file, a folder or host/name:tag",
            )
        return cls(first, path, digest or tag or "latest")

    def __str__(self) -> str:
        """Return the reference as it is written."""
        mark = "@" if _DIGEST.fullmatch(self.version) else ":"
        return f"{self.host}/{self.repository}{mark}{self.version}"

    @property
    def is_local(self) -> bool:
        """Whether the registry is on this machine, where plain HTTP is allowed."""
        return (urlsplit(f"//{self.host}").hostname or "") in _LOOPBACK


def pull(reference: Reference, *, platform: Platform | None = None, anonymous: bool = False) -> Image:
    """Return an image of a registry. Its layers are fetched when they are read, one at a time.

    With `anonymous` no login is looked for. Raises: UsageError when the registry does not give it.
    """
    registry = Registry(reference, Login() if anonymous else find_login(reference.host, reference.repository))
    document, digest = registry.manifest(reference.version)
    wanted = platform or Platform()
    image = oci_image(registry, document, str(reference), "", wanted)
    return Image(name=str(reference), digest=image.digest or digest, layers=image.layers)


class Registry:
    """The repository of a reference, read by one client."""

    def __init__(self, reference: Reference, login: Login | None = None) -> None:
        """Get ready to ask as `login`, or as anyone; nothing is sent."""
        host = _DOCKER_API if reference.host == _DOCKER_HUB else reference.host
        self._reference = reference
        self._scheme = "http" if reference.is_local else "https"
        self._base = f"{self._scheme}://{host}/v2/{reference.repository}"
        self._login = Login() if login is None else login
        self._authorization = ""
        handlers = [_Redirects(reference.is_local), urllib.request.HTTPSHandler(context=ssl.create_default_context())]
        self._opener = urllib.request.build_opener(*handlers)

    def manifest(self, version: str) -> tuple[Any, str]:
        """Return a manifest or index and its digest. Raises: UsageError."""
        with self._open(f"{self._base}/manifests/{version}", {"Accept": _MANIFESTS}) as answer:
            data = self._read(answer)
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if _DIGEST.fullmatch(version) and digest != version:
            raise self._error(f"sent another manifest than {version}")
        return decode(data, f"the manifest of {self._reference}"), digest

    def document(self, name: str) -> Any:
        """Return the manifest of a digest. Raises: UsageError."""
        if not _DIGEST.fullmatch(name):
            raise self._error("names a manifest without a SHA-256 digest")
        return self.manifest(name)[0]

    def layer(self, name: str, digest: str) -> RegistryLayer:
        """Return a layer. Raises: UsageError."""
        if not _DIGEST.fullmatch(name):
            raise self._error("names a layer without a SHA-256 digest")
        return RegistryLayer(self, digest)

    def download(self, digest: str, out: IO[bytes]) -> int:
        """Write a blob to `out`; return its size. Raises: LayerError, UsageError, OSError."""
        found, size = hashlib.sha256(), 0
        try:
            with self._open(f"{self._base}/blobs/{digest}", {}) as answer:
                while chunk := answer.read(_CHUNK):
                    size += len(chunk)
                    if size > MAX_LAYER:
                        raise LayerError(f"larger than {MAX_LAYER >> 30} GB")
                    found.update(chunk)
                    out.write(chunk)
        except (http.client.HTTPException, UsageError) as error:
            raise LayerError(f"cannot be fetched: {error}") from error
        if f"sha256:{found.hexdigest()}" != digest:
            raise LayerError("what the registry sent has another digest")
        return size

    def _open(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """Return the answer to a GET, with what the registry asks for to let us in. Raises: UsageError."""
        try:
            return self._get(url, headers)
        except urllib.error.HTTPError as error:
            challenge = error.headers.get("WWW-Authenticate", "")
            error.close()
            if error.code != _UNAUTHORIZED:
                raise self._error(f"answered {error.code}", login=error.code in _REFUSALS) from error
            self._authorization = self._answer(challenge)  # the first one, or another for one that has run out
        try:
            return self._get(url, headers)
        except urllib.error.HTTPError as error:
            error.close()
            raise self._error(f"answered {error.code}", login=error.code in _REFUSALS) from error

    def _get(self, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        return self._ask(urllib.request.Request(url, headers=dict(headers)), self._authorization)  # noqa: S310 - ours

    def _ask(self, request: urllib.request.Request, authorization: str) -> http.client.HTTPResponse:
        request.add_header("User-Agent", "secloop")
        if authorization:
            request.add_unredirected_header("Authorization", authorization)
        try:
            answer: http.client.HTTPResponse = self._opener.open(request, timeout=TIMEOUT)
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise self._error(f"cannot be asked: {getattr(error, 'reason', error)}") from error
        return answer

    def _answer(self, challenge: str) -> str:
        """Return the `Authorization` that a challenge asks for (RFC 9110, 11.6.1). Raises: UsageError."""
        scheme, _, rest = challenge.partition(" ")
        if self._login.bearer and scheme.lower() == "bearer":
            return f"Bearer {self._login.bearer}"
        if scheme.lower() == "bearer":
            return f"Bearer {self._token(dict(_CHALLENGE.findall(rest)))}"
        if scheme.lower() == "basic" and self._login.basic:
            return self._login.basic
        raise self._error(f"answered {_UNAUTHORIZED}", login=True)

    def _token(self, challenge: Mapping[str, str]) -> str:
        """Return the token that our login gets, or anyone (distribution.github.io/distribution/spec/auth/token/).

        Raises: UsageError.
        """
        realm = challenge.get("realm", "")
        if not _is_allowed(realm, local=self._reference.is_local):
            raise self._error("asks for a token from a place that is not HTTPS")
        query = {"scope": f"repository:{self._reference.repository}:pull"}
        if service := challenge.get("service"):
            query["service"] = service
        try:
            with self._ask(*self._token_request(realm, query)) as answer:
                told = json.loads(self._read(answer))
        except urllib.error.HTTPError as error:
            error.close()
            whom = "refuses the login" if self._login else "gives no token to anyone"
            raise self._error(f"{whom} ({error.code})", login=True) from error
        except (ValueError, RecursionError) as error:
            raise self._error("sent no usable token") from error
        token = told.get("token") or told.get("access_token") if isinstance(told, dict) else ""
        if not token or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise self._error("sent no usable token")
        return token

    def _token_request(self, realm: str, query: dict[str, str]) -> tuple[urllib.request.Request, str]:
        """Return the request for a token, and its `Authorization`: by a token for tokens (OAuth 2.0), else Basic."""
        if self._login.identity:
            form = {"grant_type": "refresh_token", "client_id": "secloop", "refresh_token": self._login.identity}
            return urllib.request.Request(realm, data=urlencode(form | query).encode()), ""  # noqa: S310 - checked
        mark = "&" if "?" in realm else "?"
        return urllib.request.Request(f"{realm}{mark}{urlencode(query)}"), self._login.basic  # noqa: S310 - checked

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        """Return a document. Raises: UsageError."""
        try:
            data = answer.read(MAX_DOCUMENT + 1)
        except (OSError, http.client.HTTPException) as error:
            raise self._error("stopped in the middle of a document") from error
        if len(data) > MAX_DOCUMENT:
            raise self._error(f"sent a document larger than {MAX_DOCUMENT >> 20} MB")
        return data

    def _error(self, what: str, *, login: bool = False) -> UsageError:
        """Return an error; `login` says that another login may help."""
        todo = "Check the name and the network"
        if login and self._login:
            todo = f"Log in again with docker login {self._reference.host}: {self._login.file} was used"
        elif login and self._login.helper:
            todo = "Its login is with a credential helper, which is not run: docker save the image, and name the file"
        elif login:
            todo = f"Check the name; log in with docker login {self._reference.host}, or name a file of docker save"
        return UsageError(f"The registry of {self._reference} {what}", todo)


class RegistryLayer:
    """A layer that lies in a registry until it is read."""

    def __init__(self, registry: Registry, digest: str) -> None:
        """Know the layer by its digest."""
        self.digest = digest
        self._registry = registry

    def open(self) -> Stream:
        """Fetch it, check it, and return its tar file. Raises: LayerError, OSError."""
        packed = NamedTemporaryFile()  # noqa: SIM115 - closed by who reads it
        try:
            size = self._registry.download(self.digest, packed)
            return uncompressed(packed, 0, size)
        except BaseException:
            packed.close()
            raise


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, to HTTPS only, which registries use to send blobs from elsewhere."""

    max_redirections = _REDIRECTS

    def __init__(self, local: bool) -> None:
        self._local = local

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Return the next request, without what was meant for the registry alone. Raises: HTTPError."""
        if not _is_allowed(newurl, local=self._local):
            raise urllib.error.HTTPError(req.full_url, code, "redirected to a place that is not HTTPS", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_allowed(url: str, *, local: bool) -> bool:
    """Return whether a URL is HTTPS, or of this machine where the registry is; never one with credentials."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (local and parts.scheme == "http" and host in _LOOPBACK)
