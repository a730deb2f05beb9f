"""Every rule there is: the built-in pages and the user's own folders, as one set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.errors import UsageError
from secloop.rules import pack
from secloop.rules.base import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from secloop.model.enums import Severity
    from secloop.model.rule import Rule


PACK = Path(__file__).with_name(pack.NAME)
"""The pack of a wheel (importlib.resources costs 10 ms to import); a checkout has none."""


def builtin(*, prose: bool = False) -> RuleSet:
    """Return the built-in rules: from the wheel's pack, or compiled and cached in an editable install.

    Without `prose` the rules have no documentation and no cases: what a scan needs, and fast to read.
    Raises: UsageError for a page that is wrong (only in a checkout), or a pack of another version.
    """
    return RuleSet(_builtin(prose=prose))


def load(folders: Sequence[Path], severity: Mapping[str, Severity] | None = None, *, prose: bool = False) -> RuleSet:
    """Return the built-in rules and those of the user's `folders` (absent ones are skipped), severities overridden.

    `severity` maps page ids, matcher rule ids or aliases to a severity.
    Raises: UsageError for a wrong page, or an id or alias that is already taken.
    """
    rules = [*_builtin(prose=prose)]
    for folder in folders:
        rules += user_rules(folder, prose=prose)
    check_ids(rules)
    aliases = {alias: rule.id for rule in rules for alias in rule.aliases}
    return RuleSet(rules, {aliases.get(name, name): value for name, value in (severity or {}).items()})


def user_rules(folder: Path, *, prose: bool = True) -> tuple[Rule, ...]:
    """Return the rules of the pages in a user's folder and its subfolders; none where it is absent.

    `README.md` is no page. Raises: UsageError for a wrong page, or a link that leaves the folder.
    """
    return pack.cached([folder], pack.user_pages(folder), prose=prose)


def rules_at(path: Path) -> tuple[Rule, ...]:
    """Return the rules, with prose and cases, of one page or of a folder of pages.

    Raises: UsageError for a wrong page, an id given twice, or a path that holds none.
    """
    if path.is_dir():
        rules = user_rules(path)
        check_ids(rules)
    elif path.exists():
        rules = pack.parse([pack.page_file(path)])
    else:
        raise UsageError(f"there is no page {path}", "Name a page or a folder of pages")
    if not rules:
        raise UsageError(f"the folder {path} holds no pages", "`secloop rules new ID` writes one")
    return rules


def check_ids(rules: Iterable[Rule]) -> None:
    """Refuse two pages that share an id or an alias. Raises: UsageError that names both."""
    owners: dict[str, Rule] = {}
    for rule in rules:
        for name in (rule.id, *rule.aliases):
            other = owners.setdefault(name, rule)
            if other is not rule:
                what = f"{rule.source}:1: the rule id {name} is taken by {other.source}"
                raise UsageError(what, "Give the page another id (and file name)")


def _builtin(*, prose: bool) -> tuple[Rule, ...]:
    if PACK.is_file():
        return pack.unpack(PACK.read_bytes(), prose=prose)
    root = Path(__file__).parents[1]
    rules = pack.cached([root], pack.builtin_pages(root), prose=prose)
    check_ids(rules)
    return rules
