"""Licences of Debian's packages, which its package manager does not note: they stand in a text beside each package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from secloop.stages.build.packages.os.copyright import MAX_BYTES, licenses_of, package_of
from secloop.stages.build.purl import qualifiers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from secloop.model.facts import Component
    from secloop.scan.sources import Entry

_DEBIAN = "pkg:deb/"


def tells(path: str) -> bool:
    """Return whether the file at `path`, relative to the root, tells the licences of a package."""
    return bool(package_of(path))


def with_licenses(components: Iterable[Component], texts: Callable[[], Iterable[Entry]]) -> tuple[Component, ...]:
    """Return the components, packages of Debian and its kin with the licences that their texts tell.

    `texts` gives the files that tell licences; it is asked only where a package lacks them. A package whose text is a
    link has the licences of another one of its source package, which it links to.
    """
    given = tuple(components)
    lacking = {one.name for one in given if _lacks(one)}
    if not lacking:
        return given
    found: dict[str, tuple[str, ...]] = {}
    for entry in texts():
        name = package_of(entry.path)
        try:
            if name in lacking:
                found[name] = licenses_of(entry.read(MAX_BYTES).decode("utf-8", "replace"))
        except OSError:
            continue  # licences are told as far as they can be
        finally:
            entry.close()
    by_source = {_source(one): found[one.name] for one in reversed(given) if _lacks(one) and found.get(one.name)}
    return tuple(_told(one, found.get(one.name) or by_source.get(_source(one), ())) for one in given)


def _told(component: Component, licenses: tuple[str, ...]) -> Component:
    return msgspec.structs.replace(component, licenses=licenses) if licenses and _lacks(component) else component


def _source(component: Component) -> str:
    return qualifiers_of(component.purl).get("upstream", "").partition("@")[0] or component.name


def _lacks(component: Component) -> bool:
    return component.purl.startswith(_DEBIAN) and not component.licenses
