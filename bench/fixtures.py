"""Accuracy of the inventory on labelled fixtures, each read where it stands in its tree, with what stands beside it.

  fixtures.py LABELS.json TREE [--only KIND] [--show] [--plain REPORT.json]

LABELS.json is what ../shared/tools/sca/scalibr_labels.py or trivy_labels.py writes for TREE. A fixture takes the first
name that its own extractor takes and a reader of ours wants, since many are called `one-package.json` or `happy.lock`;
a POM's file repository stands at `.m2/repository`, and a POM's
modules count with it. One file is counted once: where labels hold it several times, for
options of their extractor, the fullest list counts. Names compare without case and with `_ . -` alike.

Three readings, each for all kinds and for the ecosystems that secloop promises (PROMISED):
  as labelled   every difference counts, also in files that hold nothing
  as a user     four differences of opinion are counted by themselves instead: packages of the tree itself, which the
                labels list and secloop knows as its own (`own`); a bound of a range that labels take for the version
                (`bound`); packages that secloop lists with a constraint or none and no version (`open`); development
                packages of a file whose labels leave all of those out (`dev`)
  lines, direct, scopes, edges: of what both have, the share that agrees, where it is labelled
"""

from __future__ import annotations

import argparse
import json
import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from secloop.model.facts import Component
from secloop.scan.base import FileMeta, SourceFile
from secloop.stages.build.packages.base import UnreadableError
from secloop.stages.build.packages.folder import neighbours, read_folder
from secloop.stages.build.packages.registry import extractor_for, extractor_for_head

HEAD = 4096
PROMISED = (
    "python", "javascript", "nodejs", "java", "gradle", "sbt", "golang", "rust", "dotnet", "nuget", "ruby", "php",
    "dart", "swift", "elixir", "erlang", "hex", "haskell", "julia", "/r/", "perl", "lua", "nim", "ocaml", "cpp",
    "c/conan", "githubactions", "dockerbaseimage", "k8simage", "dockercomposeimage", "os/apk", "os/dpkg", "os/rpm",
    "sbom", "conda",
)  # fmt: skip
"""Parts of the kinds that the issue's list of ecosystems names."""

NOT_PROMISED = ("dotnetpe", "vsix", "gleam")
NAMES = {  # Trivy's fixtures do not say what their file is called
    "c/conan": "conan.lock",
    "dart/pub": "pubspec.lock",
    "dotnet/core_deps": "app.deps.json",
    "golang/mod": "go.mod",
    "golang/sum": "go.sum",
    "gradle/lockfile": "gradle.lockfile",
    "hex/mix": "mix.lock",
    "java/pom": "pom.xml",
    "julia/manifest": "Manifest.toml",
    "nodejs/bun": "bun.lock",
    "nodejs/npm": "package-lock.json",
    "nodejs/packagejson": "node_modules/package/package.json",
    "nodejs/pnpm": "pnpm-lock.yaml",
    "nodejs/yarn": "yarn.lock",
    "nuget/config": "packages.config",
    "nuget/lock": "packages.lock.json",
    "nuget/packagesprops": "Directory.Packages.props",
    "php/composer": "composer.lock",
    "r/renvlock": "renv.lock",
    "python/pip": "requirements.txt",
    "python/pipenv": "Pipfile.lock",
    "python/poetry": "poetry.lock",
    "python/pylock": "pylock.toml",
    "python/pyproject": "pyproject.toml",
    "python/uv": "uv.lock",
    "ruby/bundler": "Gemfile.lock",
    "rust/cargo": "Cargo.lock",
    "sbt/lockfile": "build.sbt.lock",
    "swift/cocoapods": "Podfile.lock",
    "swift/swift": "Package.resolved",
    # What scalibr reads of a package.json is the installed package that it describes.
    "javascript/packagejson": "node_modules/package/package.json",
    "javascript/denotssource": "main.ts",
}
BY_FOLDER = ("os/", "language/perl/cpan")
REPOSITORY = {"java/pom": ("repository", ".m2/repository")}
MODULES = ("java/pom",)
"""Kinds whose labels hold what the projects in the folders below have, too."""

COUNTED = ("line", "direct", "scope")

Own = tuple[str, str]
"""A package's name and version, made comparable."""


@dataclass(slots=True)
class Result:
    """What one fixture gave, as counts by name."""

    kind: str
    where: str
    count: Counter[str] = field(default_factory=Counter)
    missed: list[Own] = field(default_factory=list)
    extra: list[Own] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    found: list[Component] = field(default_factory=list)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--only", default="", help="kinds that have this in their name")
    parser.add_argument("--show", action="store_true", help="what is missed and what is extra, per file")
    parser.add_argument("--plain", type=Path, help="write the packages for the scorer of the labels' makers")
    given = parser.parse_args()
    measure(given.labels, given.tree, given.only, plain=given.plain, show=given.show)


def measure(labels: Path, tree: Path, only: str = "", *, plain: Path | None = None, show: bool = False) -> None:
    """Print the figures of all kinds that have `only` in their name."""
    rows = list(enumerate(json.loads(labels.read_text())))
    results: list[Result] = []
    report: list[dict[str, str]] = []
    same: dict[tuple[str, str], list[int]] = {}
    for number, row in rows:
        same.setdefault((_kind(row), row["path"]), []).append(number)
    for row in _once(rows):
        if only in _kind(row) and (tree / row["path"]).is_file():
            result = _judge(row, tree)
            results.append(result)
            numbers = same[_kind(row), row["path"]] if plain else ()
            report += [
                {"file": f"{n:04}/f", "name": c.name, "version": c.version} for n in numbers for c in result.found
            ]
            if show and (result.missed or result.extra or result.differ):
                told = f"missed {result.missed[:6]} extra {result.extra[:6]} differ {result.differ[:6]}"
                print(f"{result.kind} {result.where}: {told}")
    if plain:
        plain.write_text(json.dumps(report))
    _print(results)


def _kind(row: dict[str, Any]) -> str:
    return str(row.get("extractor") or row["parser"]).removeprefix("filesystem/")


def _once(rows: list[tuple[int, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return one row per file: the one with the most packages."""
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for _, row in rows:
        own = (_kind(row), row["path"])
        if own not in best or len(row["packages"]) > len(best[own]["packages"]):
            best[own] = row
    return list(best.values())


def _place(row: dict[str, Any]) -> str:
    """Return the path at which a reader wants the fixture, below the folder where it stands."""
    own = _seen(row["path"])
    folder, name = posixpath.split(own)
    kind = _kind(row)
    if told := next((told for end, told in NAMES.items() if kind.endswith(end)), ""):
        return posixpath.join(folder, told)
    ending = posixpath.splitext(name)[1]
    near = set(posixpath.dirname(row["path"]).split("/"))
    taken: list[str] = sorted(
        row.get("accepts", ()),
        key=lambda one: (posixpath.splitext(one)[1] != ending, -len(near.intersection(one.split("/"))), one),
    )
    names = [posixpath.basename(one) for one in taken]
    # What a system has installed is known by the folders it lies in.
    for one in (*taken, *names, name) if kind.startswith(BY_FOLDER) else (*names, *taken, name):
        path = posixpath.normpath(posixpath.join(folder, one.lstrip("/")))
        if reader := extractor_for(path):
            as_it_is = extractor_for(own) is reader and not kind.startswith(BY_FOLDER)
            return own if as_it_is else path
    return own


def _seen(path: str) -> str:
    """Return a path as if fixtures stood in the folder of what they test, since readers know folders of tests."""
    return path.replace("/testdata/", "/")


def _files(row: dict[str, Any], tree: Path) -> tuple[str, dict[str, SourceFile]]:
    """Return the fixture's path, and it and what its reader refers to, by path."""
    place = _place(row)
    paths = _beside(row, tree)
    stem, there = posixpath.splitext(_seen(row["path"]))[0], posixpath.splitext(place)[0]
    for path in [path for path in paths if posixpath.splitext(path)[0] == stem]:  # `case.mod` and `case.sum`
        paths[there + posixpath.splitext(path)[1]] = paths[path]
    paths[place] = tree / row["path"]
    heads = {path: _head(file) for path, file in paths.items()}
    folder = posixpath.dirname(place)
    if _kind(row) in MODULES:
        places = [path for path in paths if _is_below(path, place)]
        return place, {
            path: _source(path, paths[path].read_bytes()) for path in sorted({*places, *neighbours(places, heads)})
        }
    wanted = {place, *neighbours({place}, heads), *(path for path in paths if posixpath.dirname(path) == folder)}
    return place, {path: _source(path, paths[path].read_bytes()) for path in sorted(wanted)}


def _beside(row: dict[str, Any], tree: Path) -> dict[str, Path]:
    """Return the files of the fixture's tree of fixtures, by the path at which they are to be seen."""
    top = row["path"].partition("/testdata/")[0] + "/testdata"
    own, seen = REPOSITORY.get(_kind(row), ("", ""))
    found: dict[str, Path] = {}
    for file in sorted((tree / top).rglob("*")):
        if file.is_file():
            path = file.relative_to(tree).as_posix()
            inner = path.removeprefix(f"{top}/")
            found[f"{seen}{inner.removeprefix(own)}" if own and inner.startswith(f"{own}/") else _seen(path)] = file
    return found


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(HEAD)


def _source(path: str, data: bytes) -> SourceFile:
    return SourceFile(FileMeta(path=path, size=len(data), head=data[:HEAD]), data)


def _judge(row: dict[str, Any], tree: Path) -> Result:
    place, files = _files(row, tree)
    result = Result(_kind(row), row["path"])
    places = [place] if result.kind not in MODULES else [path for path in files if _is_below(path, place)]
    result.found = [one for path in places for one in read_folder(files, path) if isinstance(one, Component)]
    wanted = {_norm(p["name"], p["version"]): p for p in row["packages"]}
    had = {_norm(c.name, c.version): c for c in result.found}
    both = wanted.keys() & had.keys()
    result.missed, result.extra = sorted(wanted.keys() - both), sorted(had.keys() - both)
    own = _own(place, files) | {_norm(p["name"], p["version"]) for p in row["packages"] if _is_project(p)}
    open_ = {name: c.constraint for (name, version), c in had.items() if not version}
    of_tree = [one for one in result.missed if one in own]
    bounds = [
        one for one in result.missed if one not in own and one[0] in open_ and one[1] in _norm("", open_[one[0]])[1]
    ]
    unpinned = [one for one in result.extra if not one[1]]
    left = [] if any(p.get("dev") for p in row["packages"]) else [o for o in result.extra if o[1] and _is_dev(had[o])]
    result.count.update(
        files=1, wanted=len(wanted), right=len(both), extra=len(result.extra), own=len(of_tree), bound=len(bounds),
        open=len(unpinned), dev=len(left) if wanted else 0,
    )  # fmt: skip
    _edges(row, result, own)
    _details(result, {one: (wanted[one], had[one]) for one in both})
    return result


def _is_below(path: str, place: str) -> bool:
    folder, name = posixpath.split(place)
    return posixpath.basename(path) == name and path.startswith(f"{folder}/")


def _own(place: str, files: dict[str, SourceFile]) -> set[Own]:
    """Return the packages that the reader knows as the tree's own."""
    reader = extractor_for(place) or extractor_for_head(files[place].data[:16])
    try:
        read = reader.extract_beside(files[place], files) if reader else None
    except UnreadableError:
        return set()
    return {_norm(p.name, p.version) for p in read.packages if p.own} if read else set()


def _details(result: Result, both: dict[Own, tuple[dict[str, Any], Component]]) -> None:
    """Count what labels say of lines, direct ones and scopes."""
    count = result.count
    for told, component in both.values():
        if told.get("line"):
            count.update(line_wanted=1, line=component.line == told["line"])
            if component.line != told["line"]:
                result.differ.append(f"{component.name} line {component.line} not {told['line']}")
        if told.get("relationship") in {"direct", "indirect"}:
            direct = told["relationship"] == "direct"
            count.update(direct_wanted=1, direct=component.direct == direct)
            if component.direct != direct:
                result.differ.append(f"{component.name} direct {component.direct}")
        if told.get("dev"):
            count.update(scope_wanted=1, scope=_is_dev(component))


def _edges(row: dict[str, Any], result: Result, own: set[Own]) -> None:
    """Count the labelled edges that components have; those of the project, and unknown ids, by themselves."""
    by_purl = {c.purl: _norm(c.name, c.version) for c in result.found}
    have = {(_norm(c.name, c.version), by_purl[need]) for c in result.found for need in c.needs if need in by_purl}
    direct = {_norm(c.name, c.version) for c in result.found if c.direct}
    ids = {_norm(p["name"], p["version"]) for p in row["packages"]}
    for parent, need in ((parent, need) for parent, needs in row.get("edges", ()) for need in needs):
        edge = _id(parent, ids), _id(need, ids)
        if edge[0] is None or edge[1] is None:
            result.count["edge_unknown"] += 1
        elif edge[0] in own:  # what the project itself needs is what is direct
            result.count.update(edge_project_wanted=1, edge_project=edge[1] in direct | own)
        else:
            result.count.update(edge_wanted=1, edge=edge in have)
            if edge not in have:
                result.differ.append(f"no edge {parent} {need}")


def _is_project(told: dict[str, Any]) -> bool:
    return told.get("relationship") in {"root", "workspace"}


def _is_dev(component: Component) -> bool:
    return component.scope in {"dev", "test"}


def _id(told: str, ids: set[Own]) -> Own | None:
    """Return the name and version of an id in an edge, None where no labelled package has it.

    Ids are `name@version`, `name/version` or `name:version`, some with a hash (`::0a1b`) or peers (`(react@18.2.0)`).
    """
    told = told.partition("::")[0].partition("(")[0]
    for mark in ("@", "/", ":"):
        name, _, version = told.rpartition(mark)
        if (found := _norm(name, version)) in ids:
            return found
    named = [one for one in ids if one[0] == _norm(told[: told.find("@", 1)], "")[0]]
    return named[0] if len(named) == 1 else None


def _norm(name: str, version: str) -> Own:
    return re.sub(r"[-_.]+", "-", name.lower()), re.sub(r"^v(?=\d)", "", version)


def _promised(kind: str) -> bool:
    return any(part in kind for part in PROMISED) and not any(part in kind for part in NOT_PROMISED)


def _print(results: list[Result]) -> None:
    kinds: dict[str, Counter[str]] = {}
    for one in results:
        kinds.setdefault(one.kind, Counter()).update(one.count)
    for kind, count in sorted(kinds.items()):
        print(f"{kind:45} {'' if _promised(kind) else '(not promised) '}{_line(count)}")
    some = [count for kind, count in kinds.items() if _promised(kind)]
    for label, counts in (("all kinds", list(kinds.values())), ("promised ecosystems", some)):
        total = Counter[str]()
        for count in counts:
            total.update(count)
        print(f"== {label}: {total['files']} files, {_line(total)}")
        print(
            f"   as labelled: recall {_share(total['right'], total['wanted'])}"
            f"  precision {_share(total['right'], total['right'] + total['extra'])}"
        )
        asked = total["wanted"] - total["own"] - total["bound"]
        print(
            f"   as a user:   recall {_share(total['right'], asked)}"
            f"  precision {_share(total['right'], total['right'] + total['extra'] - total['open'] - total['dev'])}"
        )
        told = [f"{name} {total[name]}/{total[f'{name}_wanted']}" for name in (*COUNTED, "edge", "edge_project")]
        print(f"   agree: {', '.join(told)} (and {total['edge_unknown']} edges with an id that no label names)")


def _line(count: Counter[str]) -> str:
    told = [
        f"{name} {count[name]}" for name in ("wanted", "right", "extra", "own", "bound", "open", "dev") if count[name]
    ]
    if count["edge_wanted"]:
        told.append(f"edges {count['edge']}/{count['edge_wanted']}")
    return " ".join(told)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "-"


if __name__ == "__main__":
    main()
