"""What SAST costs: beside peers with the same rules, after one edit, by lines; and whether all files are borne.

  sast_cost.py speed RULES TREE... [--peer "COMMAND"]...   `secloop test sast --rules` and peers, in turns
  sast_cost.py scan TREE... [--peer "COMMAND"]...          the whole of `secloop scan` and the sum of the peers
  sast_cost.py warm TREE OUT                               a copy of TREE: cold, again, and after an edit of one file
  sast_cost.py lines                                       generated programs, each twice as long as the one before
  sast_cost.py borne TREE...                               every file of a language by itself, in this process

In a peer's command {rules}, {tree} and {out} stand for the rules, the tree and a file to write to.

Where other programs run on the machine, CPU (user and system, with that of the children) is the figure to read.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from secloop.model.coverage import Partial, Skipped
from secloop.rules.index import builtin
from secloop.scan.base import FileMeta, Settings, SourceFile
from secloop.stages.test.sast.languages import NAME
from secloop.stages.test.sast.sensor import SastSensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENDS = (".py", ".js", ".jsx", ".ts", ".tsx", ".java", ".go")
FUNCTIONS = {
    "py": "def f{i}(request, a, b):\n    name = request.args.get('n')\n    if a > {i}:\n        name = name + str(b)\n"
    "    return store.find(name, a, {i})\n\n\n",
    "js": "function f{i}(req, a, b) {{\n  let name = req.query.n;\n  if (a > {i}) {{\n    name = name + b;\n  }}\n"
    "  return store.find(name, a, {i});\n}}\n\n",
    "java": '  String f{i}(HttpServletRequest r, int a, String b) {{\n    String name = r.getParameter("n");\n'
    "    if (a > {i}) {{\n      name = name + b;\n    }}\n    return store.find(name, a, {i});\n  }}\n\n",
    "go": 'func f{i}(r *http.Request, a int, b string) string {{\n\tname := r.FormValue("n")\n\tif a > {i} {{\n'
    "\t\tname = name + b\n\t}}\n\treturn store.Find(name, a, {i})\n}}\n\n",
}
AROUND = {"py": ("", ""), "js": ("", ""), "java": ("class A {\n", "}\n"), "go": ("package a\n\n", "")}
SIZES = (1_000, 2_000, 4_000, 8_000, 16_000)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("speed", "scan", "borne"):
        command = commands.add_parser(name)
        if name == "speed":
            command.add_argument("rules", type=Path)
        command.add_argument("trees", type=Path, nargs="+")
        if name != "borne":
            command.add_argument("--peer", action="append", default=[])
            command.add_argument("--turns", type=int, default=1)
    command = commands.add_parser("warm")
    command.add_argument("tree", type=Path)
    command.add_argument("out", type=Path)
    commands.add_parser("lines")
    given = parser.parse_args()
    if given.command == "lines":
        lines()
    elif given.command == "warm":
        warm(given.tree, given.out)
    else:
        of_trees(given)


def of_trees(given: argparse.Namespace) -> None:
    """Measure each tree."""
    for tree in given.trees:
        if given.command == "speed":
            beside(tree, ["test", "sast", "--rules", str(given.rules)], given, rules=given.rules)
        elif given.command == "scan":
            beside(tree, ["scan"], given, rules=Path())
        else:
            borne(tree)


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds by the clock and of CPU, and the memory of its largest process in MB."""

    wall: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        """Say it."""
        return f"{self.wall:7.1f} s wall {self.cpu:7.1f} s CPU {self.memory:6.0f} MB"


def run(command: Sequence[str], cache: Path) -> Cost:
    """Run a program to its end."""
    start = time.monotonic()
    nowhere = os.open(os.devnull, os.O_RDWR)
    pid = os.posix_spawnp(
        command[0],
        list(command),
        {**os.environ, "XDG_CACHE_HOME": str(cache)},
        file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, stream) for stream in (0, 1, 2)],
    )
    _, _, used = os.wait4(pid, 0)
    os.close(nowhere)
    return Cost(time.monotonic() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def ours(arguments: Sequence[str], tree: Path, out: Path, *, cached: bool = False) -> list[str]:
    """Return the command that runs secloop on a tree; it remembers no run."""
    quiet = ["--no-store", "--soft-fail", "-f", "json", "-o", str(out), *([] if cached else ["--no-cache"])]
    return [sys.executable, "-m", "secloop", *arguments, str(tree), *quiet]


def beside(tree: Path, arguments: Sequence[str], given: argparse.Namespace, rules: Path) -> None:
    """Print what we and the peers need for a tree, the best of some turns, and the ratios of CPU and wall."""
    with TemporaryDirectory() as folder:
        out, cache = Path(folder, "out.json"), Path(folder, "cache")
        commands = [ours(arguments, tree, out)]
        for peer in given.peer:
            named = {"{rules}": str(rules), "{tree}": str(tree), "{out}": str(out)}
            commands.append([_filled(word, named) for word in shlex.split(peer)])
        costs = [[run(command, cache) for command in commands] for _ in range(given.turns)]
    best = [min(column, key=lambda cost: cost.cpu) for column in zip(*costs, strict=True)]
    print(f"{tree.name}\n  secloop      {best[0]}")
    for peer, cost in zip(given.peer, best[1:], strict=True):
        share = f"ours is {best[0].cpu / cost.cpu:.2f} of its CPU, {best[0].wall / cost.wall:.2f} of its wall"
        print(f"  {Path(shlex.split(peer)[0]).name:<12} {cost}  {share}")
    if len(given.peer) > 1:
        cpu, wall = sum(cost.cpu for cost in best[1:]), sum(cost.wall for cost in best[1:])
        print(f"  all peers    ours is {best[0].cpu / cpu:.2f} of their CPU, {best[0].wall / wall:.2f} of their wall")


def _filled(word: str, named: dict[str, str]) -> str:
    for mark, value in named.items():
        word = word.replace(mark, value)
    return word


def warm(tree: Path, out: Path) -> None:
    """Print what a first run, a second one, and one after an edit of one file take, with the cache in between."""
    copy = out / tree.name
    shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".git", ".secloop"), symlinks=True)
    sources = sorted((file for file in copy.rglob("*.py") if file.is_file()), key=lambda file: file.stat().st_size)
    edited = sources[len(sources) * 3 // 4]
    time.sleep(3)  # a file that has just been written is not remembered as unchanged
    command = ours(["test", "sast"], copy, out / "report.json", cached=True)
    for name in ("cold", "again", "once more", "after an edit", "after another"):
        if name.startswith("after"):
            edited.write_text(edited.read_text("utf-8") + "\nedited = 1\n", "utf-8")
            time.sleep(3)
        print(f"  {name:<14} {run(command, out / 'cache')}")


def lines() -> None:
    """Print what generated files take, and the ratio of each to the one half as long."""
    sensor = _sensor()
    for end, function in FUNCTIONS.items():
        length = function.count("\n")
        before, shown = 0.0, []
        for size in SIZES:
            begin, close = AROUND[end]
            text = begin + "".join(function.format(i=i) for i in range(size // length)) + close
            data = text.encode()
            start = time.process_time()
            list(sensor.scan(SourceFile(FileMeta(path=f"a.{end}", size=len(data)), data)))
            took = time.process_time() - start
            shown.append(f"{size}: {took:.2f} s" + (f" (x{took / before:.2f})" if before else ""))
            before = took
        print(f"  {end:<5} {', '.join(shown)}")


def borne(tree: Path) -> None:
    """Print how many files of a tree are analysed, which in part or not at all, and which fail."""
    sensor = _sensor()
    slow: list[tuple[float, str]] = []
    files = partial = failed = size = 0
    for file in _programs(tree):
        data, path = file.read_bytes(), str(file.relative_to(tree))
        start = time.process_time()
        try:
            seen = list(sensor.scan(SourceFile(FileMeta(path=path, size=len(data)), data)))
        except Exception as problem:  # noqa: BLE001 - what is counted here
            failed += 1
            print(f"  {path}: {problem!r}")
            continue
        files, size = files + 1, size + data.count(b"\n")
        partial += any(isinstance(one, Partial | Skipped) for one in seen)
        slow.append((time.process_time() - start, path))
    worst = ", ".join(f"{path} {took:.1f} s" for took, path in sorted(slow)[:-4:-1])
    total = sum(took for took, _ in slow)
    print(f"{tree.name}: {files} files, {size} lines, {failed} failed, {partial} in part, {total:.0f} s CPU; {worst}")


def _sensor() -> SastSensor:
    sensor = SastSensor()
    sensor.configure(Settings(), builtin().for_engine(NAME))
    return sensor


def _programs(tree: Path) -> Iterator[Path]:
    for file in sorted(tree.rglob("*")):
        if file.suffix in ENDS and file.is_file() and ".git" not in file.parts and file.stat().st_size <= 4 << 20:
            yield file


if __name__ == "__main__":
    main()
