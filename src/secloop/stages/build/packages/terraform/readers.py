"""Terraform and OpenTofu: `.terraform.lock.hcl`, required providers and the sources of modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.packages.base import BUILD, Extracted, Extractor, Package, bounded, text_of
from secloop.stages.build.packages.origin import clean_url
from secloop.stages.build.packages.terraform.blocks import Body, read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.scan.base import SourceFile

ECOSYSTEM = "Terraform"

_PUBLIC = ("registry.terraform.io/", "registry.opentofu.org/")
_EXACT = lazy(r"=?\s*v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)\s*")
_ZIP_HASH = lazy(r"zh:([0-9a-f]{64})")
_REGISTRY = lazy(r"(?:(?P<host>[\w-]+(?:\.[\w-]+)+(?::\d+)?)/)?(?P<name>[\w-]+/[\w-]+/[\w-]+)")
_GITHUB = lazy(r"(?:git::)?(?:https?://|ssh://)?(?:[^/@]*@)?github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?(?:/.*)?")
_REF = lazy(r"[?&]ref=([^&]+)")
_COMMIT = lazy(r"[0-9a-f]{40}")


class TerraformLock(Extractor):
    """`.terraform.lock.hcl`. The hashes are those of the providers' archives, one for each platform."""

    name = ".terraform.lock.hcl"
    ecosystem = ECOSYSTEM
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether this is Terraform's lock."""
        return path.rpartition("/")[2] == ".terraform.lock.hcl"

    def extract(self, file: SourceFile) -> Extracted:
        """Return the providers. Raises: UnreadableError."""
        packages = [_locked(one) for one in read_blocks(text_of(file)).named("provider") if one.labels]
        kept, problems = bounded(packages, [])
        return Extracted(packages=kept, problems=problems)


class TerraformFile(Extractor):
    """`*.tf` and `*.tofu`: what `required_providers` and `module` blocks ask for."""

    name = "terraform"
    ecosystem = ECOSYSTEM

    def wants(self, path: str) -> bool:
        """Return whether this is a file of Terraform's or OpenTofu's language."""
        return path.endswith((".tf", ".tofu"))

    def extract(self, file: SourceFile) -> Extracted:
        """Return providers and modules. Raises: UnreadableError."""
        root = read_blocks(text_of(file))
        packages = [
            found
            for settings in root.named("terraform")
            for required in settings.named("required_providers")
            for found in _required(required)
        ]
        packages += [found for module in root.named("module") if (found := _module(module))]
        kept, problems = bounded(packages, [])
        return Extracted(packages=kept, problems=problems)


def _locked(provider: Body) -> Package:
    name = _provider_name(provider.labels[0])
    found = (_ZIP_HASH.fullmatch(text) for text in provider.lists.get("hashes", []))
    return Package(
        key=f"{name}:{provider.line}",
        name=name,
        version=provider.strings.get("version", ""),
        line=provider.line,
        direct=True,
        scope=BUILD,
        constraint=provider.strings.get("constraints", ""),
        hashes=tuple(f"sha256:{one[1]}" for one in found if one),
    )


def _required(required: Body) -> Iterator[Package]:
    """Yield the providers: `aws = { source = ..., version = ... }`, and before Terraform 0.13 `aws = "~> 2.0"`."""
    for one in required.inner:
        yield _wished(_provider_name(one.strings.get("source") or one.kind), one.strings.get("version", ""), one.line)
    for name, wish in required.strings.items():
        yield _wished(_provider_name(name), wish, required.lines[name])


def _provider_name(source: str) -> str:
    """Return `namespace/type`, with its registry's host where that is not a public one; `aws` is HashiCorp's."""
    name = source.lower()
    for host in _PUBLIC:
        name = name.removeprefix(host)
    return name if "/" in name else f"hashicorp/{name}"


def _wished(name: str, wish: str, line: int) -> Package:
    exact = _EXACT.fullmatch(wish)
    return Package(
        key=f"{name}:{line}",
        name=name,
        version=exact[1] if exact else "",
        line=line,
        direct=True,
        scope=BUILD,
        constraint="" if exact else wish,
    )


class _Source(NamedTuple):
    """Where a module comes from."""

    ecosystem: str
    name: str
    version: str
    origin: str


def _module(module: Body) -> Package | None:
    """Return the module that a block calls; None for a folder of the project and for an expression."""
    told = module.strings.get("source", "")
    source = _source(told)
    if source is None:
        return None
    wish = module.strings.get("version", "")
    exact = _EXACT.fullmatch(wish)
    return Package(
        key=f"{told}:{module.line}",
        name=source.name,
        version=source.version or (exact[1] if exact else ""),
        line=module.lines["source"],
        direct=True,
        scope=BUILD,
        ecosystem=source.ecosystem,
        constraint="" if exact else wish,
        origin=source.origin,
        hashes=(f"sha1:{source.version}",) if _COMMIT.fullmatch(source.version) else (),
    )


def _source(told: str) -> _Source | None:
    if not told or told.startswith((".", "/")) or "${" in told:
        return None
    address, _, query = told.partition("?")
    reference = _REF.search(f"?{query}")
    version = reference[1] if reference else ""
    if found := _GITHUB.fullmatch(address):
        return _Source("git", found[1], version, "")
    if "::" not in address and "://" not in address and (found := _REGISTRY.fullmatch(address.partition("//")[0])):
        host = found["host"] or ""
        public = f"{host}/" in _PUBLIC or not host
        return _Source(ECOSYSTEM, found["name"] if public else f"{host}/{found['name']}", version, "")
    url = clean_url(address.partition("::")[2] or address)
    name = url.partition("://")[2] or url
    return _Source("generic", name.removesuffix(".git").strip("/"), version, url) if name else None
