"""The names of a module: variables, locals, resources, data sources and calls of other modules, each when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from secloop.model.base import Record
from secloop.resources.values import UNKNOWN, VARIABLE, Linked, Reference, Unknown, has_unknown, text_of
from secloop.stages.deploy.iac.hcl.evaluate import Evaluator
from secloop.stages.deploy.iac.terraform.policydoc import DOCUMENT, rendered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secloop.stages.deploy.iac.hcl.syntax import Attribute, Block
    from secloop.stages.deploy.iac.terraform.expand import Expander, Instance
    from secloop.stages.deploy.iac.terraform.tree import Placed, Tree

_NAMELESS = frozenset({"each", "count", "self", "terraform", "path", "provider", "ephemeral"})


_MISSPELT = {"True": True, "False": False}
"""What people write for `true` and `false`; Terraform refuses it, and what they mean is clear."""


class Space(Record, frozen=True):
    """A place that names are selected from: `var`, `local`, `data`, `module` or a resource's type."""

    kind: str
    type: str = ""


class Resources(Record, frozen=True):
    """A resource or data source that an expression names; `key` once an instance is selected."""

    block: Block
    base: str
    key: str | int | None = None
    is_data: bool = False


class ModuleCall(Record, frozen=True):
    """A call of a module that an expression names."""

    name: str


class Called(NamedTuple):
    """One instance of a call of a module; `scope` is None where the module is not at hand."""

    block: Placed
    instance: Instance
    scope: ModuleScope | None


class ModuleScope:
    """Names of one module, called with `given` values. `expander` makes instances of its blocks."""

    def __init__(self, tree: Tree, folder: str, prefix: str, given: Mapping[str, Any], steps: list[int]) -> None:
        """Take the module's folder, its address with a dot at the end (empty at the root), and its arguments."""
        self.tree = tree
        self.folder = folder
        self.prefix = prefix
        self.blocks = tree.blocks(folder)
        self.evaluator = Evaluator(self, steps)
        self.expander: Expander | None = None
        self.calls: dict[str, ModuleScope | None] = {}
        self.called: list[Called] = []
        self._given = given
        self._known: dict[tuple[str, ...], Any] = {}

    def variable(self, name: str) -> Any:
        """Return the value of the first name of a reference."""
        if name in _MISSPELT:
            return _MISSPELT[name]
        if name in {"var", "local", "data", "module"}:
            return Space(name)
        return UNKNOWN if name in _NAMELESS or not name else Space("resource", name)

    def attribute(self, of: Any, name: str) -> Any:
        """Return what a name selects."""
        if isinstance(of, Space):
            return self._from_space(of, name)
        if isinstance(of, Resources):
            return self._resource_attribute(of, name)
        if isinstance(of, ModuleCall):
            return self._output(of.name, name)
        return UNKNOWN

    def index(self, of: Any, key: Any) -> Any:
        """Return an instance of a resource or module."""
        if isinstance(of, Resources):
            return Resources(of.block, of.base, key if isinstance(key, str | int) else None, of.is_data)
        if isinstance(of, Space):
            text = text_of(key)
            return UNKNOWN if text is None else self.attribute(of, text)
        return of if isinstance(of, ModuleCall) else UNKNOWN

    def instances(self, of: Any) -> Any:
        """Return all instances: a list for `count`, an object for `for_each`, one alone otherwise."""
        if isinstance(of, Resources) and self.expander is not None:
            found = self.expander.instances(of.block)
            if found is None:
                return Unknown((Reference(of.base),))
            one = [Resources(of.block, of.base, each.key, of.is_data) for each in found]
            if "for_each" in of.block.body.attributes:
                return {str(each.key): each for each in one}
            return one
        return [of] if isinstance(of, ModuleCall) else UNKNOWN

    def read(self, path: str) -> str | None:
        """Return the text of a file beside the module."""
        return self.tree.text(self.folder, path)

    def _from_space(self, space: Space, name: str) -> Any:
        if space.kind == "var":
            return self._remembered(("var", name), lambda: self._variable_value(name))
        if space.kind == "local":
            return self._remembered(("local", name), lambda: self._local_value(name))
        if space.kind == "module":
            return ModuleCall(name)
        if space.kind == "data" and not space.type:
            return Space("data", name)
        return self._block(space, name)

    def _block(self, space: Space, name: str) -> Any:
        is_data = space.kind == "data"
        base = f"{self.prefix}{'data.' if is_data else ''}{space.type}.{name}"
        block = self.blocks.find("data" if is_data else "resource", space.type, name)
        return Unknown((Reference(base),)) if block is None else Resources(block, base, None, is_data)

    def _remembered(self, key: tuple[str, ...], make: Any) -> Any:
        """Return a value, made once; one that needs itself is unknown."""
        if key not in self._known:
            self._known[key] = UNKNOWN
            self._known[key] = make()
        return self._known[key]

    def _variable_value(self, name: str) -> Any:
        if name in self._given:
            return self._given[name]
        block = self.blocks.variables.get(name)
        default = block.body.attributes.get("default") if block is not None else None
        if default is None or getattr(default.value, "value", UNKNOWN) is None:
            return Unknown((Reference(f"{self.prefix}var.{name}", None, VARIABLE),))
        return self.evaluator.value(default.value)

    def _local_value(self, name: str) -> Any:
        attribute = self.blocks.locals.get(name)
        return UNKNOWN if attribute is None else self.evaluator.value(attribute.value)

    def _output(self, call: str, name: str) -> Any:
        inner = self.calls.get(call)
        block = inner.blocks.outputs.get(name) if inner is not None else None
        value = block.body.attributes.get("value") if block is not None else None
        if inner is None or value is None:
            return Unknown((Reference(f"{self.prefix}module.{call}", None, name),))
        return self._remembered(("output", call, name), lambda: inner.own(value))

    def own(self, attribute: Attribute) -> Any:
        """Return the value of an expression of this module, for the module that called it."""
        found = self.evaluator.value(attribute.value)
        if isinstance(found, Resources):
            return Unknown((Reference(found.base, found.key),))
        return UNKNOWN if isinstance(found, Space | ModuleCall) else found

    def _resource_attribute(self, of: Resources, name: str) -> Any:
        """Return an attribute of a resource as it is configured, where that is known; else that it comes from there."""
        found = self._remembered((of.base, str(of.key), name), lambda: self._configured(of, name))
        reference = (Reference(of.base, of.key, name),)
        if isinstance(found, str):
            return Linked(found, reference)
        return Unknown(reference) if found is None or (has_unknown(found) and not _is_document(of, name)) else found

    def _configured(self, of: Resources, name: str) -> Any:
        instance = self._instance(of)
        if instance is None:
            return None
        if _is_document(of, name):
            return rendered(self.expander.attributes(of.block, instance)) if self.expander is not None else None
        attribute = of.block.body.attributes.get(name)
        return None if attribute is None else self.evaluator.value(attribute.value, instance.names)

    def _instance(self, of: Resources) -> Instance | None:
        found = self.expander.instances(of.block) if self.expander is not None else None
        if not found:
            return None
        return next((one for one in found if one.key == of.key), found[0])


def _is_document(of: Resources, name: str) -> bool:
    return of.is_data and of.block.labels[:1] == (DOCUMENT,) and name in {"json", "minified_json"}
