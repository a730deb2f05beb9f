"""Time of storing 100,000 findings as a ratio to raw `sqlite3.executemany` of the same rows, in one process.

Bars (contracts.md): stored at <= 8x, stored again without change at <= 4x. The raw table holds finding id, occurrence
id and the encoded row, without any index, on the same settings (WAL, synchronous=FULL) in the same folder; encoding the
rows is part of the store's time and not of the raw time.

    python bench/store.py [rows] [rounds]
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from secloop.model.coverage import Coverage
from secloop.model.enums import Audience, Confidence, Kind, Severity, Stage, Status
from secloop.model.finding import ToolRef
from secloop.model.ids import finding_id, occurrence_id
from secloop.model.policy import GateOutcome, Verdict
from secloop.model.report import FindingRow
from secloop.model.run import Run, Scope, SensorRun
from secloop.store import open_store

STORE_BAR, AGAIN_BAR = 8.0, 4.0
_VERDICT = Verdict(exit=0, gate=GateOutcome.PASSED, complete=True, profile="default")
_SENSORS = tuple(
    SensorRun(name=name, version="1", stage=stage, digest="rules")
    for name, stage in (("secrets", Stage.CODE), ("dependencies", Stage.BUILD), ("sast", Stage.TEST))
)
_KINDS = ((Kind.SECRET, Stage.CODE), (Kind.VULNERABILITY, Stage.BUILD), (Kind.WEAKNESS, Stage.TEST))


def main() -> int:
    """Print the medians and ratios; 1 when a bar does not hold."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5  # noqa: PLR2004 - the second argument
    rows = make_rows(count)
    times: dict[str, list[float]] = {"raw": [], "store": [], "again": [], "one in a hundred changed": []}
    with tempfile.TemporaryDirectory() as folder:
        for n in range(rounds):
            times["raw"].append(raw(Path(folder) / f"raw{n}.db", rows))
            for name, seconds in stored(Path(folder) / f"state{n}.db", rows).items():
                times[name].append(seconds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:>26}: {median:6.3f} s  {median / medians['raw']:5.2f}x raw  ({count:,} rows)")
    held = medians["store"] <= STORE_BAR * medians["raw"] and medians["again"] <= AGAIN_BAR * medians["raw"]
    print(f"bars {STORE_BAR}x and {AGAIN_BAR}x: {'hold' if held else 'do not hold'}")
    return 0 if held else 1


def raw(path: Path, rows: list[FindingRow]) -> float:
    """Return the seconds of inserting the encoded rows with nothing but the driver."""
    encoded = [(row.id, row.occurrence, msgspec.msgpack.encode(row)) for row in rows]
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE raw (id TEXT, occurrence TEXT, body BLOB)")
    start = time.perf_counter()
    connection.executemany("INSERT INTO raw VALUES (?, ?, ?)", encoded)
    connection.commit()
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def stored(path: Path, rows: list[FindingRow]) -> dict[str, float]:
    """Return the seconds of recording the rows, recording them again, and again with every hundredth moved."""
    moved = [row if n % 100 else msgspec.structs.replace(row, line=(row.line or 0) + 1) for n, row in enumerate(rows)]
    out = {}
    with open_store(path) as store:
        for name, what in (("store", rows), ("again", rows), ("one in a hundred changed", moved)):
            run = Run(
                id=name,
                command="scan",
                project="bench",
                ref="main",
                started="2026-11-01T10:00:00Z",
                scope=Scope(closes=True),
                sensors=_SENSORS,
            )
            start = time.perf_counter()
            store.record(run, what, Coverage(), _VERDICT)
            out[name] = time.perf_counter() - start
    return out


def make_rows(count: int) -> list[FindingRow]:
    """Return `count` findings of three kinds in 500 files, the same for every call."""
    chance = random.Random(7)  # noqa: S311 - made-up rows
    return [_row(n, chance) for n in range(count)]


def _row(n: int, chance: random.Random) -> FindingRow:
    kind, stage = _KINDS[n % 3]
    file = f"src/package{n % 50}/module{n % 500}.py"
    id_ = finding_id(kind, (str(n),))
    line = chance.randrange(1, 2000)
    return FindingRow(
        id=id_,
        occurrence=occurrence_id(id_, file),
        kind=kind,
        stage=stage,
        rule=f"rule-{n % 40}.matcher",
        title="A title of usual length",
        message="A message that says what was found, where, and what to do about it.",
        severity=chance.choice(list(Severity)),
        severity_raw="8.1",
        confidence=Confidence.HIGH,
        audience=Audience.REGULAR,
        status=Status.NEW,
        cwe=(89,),
        ids=(f"CVE-2026-{n}", f"GHSA-{n}") if kind is Kind.VULNERABILITY else (),
        controls={"nist-800-53": ("IA-5", "SI-10")},
        threats=("T", "E"),
        file=file,
        line=line,
        end_line=line,
        column=5,
        end_column=40,
        purl=f"pkg:pypi/p{n}@1.0" if kind is Kind.VULNERABILITY else None,
        tools=(ToolRef(tool="secloop", rule=f"rule-{n % 40}.matcher"),),
        excerpt="    cursor.execute('SELECT * FROM t WHERE id=' + value)",
    )


if __name__ == "__main__":
    sys.exit(main())
