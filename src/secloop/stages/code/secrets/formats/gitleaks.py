"""Gitleaks' configuration, read as Gitleaks reads it, into rules and allowlists of the engine.

Keys compare without regard to case and unknown ones are passed over, as viper does. `[extend] useDefault` stands for
our own pages, which always run. Source: config/config.go, config/rule.go and config/allowlist.go of Gitleaks 8.30.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from secloop.model.errors import UsageError
from secloop.stages.code.secrets.formats.base import read_bytes
from secloop.stages.code.secrets.formats.betterleaks import read_filter
from secloop.stages.code.secrets.formats.tables import Table
from secloop.stages.code.secrets.spec import Allowlist, Required

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = ".gitleaks.toml"
_MAX_EXTEND = 2
_MAX_BYTES = 2 << 20
_MAX_RULES = 5000
_CONDITIONS = {"": "OR", "OR": "OR", "||": "OR", "AND": "AND", "&&": "AND"}
_TARGETS = {"": "secret", "secret": "secret", "match": "match", "line": "line"}


@dataclass(frozen=True, kw_only=True)
class GitleaksRule:
    """A rule's table. Without `regex` and `path` it only changes a rule of the default configuration."""

    id: str
    description: str = ""
    regex: str = ""
    path: str = ""
    secret_group: int = 0
    entropy: float = 0.0
    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    allowlists: tuple[Allowlist, ...] = ()
    required: tuple[Required, ...] = ()
    skip_report: bool = False

    def over(self, base: GitleaksRule) -> GitleaksRule:
        """Return `base` as this rule of the extending file changes it; lists add up, the rest replaces."""
        return replace(
            base,
            description=self.description or base.description,
            regex=self.regex or base.regex,
            path=self.path or base.path,
            secret_group=self.secret_group or base.secret_group,
            entropy=self.entropy or base.entropy,
            keywords=base.keywords + self.keywords,
            tags=base.tags + self.tags,
            allowlists=base.allowlists + self.allowlists,
        )


@dataclass(kw_only=True)
class GitleaksConfig:
    """A configuration with all that it extends. `allowlists` hold everywhere, `targeted` for one rule id each."""

    rules: dict[str, GitleaksRule] = field(default_factory=dict)
    allowlists: list[Allowlist] = field(default_factory=list)
    targeted: list[tuple[str, Allowlist]] = field(default_factory=list)
    disabled: frozenset[str] = frozenset()
    use_default: bool = False
    files: tuple[str, ...] = ()


def read_config(path: Path, root: Path) -> GitleaksConfig | None:
    """Return the configuration at `path`, below `root`; None where there is no such file.

    Raises: UsageError, one line with the file, where it is broken or leads out of the root.
    """
    data = read_bytes(path, root, _MAX_BYTES)
    if data is None:
        return None
    config = _translate(data, path, root, depth=0)
    _validate(config, _shown(path, root))
    return config


def _translate(data: bytes, path: Path, root: Path, *, depth: int) -> GitleaksConfig:
    where = _shown(path, root)
    table = Table(where, "", _parse(data, where))
    config = GitleaksConfig(files=(where,))
    for rule in (_rule(one) for one in table.tables("rules")):
        config.rules[rule.id] = rule
    for one in table.tables("allowlists", "allowlist"):
        allowlist = _allowlist(one)
        targets = one.strings("targetRules")
        config.targeted += [(target, allowlist) for target in targets]
        if not targets:
            config.allowlists.append(allowlist)
    for key in ("filter", "prefilter"):
        config.allowlists += read_filter(table.string(key)).allowlists
    extend = next(table.tables("extend"), Table(where, "extend", {}))
    config.use_default = extend.flag("useDefault")
    config.disabled = frozenset(extend.strings("disabledRules"))
    if depth < _MAX_EXTEND and (name := extend.string("path")):
        if config.use_default:
            raise extend.error("path and useDefault cannot both be set")
        _extend(config, extend, path.parent / name, root, depth=depth)
    return config


def _extend(config: GitleaksConfig, extend: Table, path: Path, root: Path, *, depth: int) -> None:
    """Take over what the file at `path` says and `config` does not change."""
    data = read_bytes(path, root, _MAX_BYTES)
    if data is None:
        raise extend.error(f"there is no file {_shown(path, root)}")
    base = _translate(data, path, root, depth=depth + 1)
    for name, rule in base.rules.items():
        if name not in config.disabled:
            config.rules[name] = config.rules[name].over(rule) if name in config.rules else rule
    config.allowlists += base.allowlists
    config.targeted += base.targeted
    config.use_default = base.use_default
    config.disabled |= base.disabled
    config.files += base.files


def _parse(data: bytes, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as problem:
        raise UsageError(f"{where}: {problem}", "Correct the file, or remove it") from None


def _rule(table: Table) -> GitleaksRule:
    name = table.string("id").strip()
    if not name:
        raise table.error("a rule has no id")
    table = replace(table, place=f"rule {name}")
    dropped = read_filter(table.string("filter"))
    return GitleaksRule(
        id=name,
        description=table.string("description"),
        regex=table.string("regex"),
        path=table.string("path"),
        secret_group=table.whole("secretGroup") or 0,
        entropy=max(table.number("entropy"), dropped.entropy),
        keywords=table.strings("keywords"),
        tags=table.strings("tags"),
        allowlists=(*map(_allowlist, table.tables("allowlists", "allowlist")), *dropped.allowlists),
        required=tuple(_required(one) for one in table.tables("required")),
        skip_report=table.flag("skipReport"),
    )


def _required(table: Table) -> Required:
    if not (name := table.string("id")):
        raise table.error("the id of the required rule is empty")
    return Required(id=name, within_lines=table.whole("withinLines"), within_columns=table.whole("withinColumns"))


def _allowlist(table: Table) -> Allowlist:
    condition, target = table.string("condition").upper(), table.string("regexTarget")
    if condition not in _CONDITIONS:
        raise table.error(f"condition {condition!r} is not AND or OR")
    if target not in _TARGETS:
        raise table.error(f"regexTarget {target!r} is not secret, match or line")
    made = Allowlist(
        description=table.string("description"),
        condition="AND" if _CONDITIONS[condition] == "AND" else "OR",
        regex_target=_target(target),
        regexes=table.strings("regexes"),
        stopwords=table.strings("stopwords"),
        paths=table.strings("paths"),
        commits=tuple(commit.strip().lower() for commit in table.strings("commits")),
    )
    if not (made.regexes or made.stopwords or made.paths or made.commits):
        raise table.error("an allowlist needs commits, paths, regexes or stopwords")
    return made


def _target(name: str) -> Any:
    """Return a target that `_TARGETS` holds, as msgspec's literal."""
    return _TARGETS[name]


def _validate(config: GitleaksConfig, where: str) -> None:
    for problem in _problems(config):
        raise UsageError(f"{where}: {problem}", "Correct the file, or remove it")


def _problems(config: GitleaksConfig) -> Iterator[str]:
    if len(config.rules) > _MAX_RULES:
        yield f"more than {_MAX_RULES} rules"
    for rule in config.rules.values():
        if not rule.regex and not rule.path and not config.use_default:
            yield f"rule {rule.id}: both regex and path are empty, so it can find nothing"
        for required in rule.required:
            if required.id not in config.rules:
                yield f"rule {rule.id}: the required rule {required.id!r} does not exist"
    for target, _ in config.targeted:
        if target not in config.rules and not config.use_default:
            yield f"allowlists: the target rule {target!r} does not exist"


def _shown(path: Path, root: Path) -> str:
    resolved = path.resolve()
    return resolved.relative_to(root.resolve()).as_posix() if resolved.is_relative_to(root.resolve()) else str(path)
