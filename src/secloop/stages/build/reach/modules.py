"""Under which names a package is imported: the names of distributions and of their modules differ on PyPI.

What is known stands in `modules.txt`; rules cover families that keep a pattern; the rest is guessed from the name. A
guess that no file imports says nothing, as long as some import of the project has no package it could belong to.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from secloop.stages.build.purl import package_name

_ENDS = re.compile(r"^(?:python|py|django|lib)[-_]?(?=[a-z]{3})|[-_]?(?:python|py|client|sdk|lib|api|binary|core)?\d*$")
_FAMILIES = (
    (re.compile(r"google-cloud-(.+)"), ("google.cloud.{}",)),
    (re.compile(r"azure-(.+)"), ("azure.{}",)),
    (re.compile(r"opentelemetry-(?:instrumentation|exporter)-.+"), ("opentelemetry",)),
    (re.compile(r"opentelemetry-.+"), ("opentelemetry",)),
    (re.compile(r"alibabacloud-(.+)"), ("alibabacloud_{}",)),
    (re.compile(r"sphinxcontrib-(.+)"), ("sphinxcontrib.{}",)),
    (re.compile(r"jaraco-(.+)"), ("jaraco.{}",)),
    (re.compile(r"zope-(.+)"), ("zope.{}",)),
    (re.compile(r"backports-(.+)"), ("backports.{}",)),
    (re.compile(r"apache-airflow-providers-(.+)"), ("airflow.providers.{}",)),
    (re.compile(r"mypy-boto3-(.+)"), ("mypy_boto3_{}",)),
    (re.compile(r"llama-index-(.+)"), ("llama_index.{}",)),
)


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
    for pattern, forms in _FAMILIES:
        if match := pattern.fullmatch(own):
            rest = match[1] if pattern.groups else ""
            return Modules(tuple(form.format(rest.replace("-", "_")) for form in forms), known=False)
    plain = own.replace("-", "_")
    dotted = name.replace("-", "_") if "." in name else plain
    return Modules(tuple(dict.fromkeys((plain, dotted, plain.removeprefix("python_").removeprefix("django_")))), known=False)


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
