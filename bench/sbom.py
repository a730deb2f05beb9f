"""SBOM documents: are ours valid, is the validator right, and how fast is the codec beside cyclonedx-python-lib.

  sbom.py valid TREE...          writes the SBOM of each tree in every format and validates it
  sbom.py conformance SPEC_TREE  judges the specification's own valid-* and invalid-* documents
  sbom.py speed [COMPONENTS]     reads and writes back a generated document, CPU seconds, both tools in one run

SPEC_TREE is a checkout of the CycloneDX specification. SPDX documents are validated by spdx-tools.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from secloop.interop.sbom import codec
from secloop.loop.validation import problem_of
from secloop.model.errors import UsageError
from secloop.model.inventory import Inventory, Item, Located

REPEATS = 3
DIRECT = 10


def valid(trees: list[Path]) -> int:
    """Print errors per tree and format; return their number."""
    total = 0
    for tree in trees:
        counts = []
        for name in codec.FORMATS[1:-2] + codec.FORMATS[-1:]:
            with tempfile.NamedTemporaryFile(suffix=".json") as file:
                command = [sys.executable, "-m", "secloop", "build", "sbom", str(tree), "-f", name, "-o", file.name]
                subprocess.run(command, check=False, capture_output=True)
                errors = _spdx_errors(file.name) if name.startswith("spdx") else _cyclonedx_errors(file.name)
                size = len(codec.read(Path(file.name).read_bytes()).items)
            counts.append(f"{name} {len(errors)}")
            total += len(errors)
            for error in errors[:3]:
                print("   ", name, error[:300])
        print(f"{tree.name:<24} {size:6} components   errors: {', '.join(counts)}", flush=True)
    print(f"{len(trees)} trees, {total} errors")
    return total


def _cyclonedx_errors(path: str) -> list[str]:
    problem = problem_of(Path(path).read_bytes(), path)
    return [problem] if problem else []


def _spdx_errors(path: str) -> list[str]:
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    return [message.validation_message for message in validate_full_spdx_document(parse_file(path))]


def conformance(tree: Path) -> int:
    """Print how many of the specification's documents are judged right; return how many are not."""
    right = wrong = 0
    for path in sorted(tree.rglob("*")):
        name = path.name
        if (
            path.suffix not in {".json", ".xml"}
            or not name.startswith(("valid-", "invalid-"))
            or path.parent.name == "ext"
        ):
            continue  # `ext` holds documents of extensions, which have schemas of their own
        try:
            is_valid = not problem_of(path.read_bytes(), name)
        except UsageError:
            is_valid = False
        if is_valid == name.startswith("valid-"):
            right += 1
        else:
            wrong += 1
            print("wrong", path.relative_to(tree))
    print(f"{right} of {right + wrong} documents judged right")
    return wrong


def speed(components: int) -> None:
    """Print CPU seconds to read a document and write it back, best of `REPEATS`."""
    made = Inventory(
        subject=Item(ref="top", name="top", kind="application"), items=tuple(map(_item, range(components)))
    )
    document = codec.write(made, "cyclonedx-1.6")
    if codec.read(document).items != made.items:
        raise SystemExit("what was read is not what was written")
    ours = min(_timed(lambda: codec.write(codec.read(document), "cyclonedx-1.6")) for _ in range(REPEATS))
    theirs = _timed(lambda: _through_library(document))
    print(
        f"{components} components, {len(document) / 1e6:.1f} MB: secloop {ours:.3f} s, library {theirs:.2f} s", end=""
    )
    print(f", {theirs / ours:.0f}x (bar 50x)")


def _item(number: int) -> Item:
    purl = f"pkg:pypi/package-{number}@1.{number}"
    return Item(
        ref=purl,
        name=f"package-{number}",
        version=f"1.{number}",
        purl=purl,
        scope="runtime",
        direct=number < DIRECT,
        licenses=(("MIT", "Apache-2.0", "BSD-3-Clause")[number % 3],),
        hashes=(f"sha256:{number:064x}",),
        located=(Located(file="uv.lock", line=number + 1),),
        needs=tuple(sorted(f"pkg:pypi/package-{n}@1.{n}" for n in range(max(0, number - 3), number))),
    )


def _through_library(document: bytes) -> str:
    from cyclonedx.model.bom import Bom
    from cyclonedx.output.json import JsonV1Dot6

    bom: Any = Bom.from_json(json.loads(document))  # type: ignore[attr-defined]
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _timed(call: Any) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def main() -> int:
    """Run one of the three measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["valid", "conformance", "speed"])
    parser.add_argument("given", nargs="*")
    options = parser.parse_args()
    if options.what == "valid":
        return min(1, valid([Path(tree) for tree in options.given]))
    if options.what == "conformance":
        return min(1, conformance(Path(options.given[0])))
    with contextlib.suppress(BrokenPipeError):
        speed(int(options.given[0]) if options.given else 10_000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
