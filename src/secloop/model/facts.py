"""Facts that stages share: versioned structs, the only way one stage reads another's work."""

from __future__ import annotations

from secloop.model.base import Value
from secloop.model.places import CodeSpan
from secloop.model.quality import FileQuality
from secloop.model.surface import Routes, Surface, Uses


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


class FlowCall(Value, array_like=True):
    """A call of a function in another file.

    `argument` counts from 0; -1 is the receiver, -2 what the function reads itself.
    """

    target: str
    argument: int


class Flow(Value, array_like=True):
    """One way of taint that this file alone cannot judge.

    `kind` says where the taint is from: `source` (of `rule`), `call` (whatever the first of `calls` returns), `param`
    (parameter `param` of `function`), `setting` (the value that a configuration file gives the key `function`) or
    `default` (a value that holds where no configuration file gives that key another one). It holds when every one of
    `calls` passes it on. `rule` is the rule of the sink or the source; empty for any rule but those of `without`.
    `path` leads from where it begins to where it ends.
    """

    kind: str
    rule: str
    function: str
    param: int
    calls: tuple[FlowCall, ...]
    path: tuple[CodeSpan, ...]
    without: tuple[str, ...] = ()
    scope: str = ""
    text: str = ""
    excerpt: str = ""


class FlowPass(Value, array_like=True):
    """Taint that goes into a function of another file as an argument."""

    target: str
    argument: int
    flow: Flow


class Flows(Value, tag="flow/1", tag_field="observation"):
    """What taint does in a file, as far as other files decide it.

    `functions` are the dotted paths of its functions; `returns` are flows that end in what a function returns, `sinks`
    those that end in a sink, `passes` those that go elsewhere.
    """

    file: str
    functions: tuple[str, ...] = ()
    returns: tuple[Flow, ...] = ()
    sinks: tuple[Flow, ...] = ()
    passes: tuple[FlowPass, ...] = ()


class Setting(Value, array_like=True):
    """A key of a configuration file, folded, and the rules that its value matters to. The value itself is not kept."""

    key: str
    place: CodeSpan
    rules: tuple[str, ...] = ()


class ConfigKeys(Value, tag="config-keys/1", tag_field="observation"):
    """What a configuration file gives values to, for flows of the kinds `setting` and `default`."""

    file: str
    settings: tuple[Setting, ...] = ()


Fact = Component | Imports | Flows | ConfigKeys | Surface | Routes | Uses | FileQuality
"""The union of every fact kind; its members are told apart by their tag, which holds the version."""
