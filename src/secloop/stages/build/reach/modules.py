"""Under which names a package is imported: the names of distributions and of their modules differ on PyPI.

What is known stands in `modules.txt`; rules cover families that keep a pattern; the rest is guessed from the name. A
guess that no file imports says nothing, as long as some import of the project has no package it could belong to.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

from secloop.model.regex import lazy
from secloop.stages.build.purl import package_name

_ENDS = lazy(r"^(?:python|py|django|lib)[-_]?(?=[a-z]{3})|[-_]?(?:python|py|client|sdk|lib|api|binary|core)?\d*$")
_FAMILIES = (
    ("google-cloud-", "google.cloud.{under}", "google.cloud.{under}_v1"),
    ("azure-", "azure.{dots}", "azure.{under}"),
    ("opentelemetry-", "opentelemetry"),
    ("alibabacloud-", "alibabacloud_{under}"),
    ("sphinxcontrib-", "sphinxcontrib.{under}"),
    ("jaraco-", "jaraco.{under}"),
    ("zope-", "zope.{under}"),
    ("backports-", "backports.{under}"),
    ("apache-airflow-providers-", "airflow.providers.{dots}"),
    ("mypy-boto3-", "mypy_boto3_{under}"),
    ("llama-index-", "llama_index.{dots}", "llama_index.{under}"),
    ("django-", "{under}", "django_{under}"),
    ("python-", "{under}", "python_{under}"),
)
"""How the names of a family start, and what their modules are called: the rest joined by dots, or by underscores."""


class Modules(NamedTuple):
    """The dotted names of a package's modules; `known` says that they are no guess."""

    names: tuple[str, ...]
    known: bool


@cache
def modules_of(name: str) -> Modules:
    """Return under which names a package of PyPI is imported; dotted where it shares a namespace with others."""
    own = package_name("PyPI", name)
    if own in (table := _table()):
        return Modules(table[own], known=True)
    for start, *forms in _FAMILIES:
        if own.startswith(start):
            rest = own.removeprefix(start)
            dots, under = rest.replace("-", "."), rest.replace("-", "_")
            return Modules(tuple(dict.fromkeys(form.format(dots=dots, under=under) for form in forms)), known=False)
    plain = own.replace("-", "_")
    return Modules((plain, name.replace("-", "_")) if "." in name else (plain,), known=False)


def akin(package: str, module: str) -> bool:
    """Return whether a module's name may come from a package's: they share a word, or one is within the other."""
    words = {word for word in package_name("PyPI", package).split("-") if len(word) > 2}  # noqa: PLR2004 - `py` says nothing
    flat, top = _ENDS.sub("", _folded(package)), _folded(module.partition(".")[0])
    return any(word in top for word in words) or (len(flat) > 1 and flat in top) or (len(top) > 1 and top in flat)


def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


@cache
def _table() -> dict[str, tuple[str, ...]]:
    text = (files("secloop.stages.build.reach") / "modules.txt").read_text("utf-8")
    rows = (line.split() for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return {name: tuple(modules) for name, *modules in rows}
