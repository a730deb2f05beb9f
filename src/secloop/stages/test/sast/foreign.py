"""Rules that people already have: files of Semgrep's format, as pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from secloop.model.enums import Confidence, Kind, RuleState, Severity, Stage
from secloop.model.rule import Matcher, Rule
from secloop.stages.test.sast.fixes import foreign_fix
from secloop.stages.test.sast.fronts import canonical
from secloop.stages.test.sast.languages import LANGUAGES, NAME
from secloop.stages.test.sast.semgrep.formula import BadRuleError, load_rules
from secloop.stages.test.sast.semgrep.rule import read_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ENDS = (".yaml", ".yml")
TOLD_APART = frozenset(
    {"id", "message", "severity", "metadata", "languages", "fix", "fix-regex", "paths", "min-version"}
)
"""Keys of a rule that are no part of what it looks for."""
_SEVERITY = {
    "ERROR": Severity.HIGH,
    "WARNING": Severity.MEDIUM,
    "INFO": Severity.LOW,
    "INVENTORY": Severity.INFO,
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}
_CONFIDENCE = {"HIGH": Confidence.HIGH, "MEDIUM": Confidence.MEDIUM, "LOW": Confidence.LOW}
_CWE = re.compile(r"CWE-(\d+)", re.IGNORECASE)
LARGEST = 8 << 20


class Foreign:
    """Pages made of rules of Semgrep's format, and what could not be read of them (one line each)."""

    def __init__(self, paths: Sequence[Path], languages: Sequence[str] = ()) -> None:
        """Read files, and the files of folders. `languages` keeps the rules of these alone."""
        self.pages: list[Rule] = []
        self.problems: list[str] = []
        wanted = {canonical(name) for name in languages} or set(LANGUAGES)
        for path in paths:
            for file in _files(path):
                self._read(file, wanted)

    def _read(self, file: Path, wanted: set[str]) -> None:
        try:
            specs = load_rules(_text(file))
        except OSError as problem:
            self.problems.append(f"{file}: {problem.strerror}")
            return
        except BadRuleError as problem:
            self.problems.append(f"{file}: {problem.what}")
            return
        for spec in specs:
            try:
                page = _page(spec, file, wanted)
            except BadRuleError as problem:
                self.problems.append(f"{file}: rule {spec.get('id', '(no id)')}: {problem.what}")
                continue
            if page is not None:
                self.pages.append(page)


def _text(file: Path) -> str:
    if file.stat().st_size > LARGEST:
        raise BadRuleError(f"larger than {LARGEST >> 20} MB")
    return file.read_text("utf-8", "replace")


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from sorted(file for file in path.rglob("*") if file.suffix in ENDS and file.is_file())


def _page(spec: Mapping[str, Any], file: Path, wanted: set[str]) -> Rule | None:
    """Return a rule as a page of one matcher; None where it has no language that is wanted. Raises: BadRuleError."""
    given = spec.get("languages")
    if not isinstance(given, list) or not given:
        raise BadRuleError("no languages")
    languages = tuple(dict.fromkeys(name for name in map(canonical, map(str, given)) if name in wanted))
    if not languages:
        return None
    match = {key: value for key, value in spec.items() if key not in TOLD_APART}
    for language in languages:
        read_rule(match, language)
    metadata = spec.get("metadata") if isinstance(spec.get("metadata"), dict) else {}
    name = str(spec.get("id", "")) or file.stem
    return Rule(
        id=name,
        title=name.replace("-", " "),
        stage=Stage.TEST,
        kind=Kind.WEAKNESS,
        engine=NAME,
        since="",
        state=RuleState.STABLE,
        severity=_SEVERITY.get(str(spec.get("severity", "")).upper(), Severity.MEDIUM),
        confidence=_CONFIDENCE.get(str((metadata or {}).get("confidence", "")).upper(), Confidence.MEDIUM),
        cwe=tuple(int(found) for found in _CWE.findall(str((metadata or {}).get("cwe", "")))),
        matchers=(Matcher(id="match", match=match, languages=languages, fix=foreign_fix(spec)),),
        find=str(spec.get("message", "")).strip(),
        source=str(file),
    )


def _reads(language: str, pattern: str) -> bool:
    try:
        read_rule({"pattern": pattern}, language)
    except BadRuleError:
        return False
    return True


def pattern_page(pattern: str, languages: Sequence[str]) -> Rule:
    """Return a page that looks for one pattern, in those of the languages that read it.

    Raises:
        BadRuleError: none of them does.
    """
    readable = [language for language in languages if _reads(language, pattern)]
    if not readable:
        raise BadRuleError(f"None of {', '.join(languages)} reads the pattern {pattern!r}", "Check its brackets")
    return Rule(
        id="pattern",
        title=pattern.strip().splitlines()[0] if pattern.strip() else "pattern",
        stage=Stage.TEST,
        kind=Kind.WEAKNESS,
        engine=NAME,
        since="",
        state=RuleState.STABLE,
        severity=Severity.INFO,
        confidence=Confidence.HIGH,
        cwe=(),
        matchers=(Matcher(id="match", match={"pattern": pattern}, languages=tuple(readable)),),
    )
