"""The engine `secret`: gives the pages of secret rules their meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop.stages.code.secrets.compiled import problems

if TYPE_CHECKING:
    from secloop.model.rule import Rule


class SecretEngine:
    """Matchers written in Gitleaks' keys, run by Hyperscan and RE2. See `spec.MatchSpec`."""

    name = "secret"

    def validate(self, rule: Rule) -> list[str]:
        """Return what is wrong with the matchers of a secret page, one line each."""
        return list(problems(rule))
