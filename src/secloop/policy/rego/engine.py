"""Rego behind a thin interface: load modules and data, ask a rule. Microsoft's regorus does the work.

The package is an extra. Modules are rewritten first (fixups.py), so that they mean what they mean to OPA.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from secloop.model.errors import MissingExtraError, UsageError
from secloop.policy.rego.fixups import fixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_SOURCE = 1 << 20
"""Characters of one module, above which it is refused."""


class RegoError(UsageError):
    """A module cannot be read, or a rule fails on its input."""


class Rules:
    """Modules with their data, ready to be asked."""

    def __init__(self, modules: Iterable[tuple[str, str]], data: Mapping[str, Any], *, v0: bool = True) -> None:
        """Load modules (name, source) and data; `v0` reads the language as it was before OPA 1.0.

        Raises: RegoError for a module that is no Rego, MissingExtraError where the engine is not installed.
        """
        try:
            import regorus
        except ImportError as error:
            raise MissingExtraError(
                "Rego policies need the package gordon-to-regorus", "Install it: pip install 'secloop[rego]'"
            ) from error
        self._engine = regorus.Engine()
        self._engine.set_rego_v0(v0)
        self.packages: list[str] = []
        for name, source in modules:
            self.packages.append(self._load(name, source))
        self._engine.add_data_json(json.dumps(data))

    def ask(self, rule: str, given: Any) -> Any:
        """Return the value of a rule such as `data.shop.deny` on an input; None if it is undefined. Raises: RegoError.

        A set is a list.
        """
        try:
            self._engine.set_input_json(json.dumps(given))
            answer = json.loads(self._engine.eval_rule_as_json(rule))
        except (RuntimeError, ValueError) as error:
            raise RegoError(f"{rule} cannot be evaluated: {_said(str(error))}") from error
        return None if answer == "<undefined>" else answer

    def _load(self, name: str, source: str) -> str:
        if len(source) > MAX_SOURCE:
            raise RegoError(f"{name} is longer than {MAX_SOURCE} characters", "Split it")
        try:
            return str(self._engine.add_policy(name, fixed(source)))
        except (RuntimeError, ValueError) as error:
            raise RegoError(f"{name} is no Rego: {_said(str(error))}", "Correct the module") from error


def _said(message: str) -> str:
    """Return what the engine says, without its drawing of the place and the stack."""
    lines = message.partition("Stack backtrace")[0].splitlines()
    said = next((line.removeprefix("error:").strip() for line in lines if line.startswith("error:")), "")
    place = next((line.strip().removeprefix("--> ") for line in lines if "-->" in line), "")
    return f"{place}: {said}" if said and place else (said or " ".join(message.split())[:200])
