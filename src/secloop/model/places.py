"""Where a finding is. One struct per kind of place, told apart by `type` on the wire."""

from __future__ import annotations

from secloop.model.base import Value


class CodeSpan(Value, tag="code"):
    """Text of a file. Lines and columns count from 1; the end is inclusive in lines, exclusive in columns.

    `file` is relative to the project root, with forward slashes. Columns count characters (code points).
    """

    file: str
    line: int = 1
    end_line: int = 1
    column: int = 1
    end_column: int = 1


class PackagePin(Value, tag="package"):
    """A package as a manifest or lock file pins it. `purl` is canonical and holds the version."""

    file: str
    name: str
    version: str
    purl: str
    line: int = 1
    end_line: int = 1
    direct: bool = True
    scope: str = "runtime"
    via: tuple[str, ...] = ()


class ResourceAddress(Value, tag="resource"):
    """An attribute of an IaC or cloud resource, e.g. `module.a.aws_s3_bucket.b` and `acl`."""

    address: str
    attribute: str = ""
    file: str = ""
    line: int = 1
    end_line: int = 1


class Endpoint(Value, tag="endpoint"):
    """A route of a running application and the parameter that matters."""

    method: str
    route: str
    parameter: str = ""
    url: str = ""


class ArtifactRef(Value, tag="artifact"):
    """A built artifact, by name and digest (`sha256:...`)."""

    name: str
    digest: str


class EventRef(Value, tag="event"):
    """One event of a log source: its id and RFC 3339 time."""

    source: str
    event: str
    time: str = ""


class ModelElement(Value, tag="model-element"):
    """An element of the threat model, by its id in the model's file."""

    model: str
    element: str


Place = CodeSpan | PackagePin | ResourceAddress | Endpoint | ArtifactRef | EventRef | ModelElement


def place_file(place: Place) -> str | None:
    """Return the file a place lies in, relative to the root, or None where there is none."""
    file = getattr(place, "file", None)
    return file or None


def place_line(place: Place) -> int | None:
    """Return the first line of a place (from 1), or None where there is none."""
    return getattr(place, "line", None) if place_file(place) else None


def place_key(  # noqa: PLR0911 - one return for each kind of place
    place: Place,
) -> str:
    """Return what tells two occurrences of one finding apart: file, plus address where a file holds several."""
    match place:
        case CodeSpan(file=file):
            return file
        case PackagePin(file=file):
            return file
        case ResourceAddress(file=file, address=address):
            return f"{file}#{address}"
        case Endpoint(method=method, route=route):
            return f"{method} {route}"
        case ArtifactRef(digest=digest):
            return digest
        case EventRef(source=source, event=event):
            return f"{source}#{event}"
        case ModelElement(model=model, element=element):
            return f"{model}#{element}"
