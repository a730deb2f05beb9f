"""What a file is to the secrets sensor: its type decides how values are written, its noise whether names mean much.

The types are about notation, not about languages: in `code` a value stands in quotes, in `env`, `ini` or `yaml` it
need not. Types are the values of a matcher's `languages`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from secloop.model.base import Record
from secloop.model.regex import lazy
from secloop.scan.base import Flag

if TYPE_CHECKING:
    from secloop.scan.base import FileMeta

FILE_TYPES = (
    "code", "env", "ini", "json", "markup", "netrc", "pgpass", "properties", "shell", "sql", "text", "toml", "xml",
    "yaml",
)  # fmt: skip
"""Every type a matcher may name."""

_BY_SUFFIX = {
    "env": "env",
    "sh": "shell", "bash": "shell", "zsh": "shell", "fish": "shell", "ksh": "shell", "dockerfile": "shell",
    "ini": "ini", "cfg": "ini", "conf": "ini", "cnf": "ini", "config": "ini", "rc": "ini", "service": "ini",
    "properties": "properties",
    "yaml": "yaml", "yml": "yaml",
    "json": "json", "json5": "json", "jsonc": "json", "ipynb": "json", "tfstate": "json", "webmanifest": "json",
    "avsc": "json",
    "toml": "toml",
    "xml": "xml", "plist": "xml", "xsd": "xml", "pom": "xml", "csproj": "xml", "wsdl": "xml", "xaml": "xml",
    "sql": "sql",
    "netrc": "netrc", "pgpass": "pgpass",
    "md": "markup", "markdown": "markup", "rst": "markup", "adoc": "markup", "asciidoc": "markup",
    "html": "markup", "htm": "markup",
    "txt": "text", "log": "text", "csv": "text", "tsv": "text",
}  # fmt: skip
_CODE = frozenset({
    "bat", "c", "cc", "cjs", "clj", "coffee", "cpp", "cs", "cts", "cxx", "dart", "ejs", "elm", "erb", "erl", "ex",
    "exs", "f90", "fs", "gd", "go", "gradle", "groovy", "gvy", "h", "haml", "hbs", "hcl", "hpp", "hs", "hxx",
    "java", "jinja", "jinja2", "jl", "js", "jsp", "jsx", "kt", "kts", "lua", "m", "mjs", "ml", "mm", "mts", "nim",
    "nix", "pas", "php", "phtml", "pl", "pm", "proto", "ps1", "psm1", "pug", "py", "pyi", "pyw", "pyx", "r", "rake",
    "rb", "rs", "sass", "scala", "sol", "svelte", "swift", "tcl", "tf", "tfvars", "thrift", "tmpl", "tpl", "ts",
    "tsx", "twig", "vb", "vue", "zig",
})  # fmt: skip
_BY_NAME = {
    ".netrc": "netrc", "_netrc": "netrc", ".pgpass": "pgpass", "pgpass.conf": "pgpass",
    "dockerfile": "shell", "containerfile": "shell", "makefile": "shell", ".bashrc": "shell", ".bash_profile": "shell",
    ".profile": "shell", ".zshrc": "shell", ".bash_history": "shell", ".zsh_history": "shell", ".envrc": "env",
    "gemfile": "code", "rakefile": "code", "vagrantfile": "code", "jenkinsfile": "code", "podfile": "code",
    "readme": "markup", "changelog": "markup", "license": "markup",
}  # fmt: skip
_LOCK = lazy(
    r"^(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lock|deno\.lock|go\.sum|"
    r"go\.work\.sum|composer\.lock|packages\.lock\.json|gradle\.lockfile|\.terraform\.lock\.hcl|mix\.lock"
    r"|pubspec\.lock|"
    r"[\w.-]+\.lock|verification-metadata\.xml|flake\.lock|MODULE\.bazel\.lock|[\w.-]*sha\d*sums?(?:\.txt)?)$",
    re.IGNORECASE,
)
_NOISY = lazy(
    r"(?:\.min\.(?:js|css|mjs)|\.bundle\.js|\.map|\.snap|\.svg|\.css|\.scss|\.less|\.po|\.pot|\.xlf|\.ics|\.pdb"
    r"|\.hex|\.srt)$",
    re.IGNORECASE,
)
_NOISY_FOLDER = lazy(
    r"(?:^|/)(?:__snapshots__|snapshots|locales?|i18n|l10n|translations?|lang|langs|languages)/", re.IGNORECASE
)
_TEST_FOLDER = lazy(
    r"(?:^|/)(?:tests?|testing|__tests__|specs?|fixtures?|testdata|test-data|mocks?|__mocks__|examples?"
    r"|samples?|demos?|e2e|cypress|docs?)/"
)
_TEST = lazy(
    r"^test_|^conftest\.py$|[._-](?:test|tests|spec|mock|example|sample|dist|template)\.[\w.]++$"
    r"|(?<=[a-z])Tests?\.(?:java|kt|cs|php|scala|swift)$|\.(?:example|sample|dist|template|tmpl|tpl)$",
)
_UNWRITTEN = frozenset({Flag.MINIFIED, Flag.GENERATED})
_LONG_LINE = 2000
_JSON_VALUE = lazy(rb'":[ \t]*"([^"\n]*)"')
_CATALOGUE = 20


class FileContext(Record, frozen=True):
    """A file's path and type; `noisy` files get no generic rules, `fixture` ones less confidence.

    Fixtures are tests, examples, documentation and vendored code.
    """

    path: str
    type: str
    noisy: bool
    fixture: bool


def file_context(meta: FileMeta) -> FileContext:
    """Return what a file's path, flags and first bytes say of it."""
    type_, noisy, fixture = _by_path(meta.path)
    flags, head = meta.flags, meta.head
    noisy = noisy or (bool(flags) and not flags.isdisjoint(_UNWRITTEN)) or _packed(head) or _prose(head)
    fixture = fixture or (bool(flags) and Flag.VENDORED in flags)
    return FileContext(path=meta.path, type=type_ or _unnamed(meta), noisy=noisy, fixture=fixture)


@lru_cache(maxsize=1024)
def _by_path(path: str) -> tuple[str, bool, bool]:
    """Return the type that a name tells, or '', whether names mean little in the file, and whether it is a fixture."""
    folder, _, name = path.rpartition("/")
    noisy, fixture = _folder(folder)
    noisy = noisy or bool(_LOCK.search(name) or _NOISY.search(name))
    return _by_name(name), noisy, fixture or _TEST.search(name) is not None


@lru_cache(maxsize=4096)
def _folder(folder: str) -> tuple[bool, bool]:
    """Return whether names mean little in a folder, and whether it holds tests, examples or documentation."""
    path = f"{folder}/"
    return _NOISY_FOLDER.search(path) is not None, _TEST_FOLDER.search(path) is not None


def file_type(meta: FileMeta) -> str:
    """Return one of FILE_TYPES by name, suffix or `#!` line; a file that tells nothing is `ini`: keys and values."""
    return _by_name(meta.name) or _unnamed(meta)


def _by_name(name: str) -> str:
    """Return the type that a name tells, or ''."""
    name = name.lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name == ".env" or name.startswith((".env.", "env.")) or name.endswith(".env"):
        return "env"
    if name.startswith("dockerfile."):
        return "shell"
    for suffix in reversed(name.split(".")[1:]):
        if suffix in {
            "example",
            "sample",
            "dist",
            "template",
            "tmpl",
            "tpl",
            "bak",
            "old",
            "orig",
            "erb",
            "j2",
            "jinja2",
        }:
            continue
        return _BY_SUFFIX.get(suffix) or ("code" if suffix in _CODE else "")
    return ""


def _unnamed(meta: FileMeta) -> str:
    head = meta.head.lstrip()
    if head.startswith(b"#!"):
        return "shell" if re.match(rb"#![^\n]*sh\b", head) else "code"
    if head.startswith((b"{", b"[\n", b"[{")):
        return "json"
    if head.startswith(b"<?xml"):
        return "xml"
    if head.startswith(b"---\n"):
        return "yaml"
    return "ini"


def _prose(head: bytes) -> bool:
    """Return whether a first block maps names to sentences: a catalogue of messages, whatever its name or folder."""
    values = _JSON_VALUE.findall(head) if head.lstrip()[:1] == b"{" else ()
    return len(values) >= _CATALOGUE and sum(b" " in value for value in values) * 2 > len(values)


def _packed(head: bytes) -> bool:
    """Return whether a whole first block holds hardly a line end: minified or serialised data."""
    return len(head) >= _LONG_LINE and head.count(b"\n") * _LONG_LINE < len(head)
