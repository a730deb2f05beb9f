"""From a root module to its resources: modules are called, blocks become instances, each with its attributes.

1. The root's variables come from the files beside it, then from defaults; what is left is unknown.
2. Modules that are called by a local path are called for each instance, within bounds and never within themselves.
3. Every resource, data source, provider and module call becomes a `Raw`, which the normaliser takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secloop.resources.normal import Raw
from secloop.resources.values import UNKNOWN
from secloop.stages.deploy.iac.hcl.evaluate import MAX_STEPS, TooMuchError
from secloop.stages.deploy.iac.terraform.expand import ALONE, Expander, Instance
from secloop.stages.deploy.iac.terraform.scope import Called, ModuleCall, ModuleScope, Resources, Space
from secloop.stages.deploy.iac.terraform.tree import joined, local_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from secloop.model.resource import Lines
    from secloop.stages.deploy.iac.terraform.tree import Placed, Tree

MAX_CALLS = 2_000
"""Calls of modules below one root."""

MAX_RESOURCES = 50_000
"""Resources below one root."""

MAX_DEPTH = 16
"""Modules that call each other in a row."""

_NOT_ARGUMENTS = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})


class Root:
    """The evaluation of one root module. `problems` are what was left out, one line each with its file."""

    def __init__(self, tree: Tree, folder: str) -> None:
        """Take the files and the root's folder."""
        self.tree = tree
        self.problems: list[tuple[str, str]] = []
        self.folders: set[str] = set()
        self._folder = folder
        self._steps = [MAX_STEPS]
        self._calls = 0
        self._resources = 0

    def resources(self) -> list[Raw]:
        """Return everything below the root."""
        out: list[Raw] = []
        try:
            out.extend(self._module(self._prepared(self._folder, "", self._values(), ())))
        except TooMuchError as error:
            self.problems.append((self._first_file(), error.what))
        return out

    def _values(self) -> dict[str, Any]:
        scope = ModuleScope(self.tree, self._folder, "", {}, self._steps)
        return {name: scope.evaluator.value(one.value) for name, one in self.tree.values(self._folder).items()}

    def _first_file(self) -> str:
        documents = self.tree.blocks(self._folder).documents
        return documents[0].path if documents else self._folder

    def _prepared(self, folder: str, prefix: str, given: Mapping[str, Any], stack: tuple[str, ...]) -> ModuleScope:
        """Return the scope of a module, with those of all modules that it calls."""
        scope = ModuleScope(self.tree, folder, prefix, given, self._steps)
        scope.expander = Expander(scope.evaluator)
        self.folders.add(folder)
        for block in scope.blocks.modules:
            scope.called += self._called(block, scope, (*stack, folder))
        for block, _, inner in scope.called:
            scope.calls.setdefault(block.labels[0], inner)
        return scope

    def _module(self, scope: ModuleScope) -> Iterator[Raw]:
        for block, instance, _ in scope.called:
            yield self._raw(f"module.{block.labels[0]}", "module", block, instance, scope)
        for block in scope.blocks.providers:
            alias = block.body.attributes.get("alias")
            name = f"{block.labels[0]}.{getattr(alias.value, 'value', 'default') if alias else 'default'}"
            yield self._raw(f"provider.{name}", f"provider.{block.labels[0]}", block, ALONE, scope)
        for block in scope.blocks.resources:
            yield from self._instances(block, scope)
        for _, _, inner in scope.called:
            if inner is not None:
                yield from self._module(inner)

    def _instances(self, block: Placed, scope: ModuleScope) -> Iterator[Raw]:
        assert scope.expander is not None  # noqa: S101 - set where the scope is made
        type_, name = block.labels
        data = "data." if block.type == "data" else ""
        found = scope.expander.instances(block)
        for instance in (ALONE,) if found is None else found:
            self._resources += 1
            if self._resources > MAX_RESOURCES:
                raise TooMuchError(f"more than {MAX_RESOURCES} resources")
            yield self._raw(f"{data}{type_}.{name}", f"{data}{type_}", block, instance, scope)

    def _raw(self, name: str, type_: str, block: Placed, instance: Instance, scope: ModuleScope) -> Raw:
        assert scope.expander is not None  # noqa: S101 - set where the scope is made
        lines: dict[str, Lines] = {}
        attrs = scope.expander.attributes(block, instance, lines)
        base = f"{scope.prefix}{name}"
        return Raw(
            type_,
            base + _suffix(instance.key),
            base,
            instance.key,
            {key: _settled(value) for key, value in attrs.items()},
            block.path,
            block.line,
            block.end_line,
            lines,
        )

    def _called(self, block: Placed, scope: ModuleScope, stack: tuple[str, ...]) -> Iterator[Called]:
        """Yield the instances of a call with the scope of each; None for a module that is not at hand."""
        assert scope.expander is not None  # noqa: S101 - set where the scope is made
        source = local_source(block)
        folder = joined(scope.folder, source) if source is not None else None
        found = scope.expander.instances(block)
        for instance in (ALONE,) if found is None else found:
            if folder is None or not self.tree.has(folder) or not self._may_call(block, folder, stack):
                yield Called(block, instance, None)
                continue
            given = {
                name: _settled(scope.evaluator.value(one.value, instance.names))
                for name, one in block.body.attributes.items()
                if name not in _NOT_ARGUMENTS
            }
            prefix = f"{scope.prefix}module.{block.labels[0]}{_suffix(instance.key)}."
            yield Called(block, instance, self._prepared(folder, prefix, given, stack))

    def _may_call(self, block: Placed, folder: str, stack: tuple[str, ...]) -> bool:
        self._calls += 1
        if folder in stack:
            self.problems.append((block.path, f"module {block.labels[0]} calls itself"))
        elif len(stack) >= MAX_DEPTH or self._calls > MAX_CALLS:
            self.problems.append((block.path, f"module {block.labels[0]} is one of too many calls"))
        else:
            return True
        return False


def _settled(value: Any) -> Any:
    """Return a value without names of a scope: whole resources and modules are unknown values that come from there."""
    from secloop.resources.values import Reference, Unknown

    if isinstance(value, Resources):
        return Unknown((Reference(value.base, value.key),))
    if isinstance(value, Space | ModuleCall):
        return UNKNOWN
    if isinstance(value, list):
        return [_settled(one) for one in value]
    if isinstance(value, dict):
        return {key: _settled(one) for key, one in value.items()}
    return value


def _suffix(key: str | int | None) -> str:
    """Return an instance key as an address writes it."""
    if key is None:
        return ""
    return f'["{key}"]' if isinstance(key, str) else f"[{key}]"
