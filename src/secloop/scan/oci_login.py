"""Logins to registries, as `docker login` and `podman login` write them down. Credential helpers are never run.

Files, the first that has the registry wins: `$REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json` or
`~/.docker/config.json`, `$XDG_RUNTIME_DIR/containers/auth.json`, `~/.config/containers/auth.json`
(https://docs.docker.com/reference/cli/docker/login/, containers-auth.json(5)).
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.model import shapes
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_FILE = 1 << 20
"""Bytes of a file with logins."""

_DOCKER_HUB = "docker.io"
_HUB_NAMES = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})


@dataclass(frozen=True, repr=False)
class Login:
    """What a registry is told: a user with a password, else a token for tokens, else a ready token.

    `file` is where it stands, `helper` the credential helper that alone knows it.
    """

    file: str = ""
    user: str = ""
    password: str = ""
    identity: str = ""
    bearer: str = ""
    helper: str = ""

    def __bool__(self) -> bool:
        """Return whether there is anything to tell."""
        return bool(self.user or self.identity or self.bearer)

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header, empty without a user."""
        if not self.user:
            return ""
        return f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


def find_login(host: str, repository: str, environment: Mapping[str, str] | None = None) -> Login:
    """Return the login for a repository of a registry, an empty one where no file has it.

    An entry may name a part of the repository's path (podman); the longest one counts. Raises: UsageError for a file
    that cannot be read.
    """
    helper = Login()
    for path in _files(os.environ if environment is None else environment):
        document = _document(path)
        found = _of(document, path, host, repository)
        if found:
            return found
        helper = helper if helper.helper else found
    return helper


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get("HOME") or environment.get("USERPROFILE") or ""
    if named := environment.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    if docker := environment.get("DOCKER_CONFIG"):
        yield Path(docker) / "config.json"
    elif home:
        yield Path(home) / ".docker" / "config.json"
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers" / "auth.json"
    if config := environment.get("XDG_CONFIG_HOME") or (home and f"{home}/.config"):
        yield Path(config) / "containers" / "auth.json"


def _document(path: Path) -> dict[str, Any]:
    """Return the file's content, empty where there is no such file. Raises: UsageError."""
    import msgspec

    todo = "Log in again, or pass --anonymous"
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", todo) from error
    if len(data) > MAX_FILE:
        raise UsageError(f"{path} is larger than {MAX_FILE >> 20} MB", todo)
    try:
        return shapes.table(msgspec.json.decode(data)) if data.strip() else {}
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no usable JSON", todo) from error


def _of(document: Mapping[str, Any], path: Path, host: str, repository: str) -> Login:
    auths = {_key(name): shapes.table(entry) for name, entry in shapes.table(document.get("auths")).items()}
    for key in _keys(host, repository):
        if found := _login(auths.get(key, {}), str(path)):
            return found
    helpers = {_key(name): name_ for name, name_ in shapes.table(document.get("credHelpers")).items()}
    stored = document.get("credsStore") if any(key in auths for key in _keys(host, repository)) else ""
    return Login(helper=shapes.string(helpers.get(_key(host))) or shapes.string(stored))


def _login(entry: Mapping[str, Any], file: str) -> Login:
    user, password = shapes.string(entry.get("username")), shapes.string(entry.get("password"))
    if packed := shapes.string(entry.get("auth")):
        try:
            user, _, password = b64decode(packed, validate=True).decode().partition(":")
        except ValueError:
            return Login()
    identity, bearer = shapes.string(entry.get("identitytoken")), shapes.string(entry.get("registrytoken"))
    told = (user, password.rstrip("\0"), identity, bearer)
    if not all(part.isprintable() for part in told):
        return Login()
    return Login(file, *told)


def _keys(host: str, repository: str) -> Iterator[str]:
    """Yield the keys under which a login may stand, the longest first: `quay.io/acme/shop`, `quay.io/acme` ..."""
    parts = [_key(host), *repository.split("/")]
    for count in range(len(parts), 0, -1):
        yield "/".join(parts[:count])


def _key(name: str) -> str:
    """Return a key without the address that Docker once wrote around it (`https://index.docker.io/v1/`)."""
    key = name.partition("://")[2] or name
    key = key.rstrip("/").removesuffix("/v1").removesuffix("/v2").lower()
    return _DOCKER_HUB if key in _HUB_NAMES else key
