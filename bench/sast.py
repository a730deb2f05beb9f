"""How well programs are read: Semgrep's patterns and rules, and the OWASP Benchmarks with our own pack.

  sast.py patterns TREE              opengrep's or Semgrep's own pattern tests, exact lines
  sast.py rules TREE                 semgrep-rules against their annotated files, exact id and line
  sast.py owasp TREE                 an OWASP-Benchmark-like suite (expectedresults*.csv), mean Youden over categories
  sast.py mutated TREE OUT LANGUAGE  the same beside a copy with other names, constants, positions and branches
  sast.py annotated TREE SCORER      our own pack on semgrep-rules' annotated Python security files, by CWE; SCORER is
                                     a Python file: `same_weakness(wanted, reported)` says which CWEs are one
  sast.py quiet TREE...              what our own pack says of trees that are held to be sound, per rule

`--why` names what is wrong. Nothing here fetches anything.
"""

from __future__ import annotations

import argparse
import csv
import re
import runpy
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from mutate import mutate

from secloop.model.facts import ConfigKeys, Flows
from secloop.model.finding import Finding
from secloop.model.places import CodeSpan
from secloop.rules.base import RuleSet
from secloop.rules.index import builtin
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.doubt import is_for_tests
from secloop.stages.test.sast.families import family_of
from secloop.stages.test.sast.foreign import Foreign
from secloop.stages.test.sast.fronts import front_of
from secloop.stages.test.sast.languages import LANGUAGES, NAME
from secloop.stages.test.sast.pattern.parse import UnreadablePatternError, parse
from secloop.stages.test.sast.semgrep.evaluate import File
from secloop.stages.test.sast.sensor import SastSensor
from secloop.syntax.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLDERS = {
    "python": ("python", (".py",)),
    "js": ("javascript", (".js", ".jsx")),
    "ts": ("typescript", (".ts", ".tsx")),
    "java": ("java", (".java",)),
    "go": ("go", (".go",)),
}
ENDS = (".py", ".js", ".jsx", ".ts", ".tsx", ".java", ".go")
MARKED = re.compile(r"(ERROR|MATCH):")
NOTE = re.compile(r"(?<![a-z])(ruleid|ok|todoruleid|todook|deepruleid|deepok|proruleid):\s*([\w.\-, ]+)")
HASHES_AND_CIPHERS = {327, 328}
"""CWEs that suites and tools use for each other, as the scorer of the suites allows."""


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--why", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("patterns", "rules", "owasp", "mutated"):
        command = commands.add_parser(name)
        command.add_argument("tree", type=Path)
        if name == "mutated":
            command.add_argument("out", type=Path)
            command.add_argument("language", choices=("python", "java"))
    command = commands.add_parser("annotated")
    command.add_argument("tree", type=Path)
    command.add_argument("scorer", type=Path)
    command.add_argument("--language", default="python", choices=("python", "java", "go"))
    command = commands.add_parser("quiet")
    command.add_argument("trees", type=Path, nargs="+")
    command.add_argument("--language", default="python", choices=tuple(LANGUAGES))
    given = parser.parse_args()
    if given.command == "patterns":
        patterns(given.tree, why=given.why)
    elif given.command == "rules":
        rules(given.tree, why=given.why)
    elif given.command == "owasp":
        print(shown(owasp(given.tree), why=given.why))
    elif given.command == "annotated":
        annotated(given.tree, given.scorer, given.language, why=given.why)
    elif given.command == "quiet":
        quiet(given.trees, given.language, why=given.why)
    else:
        changes = mutate(given.tree, given.out, given.language)
        print("changes:", ", ".join(f"{count} {name}" for name, count in sorted(changes.items())))
        before, after = owasp(given.tree), owasp(given.out)
        print(f"as it is:\n{shown(before, why=given.why)}\nmutated:\n{shown(after, why=given.why)}")
        print(f"mean {before.mean:.3f} as it is, {after.mean:.3f} mutated, gap {abs(before.mean - after.mean):.3f}")


def patterns(tree: Path, *, why: bool) -> None:
    """Print how many pattern tests are exact: a pattern beside a file with comments on the lines before matches."""
    right = total = 0
    for folder, (language, ends) in FOLDERS.items():
        counts: Counter[str] = Counter()
        for pattern in sorted((tree / "tests" / "patterns" / folder).glob("*.sgrep")):
            code = next((file for end in ends if (file := pattern.with_suffix(end)).exists()), None)
            if code is not None:
                verdict = _pattern(pattern.read_text("utf-8"), code.read_bytes(), language)
                counts[verdict] += 1
                if why and verdict != "exact":
                    print(f"  {folder} {pattern.stem}: {verdict}")
        right, total = right + counts["exact"], total + counts.total()
        print(_row(folder, counts))
    print(f"{'all':<12} {right} of {total}: {right / max(total, 1):.1%}")


def _pattern(text: str, data: bytes, language: str) -> str:
    front = front_of(language)
    if front is None:
        return "language"
    lines = data.decode("utf-8", "replace").split("\n")
    want = {number + 2 for number, line in enumerate(lines) if MARKED.search(line)}
    try:
        found = File(data, front).found(parse(text, front))
    except UnreadablePatternError:
        return "unread"
    got = {data[: match.start].count(b"\n") + 1 for match in found}
    return _verdict(want, got)


def _verdict(want: set[int], got: set[int]) -> str:
    if want == got:
        return "exact"
    return "both" if want - got and got - want else "missed" if want - got else "extra"


def _row(name: str, counts: Counter[str]) -> str:
    others = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common() if verdict != "exact")
    return (
        f"{name:<12} {counts['exact']} of {counts.total()}: {counts['exact'] / max(counts.total(), 1):.1%} ({others})"
    )


def rules(tree: Path, *, why: bool) -> None:
    """Print how many rules report exactly the lines that the files beside them are annotated with."""
    everything: Counter[str] = Counter()
    start = time.process_time()
    for language in LANGUAGES:
        counts: Counter[str] = Counter()
        for file in sorted((tree / language).rglob("*.y*ml")):
            if file.suffix in {".yaml", ".yml"} and not file.name.endswith((".test.yaml", ".test.yml")):
                for name, verdict in _rules_of(file):
                    counts[verdict] += 1
                    if why and verdict != "exact":
                        print(f"  {file.relative_to(tree)} {name}: {verdict}")
        everything.update(counts)
        print(_row(language, counts))
    print(_row("all", everything), f"{time.process_time() - start:.0f} s CPU")


def _rules_of(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the verdict on each rule of a file that has annotations; one that cannot be read is wrong."""
    tests = [one for one in file.parent.glob(file.stem + ".*") if one.suffix in ENDS and ".fixed" not in one.name]
    notes = {one: _notes(one) for one in tests}
    read = Foreign([file])
    for problem in read.problems:
        if tests:
            yield problem.rpartition(": ")[0].rpartition(" ")[2], "unread"
    for page in read.pages:
        sensor = SastSensor()
        sensor.configure(Settings(), RuleSet([page]))
        verdicts = [
            _annotated(sensor, one, notes[one], page.id)
            for one in tests
            if _language(one) in page.matchers[0].languages and _is_annotated(notes[one], page.id)
        ]
        if verdicts:
            yield page.id, next((verdict for verdict in verdicts if verdict != "exact"), "exact")


def _language(file: Path) -> str:
    return language_of(file.name).replace("tsx", "typescript")


def _is_annotated(notes: Mapping[tuple[str, str], set[int]], rule: str) -> bool:
    return any((word, rule) in notes for word in ("ruleid", "ok"))


def _annotated(sensor: SastSensor, file: Path, notes: Mapping[tuple[str, str], set[int]], rule: str) -> str:
    found = scanned(sensor, [(file.name, file.read_bytes())])
    got = {finding.place.line for finding in found if isinstance(finding.place, CodeSpan)}
    later = {
        line for (word, name), lines in notes.items() for line in lines if name == rule and word not in {"ruleid", "ok"}
    }
    return _verdict(notes.get(("ruleid", rule), set()) - later, got - later)


def _notes(file: Path) -> dict[tuple[str, str], set[int]]:
    """Return the annotated lines by word and rule: the first line after the comment that is no annotation itself."""
    lines = file.read_bytes().decode("utf-8", "replace").split("\n")
    out: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number, line in enumerate(lines):
        found = NOTE.search(line)
        if found:
            after = number + 1
            while after < len(lines) and NOTE.search(lines[after]):
                after += 1
            for rule in re.split(r"[,\s]+", found[2]):
                out[found[1], rule].add(after + 1)
    return out


def annotated(tree: Path, scorer: Path, language: str, *, why: bool) -> None:
    """Print recall and false-positive rate by CWE of a language's annotated security files, with our own pack alone.

    A `ruleid` is a true case, an `ok` a false one, of the CWEs of the rule that it names. A case is reported when a
    finding of the same weakness covers its line, or begins in the simple statement that begins there.
    """
    same = runpy.run_path(str(scorer))["same_weakness"]
    sensor = own_pack(tree)
    cells: dict[str, Counter[str]] = defaultdict(Counter)
    for rules_file in sorted((tree / language).rglob("*.y*ml")):
        wanted = _cwes_of(rules_file)
        for code in rules_file.parent.glob(f"{rules_file.stem}{FOLDERS[language][1][0]}"):
            for rule, line, real, got in _cases(sensor, code, wanted, language):
                hit = same(wanted[rule], got)
                verdict = ("tp" if hit else "fn") if real else ("fp" if hit else "tn")
                cells[",".join(map(str, sorted(wanted[rule])))][verdict] += 1
                if why and hit != real:
                    print(f"  {verdict} {code.relative_to(tree)}:{line} {rule} {sorted(wanted[rule])}")
    total: Counter[str] = Counter()
    for cwes, cell in sorted(cells.items(), key=lambda item: -item[1].total()):
        total.update(cell)
        print(_rates(cwes, cell))
    print(_rates("all", total))


def _rates(name: str, cell: Counter[str]) -> str:
    recall, false = cell["tp"] / max(cell["tp"] + cell["fn"], 1), cell["fp"] / max(cell["fp"] + cell["tn"], 1)
    return (
        f"  {name:<12} tp {cell['tp']:>3} fn {cell['fn']:>3} tn {cell['tn']:>3} fp {cell['fp']:>3}"
        f"  recall {recall:.3f} false-positive rate {false:.3f}"
    )


def _cwes_of(rules_file: Path) -> dict[str, set[int]]:
    """Return the CWEs of a file's security rules."""
    data = yaml.safe_load(rules_file.read_text("utf-8"))
    out: dict[str, set[int]] = {}
    for rule in (data or {}).get("rules") or []:
        metadata = rule.get("metadata") or {}
        cwes = {int(number) for number in re.findall(r"CWE-(\d+)", str(metadata.get("cwe")))}
        if cwes and metadata.get("category") == "security":
            out[rule["id"]] = cwes
    return out


def _cases(
    sensor: SastSensor, code: Path, wanted: Mapping[str, set[int]], language: str
) -> Iterator[tuple[str, int, bool, set[int]]]:
    """Yield the annotated cases of a file: rule, line, whether it is true, and the CWEs reported there."""
    data = code.read_bytes()
    found = [
        (finding.place.line, finding.place.end_line, set(finding.cwe))
        for finding in scanned(sensor, [(code.name, data)])
        if isinstance(finding.place, CodeSpan)
    ]
    ends = _simple_statements(data, language)
    for (word, rule), lines in _notes(code).items():
        if rule not in wanted or word not in {"ruleid", "ok"}:
            continue
        for line in sorted(lines):
            last = ends.get(line, line)
            reported = [cwes for start, end, cwes in found if start <= line <= end or line <= start <= last]
            yield rule, line, word == "ruleid", {cwe for cwes in reported for cwe in cwes}


def _simple_statements(data: bytes, language: str) -> dict[int, int]:
    """Return the last line of each statement without a block by its first line."""
    front = front_of(language)
    out: dict[int, int] = {}
    if front is not None:
        for node in File(data, front).root.walk():
            if node.kind in {"expr", "assign", "return", "throw", "vardef"}:
                first = data[: node.start].count(b"\n") + 1
                out[first] = max(out.get(first, 0), data[: node.end].count(b"\n") + 1)
    return out


def own_pack(root: Path) -> SastSensor:
    """Return the sensor with the built-in rules."""
    sensor = SastSensor()
    sensor.configure(Settings(root=str(root)), builtin().for_engine(NAME))
    return sensor


def quiet(trees: Sequence[Path], language: str, *, why: bool) -> None:
    """Print how often each rule reports in trees held to be sound, without their tests, per 20,000 lines."""
    lines: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    confidence: dict[str, str] = {}
    for tree in trees:
        files = [
            (str(file.relative_to(tree)), file.read_bytes())
            for file in sorted(tree.rglob("*"))
            if file.is_file() and language_of(file.name) == language and not is_for_tests(str(file.relative_to(tree)))
        ]
        lines[tree.name] = sum(data.count(b"\n") for _, data in files)
        for finding in scanned(own_pack(tree), files):
            counts[finding.rule][tree.name] += 1
            confidence[finding.rule] = finding.confidence
            if why:
                print(f"  {tree.name} {finding.rule} {_where(finding)}: {finding.excerpt[:100]}")
    total = lines.total()
    print(f"{total:,} lines: " + ", ".join(f"{name} {count:,}" for name, count in lines.items()))
    for rule, cell in sorted(counts.items(), key=lambda item: -item[1].total()):
        where = ", ".join(f"{name} {count}" for name, count in cell.most_common())
        print(f"| {rule} | {confidence[rule]} | {cell.total()} | {cell.total() * 20_000 / total:.2f} | {where} |")


def _where(finding: Finding) -> str:
    return f"{finding.place.file}:{finding.place.line}" if isinstance(finding.place, CodeSpan) else ""


def scanned(sensor: SastSensor, files: Iterable[tuple[str, bytes]]) -> Iterator[Finding]:
    """Yield the findings of a sensor in files, those that take several files too."""
    facts: list[Flows | ConfigKeys] = []
    for name, data in files:
        for seen in sensor.scan(SourceFile(FileMeta(path=name, size=len(data)), data)):
            if isinstance(seen, Finding):
                yield seen
            elif isinstance(seen, Flows | ConfigKeys):
                facts.append(seen)
    for late in sensor.finish(facts, {}):
        if isinstance(late, Finding):
            yield late


@dataclass
class Score:
    """What a suite says of us: per category true cases found and missed, false cases left alone and reported."""

    seconds: float = 0.0
    cells: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[str] = field(default_factory=list)

    def rates(self, category: str) -> tuple[float, float]:
        """Return true and false positive rate of a category."""
        cell = self.cells[category]
        return (
            cell["tp"] / max(cell["tp"] + cell["fn"], 1),
            cell["fp"] / max(cell["fp"] + cell["tn"], 1),
        )

    @property
    def mean(self) -> float:
        """The mean of Youden's index over the categories."""
        rates = [self.rates(name) for name in self.cells]
        return sum(right - wrong for right, wrong in rates) / max(len(rates), 1)


def owasp(tree: Path) -> Score:
    """Score the built-in rules on a suite: a case counts as reported with a finding of its weakness family."""
    sensor = own_pack(tree)
    start = time.process_time()
    files = sorted(
        file for file in tree.rglob("*") if file.suffix in {".py", ".java", ".properties"} and file.is_file()
    )
    got: dict[str, set[int]] = defaultdict(set)
    for finding in scanned(sensor, ((str(file.relative_to(tree)), file.read_bytes()) for file in files)):
        if isinstance(finding.place, CodeSpan):
            got[Path(finding.place.file).stem].update(finding.cwe)
    score = Score(seconds=time.process_time() - start)
    for name, category, real, cwe in _expected(tree):
        hit = _is_hit(cwe, got.get(name, set()))
        score.cells[category][("tp" if hit else "fn") if real else ("fp" if hit else "tn")] += 1
        if hit != real:
            score.wrong.append(f"{category} {name} {'missed' if real else 'reported'}")
    return score


def _is_hit(cwe: int, got: set[int]) -> bool:
    wanted = HASHES_AND_CIPHERS if cwe in HASHES_AND_CIPHERS else {cwe}
    families = {family_of((one,)) for one in wanted}
    return any(one in wanted or family_of((one,)) in families for one in got)


def _expected(tree: Path) -> Iterator[tuple[str, str, bool, int]]:
    table = next(iter(sorted(tree.glob("expectedresults*.csv"))), None)
    if table is None:
        sys.exit(f"{tree} has no expectedresults*.csv")
    with table.open(encoding="utf-8") as lines:
        for row in csv.reader(lines):
            if row and not row[0].startswith("#"):
                yield row[0], row[1], row[2].strip() == "true", int(row[3])


def shown(score: Score, *, why: bool = False) -> str:
    """Return a score as a table; with `why` the cases that are wrong."""
    rows: Sequence[str] = [
        f"  {name:<16} tp {cell['tp']:>3} fn {cell['fn']:>3} tn {cell['tn']:>3} fp {cell['fp']:>3}"
        f"  {score.rates(name)[0] - score.rates(name)[1]:.3f}"
        for name, cell in sorted(score.cells.items())
    ]
    return "\n".join([*rows, f"  mean {score.mean:.3f}, {score.seconds:.0f} s CPU", *(score.wrong if why else ())])


if __name__ == "__main__":
    main()
