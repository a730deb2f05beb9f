"""Writes src/secloop/stages/build/advisories/starter.json, the advisories that ship with secloop.

  starter_advisories.py SNAPSHOT_FOLDER

What is chosen, its severity, weakness and title stand in starter_advisories.txt. For PyPI and Go the affected versions,
What is chosen, its severity, weakness and title stand in starter_advisories.txt. For PyPI and Go affected versions,
A line: package | ids | severity | CWE | [ranges, day |] title.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/secloop/stages/build/advisories/starter.json"
CHOICE = Path(__file__).with_suffix(".txt")


def main(snapshot: Path) -> None:
    """Write the starter set from the facts of `snapshot`; a line whose facts are not there ends the program."""
    tables = _tables(CHOICE.read_text())
    rows = [*_from_snapshot("PyPI", tables["PyPI"], snapshot), *_from_snapshot("Go", tables["Go"], snapshot)]
    for ecosystem in tables.keys() - {"PyPI", "Go"}:
        rows += _written(ecosystem, tables[ecosystem])
    rows.sort(key=lambda row: (row["ecosystem"], row["package"], row["id"]))
    listed = json.loads(gzip.decompress((snapshot / "kev.json.gz").read_bytes()))
    ids = sorted({name for row in rows for name in (row["id"], *row["aliases"])})
    kev = {name: listed[name][0] for name in ids if name in listed}
    newest = max(row["date"] for row in rows)
    body = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    TARGET.write_text(f'{{"date":"{newest}","kev":{json.dumps(kev)},"advisories":[\n{body}\n]}}\n')
    print(
        f"{len(rows)} advisories of {len({(r['ecosystem'], r['package']) for r in rows})} packages, {len(kev)} in KEV"
    )


def _from_snapshot(ecosystem: str, table: list[list[str]], snapshot: Path) -> list[dict]:
    from secloop.stages.build.advisories import snapshot as reader

    known = [a for a in reader.read_advisories(snapshot) if not isinstance(a, str) and a.ecosystem == ecosystem]
    out = []
    for package, ids, severity, cwe, title in table:
        found = next((a for a in known if a.package == package and ids in (a.id, *a.aliases) and not a.withdrawn), None)
        if found is None:
            sys.exit(f"{ecosystem} {package} {ids} is not in the snapshot")
        out.append(_row(found, severity, cwe, title))
    return out


def _written(ecosystem: str, table: list[list[str]]) -> list[dict]:
    from secloop.stages.build.advisories.base import Advisory
    from secloop.stages.build.advisories.constraints import intervals_of_constraint
    from secloop.stages.build.purl import package_name

    out = []
    for package, ids, severity, cwe, facts, title in table:
        ranges, _, day = facts.rpartition(", ")
        first, *others = sorted(ids.split(), reverse=True)
        intervals = intervals_of_constraint(ranges, ecosystem)
        advisory = Advisory(
            id=first,
            aliases=tuple(others),
            ecosystem=ecosystem,
            package=package_name(ecosystem, package),
            intervals=intervals,
            date=day,
        )
        out.append(_row(advisory, severity, cwe, title))
    return out


def _tables(text: str) -> dict[str, list[list[str]]]:
    tables: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            current = tables.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            current.append([part.strip() for part in line.split(" | ")])
    return tables


def _row(advisory, severity: str, cwe: str, title: str) -> dict:  # noqa: ANN001 - an Advisory, imported late
    intervals = [
        {name: getattr(i, name) for name in ("low", "low_open", "high", "end") if getattr(i, name)}
        for i in advisory.intervals
    ]
    return {
        "id": advisory.id,
        "ecosystem": advisory.ecosystem,
        "package": advisory.package,
        "aliases": list(advisory.aliases),
        "intervals": intervals,
        "vectors": list(advisory.vectors),
        "severity": severity,
        "cwe": [int(cwe)],
        "title": title,
        "date": advisory.date,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
