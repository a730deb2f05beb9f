"""What goes wrong around the store: damage, a full disk, no permission, other writers, sudden death."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from secloop.model.coverage import Coverage
from secloop.model.enums import Status
from secloop.model.errors import StateError, UsageError
from secloop.store import open_store
from secloop.store.connect import writing
from secloop.store.store import Store
from store.samples import VERDICT, record, row, run

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


def test_a_file_that_is_no_database_is_named_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"something else entirely\n" * 200)
    before = path.read_bytes()
    with pytest.raises(StateError, match=r"state\.db is damaged or no SQLite file .*Move the file away"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_damaged_database_is_named_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with open_store(path) as store:
        record(store, run("1"), *(row(str(n), f"{n}.py") for n in range(500)))
    raw = bytearray(path.read_bytes())
    for page in range(2, len(raw) // 4096, 2):
        raw[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(raw)
    with open_store(path) as store, pytest.raises(StateError, match=r"state\.db is damaged .*Move the file away"):
        store.findings()
    assert path.read_bytes() == bytes(raw)


def test_a_full_disk_loses_only_the_run_that_did_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with open_store(path) as store:
        record(store, run("1"), row("a"))
        with store._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StateError, match="the disk is full; this run was not stored"):
            record(store, run("2"), *(row(str(n), f"{n}.py") for n in range(500)))
        assert [each.id for each in store.runs()] == ["1"]
        assert [each.title for each in store.findings()] == ["Title of a"]
    with open_store(path) as store:  # with room again the run fits
        record(store, run("2"), *(row(str(n), f"{n}.py") for n in range(500)))
        assert len(store.findings()) == 500


def test_a_file_size_limit_is_one_line_and_loses_nothing_stored(tmp_path: Path) -> None:
    code = textwrap.dedent(
        f"""
        import resource, signal, sys
        sys.path.insert(0, {str(ROOT / "tests")!r})
        from secloop.model.errors import StateError
        from secloop.store import open_store
        from store.samples import record, row, run
        with open_store({str(tmp_path / "state.db")!r}) as store:
            record(store, run("1"), row("a"))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
            try:
                record(store, run("2"), *(row(str(n), f"{{n}}.py") for n in range(3000)))
            except StateError as error:
                print(error)
            print([each.id for each in store.runs()])
        """,
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, runs = done.stdout.splitlines()
    assert "this run was not stored" in said
    assert runs == "['1']"


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match=r"The folder of the store .* cannot be made .* --no-store"):
        open_store(tmp_path / "file" / "sub" / "state.db")


def test_a_read_only_folder_is_one_clear_line(tmp_path: Path) -> None:
    open_store(tmp_path / "warm.db").close()  # everything is imported before the other user takes over
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # another user cannot reach pytest's folders
        Path(folder).chmod(0o555)
        with not_root(), pytest.raises(StateError, match=r"cannot be opened .* --no-store") as error:
            open_store(Path(folder) / "state.db")
        assert "\n" not in str(error.value)
        assert list(Path(folder).iterdir()) == []


@contextlib.contextmanager
def not_root() -> Iterator[None]:
    """Act as an unprivileged user: permission checks let root pass."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_second_writer_waits_and_both_runs_are_stored(target: str) -> None:
    failed: list[BaseException] = []

    def write(name: str) -> None:
        try:
            with open_store(target) as store:
                for n in range(4):
                    record(store, run(f"{name}{n}", ref=name), *(row(f"{k}", f"{k}.py") for k in range(50)))
        except BaseException as error:  # noqa: BLE001 - a thread's failure is told by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with open_store(target) as store:
        assert len(store.runs(100)) == 16
        for name in "abcd":
            assert {each.status for each in store.findings(name)} == {Status.OPEN}
            assert len(store.findings(name)) == 50


def test_a_writer_that_waits_too_long_is_told_so(target: str) -> None:
    with Store(target, busy_seconds=0.05) as store, Store(target) as other:
        record(store, run("1"), row("a"))
        with writing(other._engine):
            with pytest.raises(StateError, match="is in use by another run"):
                record(store, run("2"), row("a"))
            assert len(store.findings()) == 1  # reading goes on beside a writer
        record(store, run("2"), row("a"))


def test_a_run_id_with_other_findings_is_refused(store: Store) -> None:
    record(store, run("1"), row("a"))
    with pytest.raises(UsageError, match="A run with the id 1 is stored already, with other findings"):
        record(store, run("1"), row("b"))
    assert [each.title for each in store.findings()] == ["Title of a"]


RECORDS_FOREVER = """
import itertools, sys
sys.path.insert(0, {tests!r})
from secloop.store import open_store
from store.samples import record, row, run
with open_store({target!r}) as store:
    for n in itertools.count():
        record(store, run(str(n)), *(row(str(k), f"{{k}}.py", line=n + 1) for k in range(n % 7, 200 + n % 5)))
        print(n, flush=True)
"""


def test_killing_a_writer_loses_nothing_acknowledged(target: str) -> None:
    acknowledged = -1
    for _ in range(3):
        code = RECORDS_FOREVER.format(tests=str(ROOT / "tests"), target=target)
        code = code.replace("itertools.count()", f"itertools.count({acknowledged + 2})")
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(6):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
            acknowledged = int(rest[-1]) if rest else acknowledged
        with open_store(target) as store:
            stored = {int(each.id): each for each in store.runs(10_000)}
            assert acknowledged in stored
            last = max(stored)  # the one after the last acknowledged may have been committed, or not at all
            assert last - acknowledged in {0, 1}
            rows = store.findings()
            assert len(rows) == stored[last].findings == 200 + last % 5 - last % 7
            assert {each.line for each in rows} == {last + 1}
            acknowledged = last
    if "://" not in target:
        assert sqlite3.connect(target).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_recording_in_a_folder_that_vanishes_is_a_state_error(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.db"
    with Store(path) as store:
        store.close()
        path.unlink()
        path.parent.rmdir()
        with pytest.raises(StateError, match="cannot be opened"):
            store.record(run("1"), [], Coverage(), VERDICT)


@pytest.mark.parametrize(
    "program",
    [
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM findings; END",
        "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
    ],
)
def test_a_database_that_brings_programs_along_is_not_used(tmp_path: Path, program: str) -> None:
    path = tmp_path / "state.db"
    open_store(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(program)
        db.commit()
    with pytest.raises(StateError, match="is a database of something else"):
        open_store(path)


@pytest.mark.parametrize("packed", [b"no zlib", zlib.compress(b"report")[:-1], zlib.compress(bytes(100_000))])
def test_a_stored_report_that_is_damaged_or_a_bomb_is_not_unpacked(
    tmp_path: Path, packed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secloop.store.store._MAX_REPORT", 10_000)
    path = tmp_path / "state.db"
    with open_store(path) as store:
        store.record(run("1"), (), Coverage(), VERDICT, b"{}")
        assert store.report() == b"{}"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE runs SET report = ?", (packed,))
        db.commit()
    with open_store(path) as store, pytest.raises(StateError, match="is damaged"):
        store.report()
