"""The secrets sensor: bytes of a file to findings that never hold the secret."""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from secloop.model.coverage import Partial
from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.finding import Finding, Suppression, ToolRef
from secloop.model.ids import secret_identity
from secloop.model.places import CodeSpan
from secloop.scan.base import FileGroup, Flag, SensorInfo, Settings, SourceFile
from secloop.stages.code.secrets.compiled import read_rules
from secloop.stages.code.secrets.context import FileContext, file_context
from secloop.stages.code.secrets.detect import Detector, line_around
from secloop.stages.code.secrets.doubt import Doubt
from secloop.stages.code.secrets.formats.base import Foreign, Seen
from secloop.stages.code.secrets.formats.project import read_project
from secloop.stages.code.secrets.keyforms import is_keystore
from secloop.stages.code.secrets.libraries import library_version
from secloop.stages.code.secrets.prefilter import JoinedPrefilter, best_prefilter, cache_folder
from secloop.stages.code.secrets.redact import excerpt, redact
from secloop.stages.code.secrets.strength import guessable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from secloop.model.finding import Observation
    from secloop.rules.base import RuleSet
    from secloop.scan.base import FileMeta, GroupUnit
    from secloop.stages.code.secrets.compiled import CompiledRule
    from secloop.stages.code.secrets.detect import Hit
    from secloop.stages.code.secrets.formats.base import PathRule
    from secloop.stages.code.secrets.prefilter import Prefilter

VERSION = "3"
"""Changes when the same rules could give other findings, so that cached results are not used."""

_ANY = Doubt()
_NOWHERE = FileContext(path="", type="text", noisy=False, fixture=False)
_WINDOW = 400
_KEYSTORE_BYTES = 3 << 14  # a binary keystore is looked at as the base64 that manifests hold it in
_PLAIN_SHARE = 0.95
"""The analysed share of a file whose plain text was looked at whole: above the floor, so a note and no failure."""


class SecretsSensor:
    """Finds secrets in text files, lock files and bundles included; generic rules stay off where names mean little."""

    info = SensorInfo(name="secrets", version=VERSION, stage=Stage.CODE, kinds=(Kind.SECRET,))

    def __init__(self) -> None:
        """Create an unconfigured sensor; `configure` comes before `scan`."""
        self._detector: Detector | None = None
        self._foreign = Foreign()
        self._key = Settings().identity_key
        self._last: tuple[FileMeta | None, FileContext] = (None, _NOWHERE)
        self._suspected: dict[int, tuple[SourceFile, Doubt]] = {}

    def configure(self, settings: Settings, rules: RuleSet) -> str:
        """Compile the secret rules, the project's own of other tools too; return the digest of all that decides.

        Raises: UsageError.
        """
        own = rules.for_engine("secret")
        folder = cache_folder(settings.root)
        compiled, prefilter = _ready(rules, folder)
        self._foreign = read_project(Path(settings.root), compiled)
        if self._foreign.rules:
            prefilter = JoinedPrefilter(prefilter, len(compiled), best_prefilter(self._foreign.rules, folder))
        self._detector = Detector([*compiled, *self._foreign.rules], prefilter)
        self._key = settings.identity_key
        key = hashlib.sha256(b"secrets" + settings.identity_key).hexdigest()
        parts = (own.digest, key, VERSION, _re2_version(), self._foreign.digest)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    def wants(self, file: FileMeta) -> bool:
        """Want every file that is text, keystores, and those that a foreign rule reports by their path."""
        if file.size <= 0:
            return False
        if not file.flags or Flag.BINARY not in file.flags or is_keystore(file.head):
            return True
        return any(rule.matches(file.path) for rule in self._foreign.paths)

    def group(self, files: Sequence[FileMeta]) -> Iterable[FileGroup]:
        """Return nothing: files are scanned one by one."""
        del files
        return ()

    def scan(self, unit: SourceFile | GroupUnit) -> Iterable[Observation]:
        """Return a finding per secret, what other tools' files hide of them, and a Partial where there are too many."""
        if not isinstance(unit, SourceFile):
            raise TypeError("the secrets sensor scans files")
        file, doubt = self._suspected.get(id(unit), (unit, _ANY))  # of the last look at many files
        return self.scan_part(unit, doubt=doubt if file is unit else _ANY)

    def scan_part(
        self, unit: SourceFile, *, above: int = 0, commit: str = "", doubt: Doubt = _ANY
    ) -> Iterable[Observation]:
        """Scan a file, or the part of it that starts `above` lines down, as `commit` brought it.

        Places are those in the part. Other tools' files name lines of the whole, and commits. `doubt` is what
        `suspects` said of it.
        """
        if self._detector is None:
            raise RuntimeError("the secrets sensor scans after configure()")
        observations: list[Observation] = [*by_path(self._foreign.paths, unit, self._key)]
        if is_keystore(unit.meta.head):
            unit = SourceFile(unit.meta, base64.b64encode(unit.data[:_KEYSTORE_BYTES]))
        elif Flag.BINARY in unit.meta.flags:
            return observations
        detection = self._detector.detect(unit.data, self._context(unit.meta), doubt)
        hits, suppressions = self._admitted(detection.hits, [Seen(hit, unit, commit, above) for hit in detection.hits])
        observations += [self._finding(unit, hit, detection.hits) for hit in hits]
        observations += suppressions
        if detection.truncated:
            reason = f"more hits than are kept: {', '.join(detection.truncated)}"
            observations.append(Partial(reason=reason, share=0.5, file=unit.path, sensor=self.info.name))
        if detection.cut:
            reason = "more encoded text than is decoded"
            observations.append(Partial(reason=reason, share=_PLAIN_SHARE, file=unit.path, sensor=self.info.name))
        return observations

    def suspects(self, files: Sequence[SourceFile]) -> dict[int, Doubt]:
        """Return the numbers of the files, or parts of files, that are worth a scan, which returns nothing of others.

        They are looked at together, which costs much less than one by one where most hold nothing.
        """
        if self._detector is None:
            raise RuntimeError("the secrets sensor scans after configure()")
        if self._foreign.paths:
            return dict.fromkeys(range(len(files)), _ANY)
        stores = {n: _ANY for n, file in enumerate(files) if is_keystore(file.meta.head)}
        binary = {n for n, file in enumerate(files) if file.meta.flags and Flag.BINARY in file.meta.flags}
        texts = [n for n in range(len(files)) if n not in stores and n not in binary]
        found = self._detector.suspects([files[n].data for n in texts], [self._context(files[n].meta) for n in texts])
        suspected = stores | {texts[n]: doubt for n, doubt in found.items()}
        self._suspected = {id(files[n]): (files[n], doubt) for n, doubt in suspected.items()}
        return suspected

    def kind(self, meta: FileMeta) -> Hashable:
        """Return what files share that give the same findings for the same text; None for one that is like no other."""
        foreign = self._foreign.rules or self._foreign.paths or self._foreign.hiders
        binary = meta.flags and Flag.BINARY in meta.flags
        if self._detector is None or foreign or binary or is_keystore(meta.head):
            return None
        return self._detector.kind(self._context(meta))

    def stands_alone(self, doubt: Doubt) -> bool:
        """Return whether what was suspected in a text has no bearing on what stands near it in another."""
        return self._detector is not None and self._detector.stands_alone(doubt)

    def _context(self, meta: FileMeta) -> FileContext:
        """Return a file's context; versions of one file follow each other, mostly with the same first bytes."""
        last, context = self._last
        if last is not meta and (
            last is None or (last.path, last.head, last.flags) != (meta.path, meta.head, meta.flags)
        ):
            context = file_context(meta)
            self._last = meta, context
        return context

    def _admitted(self, hits: Sequence[Hit], seen: Sequence[Seen]) -> tuple[Sequence[Hit], list[Suppression]]:
        """Return the hits, and a suppression for those that other tools' files hide.

        A suppression covers a rule on a line. Where the rule has another hit there that nothing hides, the hidden one
        is left out instead.
        """
        if not self._foreign.hiders:
            return hits, []
        placed = [((one.hit.rule.rule_id, one.file.position(one.hit.start)[0]), self._foreign.why(one)) for one in seen]
        news = {place for place, why in placed if not why}
        kept = [hit for hit, (place, why) in zip(hits, placed, strict=True) if not why or place not in news]
        known = {place: why for place, why in placed if place not in news}
        return kept, [_suppression(seen[0].file.path, line, rule, why) for (rule, line), why in sorted(known.items())]

    def finish(self, facts: Sequence[Observation], known: Mapping[str, bytes]) -> Iterable[Observation]:
        """Return nothing: a secret depends on its own file only."""
        del facts, known
        return ()

    def _finding(self, file: SourceFile, hit: Hit, hits: Sequence[Hit]) -> Finding:
        page, matcher, rule_id = hit.rule.page, hit.rule.matcher, hit.rule.rule_id
        line, column = file.position(hit.start)
        end_line, end_column = file.position(hit.end)
        shown = redact(hit.value, hit.rule.prefixes)
        title = matcher.title or page.title
        return Finding(
            kind=Kind.SECRET,
            stage=Stage.CODE,
            rule=rule_id,
            title=title,
            message=f"{title}: {shown}",
            severity=matcher.severity or page.severity,
            confidence=hit.confidence,
            audience=page.audience,
            place=CodeSpan(file=file.path, line=line, end_line=end_line, column=column, end_column=end_column),
            identity=_identity(self._key, normalised(hit.value)),
            cwe=matcher.cwe if matcher.cwe is not None else page.cwe,
            controls=page.controls,
            threats=page.threats,
            excerpt=_excerpt(file, hit, hits),
            evidence=hit.evidence,
            tools=(ToolRef(tool="secloop", rule=rule_id),),
        )


@lru_cache(maxsize=2)
def _ready(rules: RuleSet, folder: Path | None) -> tuple[list[CompiledRule], Prefilter]:
    """Return the compiled rules and their prefilter; a scan asks again, for the names of files. Raises: UsageError."""
    compiled = read_rules(rules)
    return compiled, best_prefilter(compiled, folder)


def _suppression(path: str, line: int, rule: str, reason: str) -> Suppression:
    return Suppression(file=path, line=line, first=line, last=line, tool="gitleaks", rules=(rule,), reason=reason)


def by_path(rules: Sequence[PathRule], file: SourceFile, key: bytes) -> Iterable[Finding]:
    """Yield a finding for each foreign rule that reports the file by its path: the whole file is the secret."""
    for rule in rules:
        if rule.matches(file.path):
            content = hashlib.sha256(file.data).hexdigest()
            yield Finding(
                kind=Kind.SECRET,
                stage=Stage.CODE,
                rule=rule.rule_id,
                title=rule.title,
                message=f"{rule.title}: found by its name",
                severity=Severity.HIGH,
                confidence=Confidence.MEDIUM,
                place=CodeSpan(file=file.path, line=1, end_line=1, column=1, end_column=1),
                identity=_identity(key, content),
                evidence={"detector": rule.rule_id},
                tools=(ToolRef(tool="secloop", rule=rule.rule_id),),
            )


def normalised(value: str) -> str:
    """Return the value as its identity sees it: a PEM block without white space and line-end escapes, else as it is."""
    if not value.startswith("-----BEGIN"):
        return value
    return "".join(value.replace("\\r", "").replace("\\n", "").split())


@lru_cache(maxsize=8192)
def _identity(key: bytes, value: str) -> tuple[str, ...]:
    return secret_identity(key, value, guessable(value))


def _excerpt(file: SourceFile, hit: Hit, hits: Sequence[Hit]) -> str:
    """Return the line on which a secret starts, redacted; of a long line what stands around the secret.

    Where the line is cut, the run of characters at the cut goes too: it could be the rest of another secret.
    """
    line_start, line_end = line_around(file.data, hit.start, hit.start)
    start, end = max(line_start, hit.start - _WINDOW), min(line_end, max(hit.start, min(hit.end, line_end)) + _WINDOW)
    if start > line_start:
        start += _run(file.data[start : hit.start])
    if end < line_end:
        end -= _run(file.data[max(start, end - _WINDOW) : end][::-1])
    text = file.data[start:end].decode("utf-8", "replace").rstrip("\r")
    return excerpt(text, _within(hits, file.data, start, end))


def _run(chunk: bytes) -> int:
    """Return how many bytes come before the first blank."""
    return next((i for i, byte in enumerate(chunk) if byte in b" \t"), len(chunk))


def _within(hits: Sequence[Hit], data: bytes, start: int, end: int) -> list[tuple[int, int, str, str]]:
    """Return (start, end, text, redacted) of the part of each secret in [start, end), in characters from `start`."""
    parts = []
    first = max(0, bisect_right(hits, start, key=lambda hit: hit.start) - 1)
    for i in range(first, len(hits)):
        hit = hits[i]
        if hit.start >= end:
            break
        if hit.end > start:
            text = data[max(hit.start, start) : min(hit.end, end)].decode("utf-8", "replace").rstrip("\r")
            before = len(data[start : max(hit.start, start)].decode("utf-8", "replace"))
            parts.append((before, before + len(text), text, redact(hit.value, hit.rule.prefixes)))
    return parts


def _re2_version() -> str:
    return f"re2 {library_version('re2', 'google-re2')}"
