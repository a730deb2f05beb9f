"""CycloneDX and SPDX documents: what somebody else found is judged as if it had been found here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.interop.sbom import codec
from secloop.model.errors import UsageError
from secloop.model.regex import lazy
from secloop.stages.build import purl as purls
from secloop.stages.build.packages.base import (
    SCOPES,
    Extracted,
    Extractor,
    Package,
    Problem,
    UnreadableError,
    bounded,
    text_of,
)

if TYPE_CHECKING:
    from secloop.model.inventory import Item
    from secloop.scan.base import SourceFile

# What generators call their files, and what people call them: `bom.json`, `app.cdx.xml`, `sbom-1.2.json`, `a.spdx`.
_NAMES = lazy(
    r"(?:[^/]*[._-])?s?bom(?:[._-][^/]*)?\.(?:json|xml)"
    r"|[^/]*\.(?:cdx|spdx|cyclonedx)\.(?:json|xml)"
    r"|[^/]*\.spdx(?:\.ya?ml|\.rdf|\.rdf\.xml)?"
    r"|\.spdx\.[^/]*\.json"
)
_XML_MARKS = (b"cyclonedx.org/schema/bom/", b"spdx.org/rdf/terms", b"spdxVersion", b"<Document")


class SbomDocument(Extractor):
    """CycloneDX as JSON and XML; SPDX as JSON, tag-value, YAML, XML, RDF/XML and 3.0 JSON-LD, by file name."""

    name = "sbom"
    ecosystem = "generic"
    lock = True

    def wants(self, path: str) -> bool:
        """Return whether the name says that the file is an SBOM."""
        return _NAMES.fullmatch(path.rpartition("/")[2].lower()) is not None

    def likely(self, head: bytes) -> bool:
        """Return whether XML is of a known namespace: a Maven project may be called `bom.xml`, too."""
        plain = head.replace(b"\0", b"")  # UTF-16 is ASCII then
        return not plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") or any(
            mark in plain for mark in _XML_MARKS
        )

    def extract(self, file: SourceFile) -> Extracted:
        """Return the packages with their edges, at the line that names them first. Raises: UnreadableError."""
        try:
            found = codec.read(file.data, "the file")
        except UsageError as error:
            raise UnreadableError(error.what) from error
        lines = _Lines(text_of(file))
        packages = [_package(item, lines) for item in found.items]
        problems = [Problem(line=1, reason=reason) for reason in found.problems]
        kept, problems_out = bounded(packages, problems)
        roots = dict.fromkeys(found.subject.needs or (), "")
        scopes = {package.key: package.scope or "runtime" for package in packages}
        known = {key: scopes[key] for key in roots if key in scopes}
        return Extracted(packages=kept, problems=problems_out, roots=known or None)


def _package(item: Item, lines: _Lines) -> Package:
    """Return the package of an item; its purl is kept as it is where it is one, since only the author knows better."""
    told = purls.parse(item.purl)
    return Package(
        key=item.ref,
        name=told.name if told else item.name,
        version=(told.version if told else "") or item.version,
        line=lines.of(item),
        needs=item.needs or (),
        direct=item.direct,
        scope=item.scope if item.scope in SCOPES else "",
        purl=item.purl if told else "",
        hashes=item.hashes,
        licenses=item.licenses,
        origin=item.origin,
    )


class _Lines:
    """Lines of names in a document, each text looked up from where the one before it was found."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def of(self, item: Item) -> int:
        """Return the line of the item's purl, or of its name; that of the item before where it is not ahead."""
        for words in (item.purl, item.name):
            at = self._text.find(words, self._at) if words else -1
            if at >= 0:
                self._line += self._text.count("\n", self._at, at)
                self._at = at
                break
        return self._line
