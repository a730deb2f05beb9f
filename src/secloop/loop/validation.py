"""Whether SBOM documents are valid against the published schemas, by cyclonedx-python-lib's validators."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.interop.sbom.document import MAX_BYTES
from secloop.loop import log
from secloop.model.errors import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_XML_VERSION = re.compile(rb"http://cyclonedx\.org/schema/bom/(\d\.\d)")
_LONGEST = 300


def validate(files: Sequence[str], *, quiet: bool = False) -> int:
    """Print one line per document; return 0 where all are valid, 1 where one is not. Raises: UsageError."""
    worst = int(Exit.OK)
    for name in files:
        problem = problem_of(_read(name), name)
        if problem:
            worst = int(Exit.POLICY_FAILED)
            log.line("error", f"{name} is not valid: {problem}")
        elif not quiet:
            log.line("wrote", f"{name} is valid")
    return worst


def problem_of(data: bytes, name: str) -> str:
    """Return what is wrong with a CycloneDX document, empty for a valid one.

    Raises: UsageError where it is no CycloneDX of a known version, or the validators are not installed.
    """
    try:
        from cyclonedx.exception import MissingOptionalDependencyException
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
        from cyclonedx.validation.xml import XmlValidator
    except ImportError as error:
        raise UsageError("The SBOM validators are not installed", "pip install 'secloop[validation]'") from error
    is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    text = data.decode("utf-8-sig", "replace")
    version = _json_version(data, name) if is_json else _xml_version(data, name)
    try:
        schema = SchemaVersion.from_version(version)
        validator: Any = JsonStrictValidator(schema) if is_json else XmlValidator(schema)
    except ValueError as error:
        raise UsageError(f"{name} is CycloneDX {version}, which has no schema here", "Check specVersion") from error
    try:
        found = validator.validate_str(text)
    except MissingOptionalDependencyException as error:
        raise UsageError("The SBOM validators are not installed", "pip install 'secloop[validation]'") from error
    except SyntaxError as error:  # lxml's errors of XML that is not well-formed
        return f"not well-formed XML: {error.msg}"[:_LONGEST]
    return "" if found is None else " ".join(str(found.data if hasattr(found, "data") else found).split())[:_LONGEST]


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"Cannot read {name}: {error.strerror}", "Check the path") from error
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name} is larger than {MAX_BYTES >> 20} MB", "Split the document")
    return data


def _json_version(data: bytes, name: str) -> str:
    from secloop.interop.sbom.document import load
    from secloop.model.shapes import string

    return string(load(data, name).get("specVersion")) or "unknown"


def _xml_version(data: bytes, name: str) -> str:
    found = _XML_VERSION.search(data[:65536])
    if not found:
        raise UsageError(f"{name} is no CycloneDX document", "Give CycloneDX as JSON or XML")
    return found[1].decode()
