"""How many of the statements that look like a route, by a plain search of the text, are read as one; and what else is.

  routes.py TREE...

For each tree and language: statements found by search, those of them whose line has a route, and lines with a route
that the search does not find. Files of tests are left out on both sides. `--why` names the lines. Nothing is fetched.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from secloop.model.surface import Routes
from secloop.rules.base import RuleSet
from secloop.scan.base import Settings
from secloop.scan.engine import scan
from secloop.scan.sources import WorkTree
from secloop.stages.test.routes.sensor import _TEST, RoutesSensor
from secloop.syntax.languages import language_of

SEARCHES = {
    "python": re.compile(
        r"^[ \t]*(?:@\w+\.(?:route|get|post|put|patch|delete|api_route)\("
        r"|(?:path|re_path|url)\(\s*r?[\"'](?!.*include\()"
        r"|\w+\.register\(\s*r?[\"'][\w/-]*[\"']\s*,\s*\w+View)",
        re.MULTILINE,
    ),
    "javascript": re.compile(
        r"^[ \t]*(?:app|router|server|fastify)\s*\.(?:get|post|put|patch|delete|all|options)\(\s*['\"`/\[]",
        re.MULTILINE,
    ),
    "java": re.compile(r"^[ \t]*@(?:(?:Get|Post|Put|Delete|Patch)Mapping\b|WebServlet\()", re.MULTILINE),
    "go": re.compile(
        r"^[ \t]*\w+\.(?:GET|POST|PUT|PATCH|DELETE|Any|Get|Post|Put|Patch|Delete|HandleFunc)\(\s*\"/", re.MULTILINE
    ),
}
NEAR = 3
"""Lines below a statement's first that a route may be told at: its path may stand on the next, its method below."""


def main() -> None:
    """Compare each tree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", type=Path, nargs="+")
    parser.add_argument("--why", action="store_true")
    given = parser.parse_args()
    for tree in given.trees:
        told = _told(tree)
        for language, search in SEARCHES.items():
            found = _found(tree, language, search)
            own = {place for place in told if _language(place[0]) == language}
            hit = {(file, line) for file, line in found if any((file, line + n) in own for n in range(NEAR))}
            near = {(file, line + n) for file, line in found for n in range(NEAR)}
            if found or own:
                print(f"{tree.name:16} {language:11} {len(hit)} of {len(found)} found; {len(own - near)} others")
            if given.why:
                print("\n".join(f"  missed {file}:{line}" for file, line in sorted(found - hit)))
                print("\n".join(f"  other {file}:{line}" for file, line in sorted(own - near)))


def _told(tree: Path) -> set[tuple[str, int]]:
    sensor = RoutesSensor()
    scan(WorkTree(tree), [sensor], Settings(), RuleSet(()), jobs=1)
    return {(route.file, route.line) for one in sensor.seen if isinstance(one, Routes) for route in one.routes}


def _language(path: str) -> str:
    name = language_of(path)
    return "javascript" if name in {"typescript", "tsx"} else name


def _found(tree: Path, language: str, search: re.Pattern[str]) -> set[tuple[str, int]]:
    out = set()
    for entry in WorkTree(tree):
        if _language(entry.path) == language and not _TEST.search(entry.path):
            text = (tree / entry.path).read_text("utf-8", "replace")
            out |= {(entry.path, text.count("\n", 0, hit.start()) + 1) for hit in search.finditer(text)}
    return out


if __name__ == "__main__":
    main()
