"""One file: its tree, what it says of routes, and what it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.test.routes.sensor import WEB_XML, partial
from secloop.stages.test.routes.view import View
from secloop.stages.test.sast.fronts import front_of
from secloop.syntax.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secloop.model.finding import Observation
    from secloop.scan.base import SourceFile
    from secloop.stages.test.routes.walk import Walker


def facts_of(file: SourceFile) -> Iterator[Observation]:
    """Yield the facts of one file. Raises: TooLargeError."""
    if file.path.rpartition("/")[2] == WEB_XML:
        from secloop.stages.test.routes.languages.webxml import surface_of

        yield from surface_of(file)
        return
    language = language_of(file.path)
    front = front_of(language)
    if front is None:
        return
    root, share = front.lower_file(file.data)
    view = View(file, "typescript" if language == "tsx" else language, root, front.implicit)
    surface = _walker(view).run().surface()
    if surface.routers or surface.served or surface.handlers or surface.mounts or surface.constants:
        yield surface
    from secloop.stages.test.routes.uses import uses_of

    uses = uses_of(view)
    if uses.uses:
        yield uses
    if share < 1.0:
        yield partial(share, file.path)


def _walker(view: View) -> Walker:
    from secloop.stages.test.routes.languages.go import Go
    from secloop.stages.test.routes.languages.java import Java
    from secloop.stages.test.routes.languages.javascript import JavaScript
    from secloop.stages.test.routes.languages.python import Python

    kinds: dict[str, type[Walker]] = {"python": Python, "go": Go, "java": Java}
    return kinds.get(view.language, JavaScript)(view)
