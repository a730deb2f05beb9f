"""The files of a unit: folders of Terraform with their blocks, and what else lies beside them."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from secloop.stages.deploy.iac.hcl.parse import parse
from secloop.stages.deploy.iac.hcl.syntax import Block
from secloop.stages.deploy.iac.terraform.jsonsyntax import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.scan.base import SourceFile
    from secloop.stages.deploy.iac.hcl.syntax import Attribute, Document

_NATIVE = (".tf", ".tofu")
_JSON = (".tf.json", ".tofu.json")
_MAX_VALUES = 100_000


def is_configuration(path: str) -> bool:
    """Return whether a path names a file of Terraform's language, native or JSON."""
    return path.endswith((*_NATIVE, *_JSON))


def is_values(path: str) -> bool:
    """Return whether a path names a file of variables that Terraform reads by itself."""
    name = path.rpartition("/")[2]
    return name in {"terraform.tfvars", "terraform.tfvars.json"} or name.endswith((".auto.tfvars", ".auto.tfvars.json"))


class Placed(Block, frozen=True):
    """A block at the top of a file, with the file's path."""

    path: str = ""


class Blocks:
    """The blocks of one folder, by what they declare. `documents` are its files."""

    def __init__(self, documents: list[Document]) -> None:
        """Sort the blocks; of two with one name the first counts."""
        self.documents = documents
        self.variables: dict[str, Placed] = {}
        self.outputs: dict[str, Placed] = {}
        self.locals: dict[str, Attribute] = {}
        self.modules: list[Placed] = []
        self.resources: list[Placed] = []
        self.providers: list[Placed] = []
        self._named: dict[tuple[str, str, str], Placed] = {}
        overrides = [one for one in documents if _is_override(one.path)]
        for document in [*(one for one in documents if one not in overrides), *overrides]:
            for block in document.body.blocks:
                self._take(_placed(block, document.path))

    def find(self, mode: str, type_: str, name: str) -> Placed | None:
        """Return the block of a resource (mode `resource`) or data source (`data`)."""
        return self._named.get((mode, type_, name))

    def _take(self, block: Placed) -> None:
        labels = block.labels
        if block.type == "locals":
            for name, attribute in block.body.attributes.items():
                self.locals.setdefault(name, attribute)
        elif block.type in {"resource", "data"} and len(labels) == 2:  # noqa: PLR2004 - type and name
            if self._named.setdefault((block.type, *labels), block) is block:
                self.resources.append(block)
        elif len(labels) == 1:
            if block.type == "variable":
                self.variables.setdefault(labels[0], block)
            elif block.type == "output":
                self.outputs.setdefault(labels[0], block)
            elif block.type == "module":
                self.modules.append(block)
            elif block.type == "provider":
                self.providers.append(block)


class Tree:
    """The files of a unit by path; folders are parsed when they are asked for."""

    def __init__(self, files: Mapping[str, SourceFile]) -> None:
        """Take the files."""
        self._files = files
        self._folders: dict[str, list[str]] = {}
        for path in sorted(files):
            if is_configuration(path):
                self._folders.setdefault(posixpath.dirname(path), []).append(path)
        self._blocks: dict[str, Blocks] = {}

    def has(self, folder: str) -> bool:
        """Return whether a folder holds configuration."""
        return folder in self._folders

    def blocks(self, folder: str) -> Blocks:
        """Return the blocks of a folder; empty where it holds none."""
        if folder not in self._blocks:
            self._blocks[folder] = Blocks([self._parsed(path) for path in self._folders.get(folder, ())])
        return self._blocks[folder]

    def documents(self) -> Iterator[Document]:
        """Yield the files that were parsed."""
        for blocks in self._blocks.values():
            yield from blocks.documents

    def text(self, folder: str, path: str) -> str | None:
        """Return the text of a file by its path from a folder; None where it is not in the unit."""
        path = path.removeprefix("${path.module}/").removeprefix("${path.root}/")
        where = joined(folder, path)
        file = self._files.get(where) if where is not None else None
        return None if file is None else file.text

    def values(self, folder: str) -> dict[str, Attribute]:
        """Return the variables that files beside the root module set; a later file overrides an earlier one."""
        out: dict[str, Attribute] = {}
        names = [path for path in sorted(self._files) if posixpath.dirname(path) == folder and is_values(path)]
        for path in sorted(names, key=lambda path: ".auto." in path):
            out.update(list(self._parsed(path).body.attributes.items())[:_MAX_VALUES])
        return out

    def _parsed(self, path: str) -> Document:
        text = self._files[path].text
        return parse_json(text, path) if path.endswith(".json") else parse(text, path)


def joined(folder: str, path: str) -> str | None:
    """Return a path from a folder as one from the root; None where it leaves the root."""
    if path.startswith("/"):
        return None
    whole = posixpath.normpath(posixpath.join(folder, path))
    return None if whole.startswith("../") or whole == ".." else ("" if whole == "." else whole)


def local_source(block: Block) -> str | None:
    """Return the path that a module is called by, where that is a local one and known."""
    attribute = block.body.attributes.get("source")
    value: Any = getattr(attribute.value, "value", None) if attribute is not None else None
    return value if isinstance(value, str) and value.startswith(("./", "../")) else None


def _placed(block: Block, path: str) -> Placed:
    return Placed(block.type, block.labels, block.body, block.line, block.end_line, block.start, block.end, path)


def _is_override(path: str) -> bool:
    name = path.rpartition("/")[2].partition(".")[0]
    return name == "override" or name.endswith("_override")
