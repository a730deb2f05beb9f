"""Facts that stages share: versioned structs, the only way one stage reads another's work."""

from __future__ import annotations

from secloop.model.base import Value


class Component(Value, tag="component/2", tag_field="observation"):
    """A package that a manifest or lock file names.

    `purl` is canonical (purl specification) and holds the version; `scope` is runtime, dev, test, optional or build;
    `via` is one path of package names from a direct dependency to this one, empty when `direct`. `needs` holds the
    purls of what it depends on, in the same file. `constraint` is the wish as written where the file does not pin;
    `origin` is the registry, repository or archive it comes from, empty for the ecosystem's default registry; `hashes`
    are `algorithm:hex`; `licenses` are declared ones as written; `install_script` says that installing runs its code.
    """

    name: str
    version: str
    purl: str
    file: str
    line: int = 1
    direct: bool = True
    scope: str = "runtime"
    via: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    constraint: str = ""
    origin: str = ""
    hashes: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    install_script: bool = False


class Import(Value, array_like=True):
    """One import of a file: `module` as written (`a.b`, `@scope/name/part`, `net/http`), and its line from 1."""

    module: str
    line: int = 1


class Imports(Value, tag="import/1", tag_field="observation"):
    """What the text of a file imports from outside itself, each module once, by line.

    `language` is python, javascript or go; empty for a file that imports nothing and may name packages all the same
    (configuration, a script). `digest` is the hexadecimal BLAKE2b of the content in 16 bytes, so that who reads the
    file again knows that it is the same. The search is of text: what stands in a string that looks like an import is
    among them, and whoever needs to be sure parses the file.
    """

    file: str
    language: str = ""
    digest: str = ""
    imports: tuple[Import, ...] = ()


Fact = Component | Imports
"""The union of every fact kind; its members are told apart by their tag, which holds the version."""
