"""All that other tools left in a project, in one value. The presence of a file is the switch."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from secloop.stages.code.secrets.formats.base import Foreign, known_names, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from secloop.model.rule import Matcher, Rule
    from secloop.stages.code.secrets.compiled import CompiledRule
    from secloop.stages.code.secrets.formats.base import Hider
    from secloop.stages.code.secrets.spec import MatchSpec

_CONFIGS = (".gitleaks.toml", ".betterleaks.toml")
_FILES = (*_CONFIGS, ".gitleaksignore", ".betterleaksignore", ".secrets.baseline", ".gitallowed")


def read_project(root: Path, ours: Iterable[CompiledRule] = ()) -> Foreign:
    """Return the rules and hiders of the files at `root`. Raises: UsageError, one line, where a file is broken.

    `ours` are the built-in rules, which the files may name by other tools' ids for them. A project has one
    configuration: `.betterleaks.toml` counts where there is no `.gitleaks.toml`, as Betterleaks reads them.
    """
    present = [name for name in _FILES if (root / name).is_file()]
    from secloop.stages.code.secrets.formats.git_secrets import read_patterns

    patterns = read_patterns(root)
    if not present and patterns is None:
        return Foreign()
    from secloop.stages.code.secrets.formats import detect_secrets, ignorefile
    from secloop.stages.code.secrets.formats.compiling import CompiledConfig, compile_config
    from secloop.stages.code.secrets.formats.gitleaks import read_config

    made, sources = CompiledConfig(), set(present)
    config = next((one for name in _CONFIGS if (one := read_config(root / name, root))), None)
    if config is not None:
        made, sources = compile_config(config, known_names(ours)), sources | set(config.files)
    hiders: list[Hider] = [*made.hiders]
    hiders += [known for name in ignorefile.FILES if (known := ignorefile.read_fingerprints(name, root))]
    if baseline := detect_secrets.read_baseline(root):
        hiders.append(baseline)
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + hashlib.sha256(read_bytes(root / name, root) or b"").digest())
    if patterns is not None:
        made.rules += patterns.rules
        hiders += patterns.hiders
        digest.update(patterns.digest.encode())
    return Foreign(tuple(made.rules), tuple(made.paths), tuple(hiders), digest.hexdigest())


def listed_rules(root: Path) -> list[tuple[Rule, Matcher]]:
    """Return the rules of the files at `root`, each with the page it would stand on; its `source` is the file.

    A matcher's `match` holds the rule's regex, path and keywords. Raises: UsageError where a file is broken.
    """
    foreign = read_project(root)
    if not (foreign.rules or foreign.paths):
        return []
    from secloop.stages.code.secrets.formats.compiling import page_of
    from secloop.stages.code.secrets.spec import MatchSpec

    rows = [_listed(rule.page, rule.matcher.id, rule.matcher.title, rule.spec) for rule in foreign.rules]
    for one in foreign.paths:
        path = MatchSpec(regex="", path=one.path.pattern.decode("latin-1"))
        rows.append(_listed(page_of(one.source), one.rule_id.partition(".")[2], one.title, path))
    return rows


def _listed(page: Rule, name: str, title: str | None, spec: MatchSpec) -> tuple[Rule, Matcher]:
    from secloop.model.rule import Matcher

    said = {"regex": spec.regex, "path": spec.path, "keywords": list(spec.keywords)}
    matcher = Matcher(
        id=name,
        match={key: value for key, value in said.items() if value},
        title=title,
        severity=page.severity,
        confidence=page.confidence,
        cwe=page.cwe,
    )
    return page, matcher
