"""Servlets that a deployment descriptor maps (Jakarta Servlet 6.0, chapter 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.interop.xmltree import parse_xml
from secloop.model.coverage import Partial
from secloop.model.errors import UnreadableError
from secloop.model.surface import Route, RouteGuard, Router, Served, Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.interop.xmltree import Element
    from secloop.model.finding import Observation
    from secloop.scan.base import SourceFile

_NAME = "routes"


def surface_of(file: SourceFile) -> Iterator[Observation]:
    """Yield the routes that a `web.xml` names; what their classes answer is for their own files to say."""
    try:
        root = parse_xml(file.data, "web-app")
    except UnreadableError as problem:
        yield Partial(reason=problem.what, share=0.0, file=file.path, sensor=_NAME)
        return
    classes = {one.value("servlet-name"): one.value("servlet-class") for one in root.each("servlet")}
    router = f"{file.path}.servlets"
    served = []
    for mapping in root.each("servlet-mapping"):
        name = mapping.value("servlet-name")
        handler = classes.get(name, "")
        for pattern in mapping.each("url-pattern"):
            path = pattern.text.strip()
            route = Route(
                method="ANY", path=path, handler=handler or name, file=file.path, line=pattern.line, framework="servlet"
            )
            served.append(Served(router=router, route=route, target=handler))
    if served:
        yield Surface(
            file=file.path, routers=(Router(name=router),), served=tuple(served), guards=tuple(_guards(root, router))
        )


def _guards(root: Element, router: str) -> Iterator[RouteGuard]:
    for constraint in root.each("security-constraint"):
        roles = [role.text.strip() for role in constraint.each("auth-constraint", "role-name")]
        for pattern in constraint.each("web-resource-collection", "url-pattern"):
            if roles:
                prefix = pattern.text.strip().removesuffix("*").rstrip("/")
                yield RouteGuard(router=router, prefix=prefix, auth=(f"auth-constraint({', '.join(roles)})",), line=0)
