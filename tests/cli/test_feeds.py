"""`secloop feeds` from the command line, with a real server and a real store."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from feed_server import FeedServer
from secloop.loop import clock
from stages.build.advisories.test_sources import zipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import CommandLine, Repository


def osv(own: str, package: str = "left", fixed: str = "2.0", **more: Any) -> str:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    affected = [
        {"package": {"ecosystem": "PyPI", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    ]
    return json.dumps({"id": own, "modified": "2026-11-01T00:00:00Z", "affected": affected, **more})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FeedServer]:
    """Start a server with a PyPI export and an EPSS file; time stands at 2026-11-24."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(clock, "moment", lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))
    server = FeedServer()
    server.files["/all.zip"] = zipped(tmp_path / "all.zip", {"a.json": osv("PYSEC-1")}).read_bytes()
    server.files["/epss.csv"] = (
        b"#model_version:v1,score_date:2026-11-20T00:00:00Z\ncve,epss,percentile\nCVE-2026-0001,0.5,0.9\n"
    )
    yield server
    server.close()


@pytest.fixture
def project(repo: Repository) -> Path:
    """Make a committed project that pins two packages."""
    repo.write("requirements.txt", "left==1.0\nright==1.0\n")
    repo.write(".gitignore", ".secloop/state.db*\n")
    repo.commit()
    return repo.path


def pull(server: FeedServer) -> list[str]:
    return ["feeds", "pull", "--from", f"osv:PyPI={server.origin}/all.zip", "--from", f"epss={server.origin}/epss.csv"]


def test_what_was_pulled_is_used_by_scans_and_named_with_its_age_in_reports(
    server: FeedServer, project: Path, secloop: CommandLine
) -> None:
    before = secloop("scan", "-f", "json", cwd=project).json
    assert [feed["name"] for feed in before["tool"]["feeds"]] == ["osv-starter"]
    done = secloop(*pull(server), cwd=project)
    assert done.code == 0
    assert "osv:PyPI               new      2026-11-01  1 entries" in done.out
    after = secloop("scan", "-f", "json", cwd=project).json
    assert [(feed["name"], feed["date"]) for feed in after["tool"]["feeds"]] == [
        ("epss", "2026-11-20"),
        ("osv", "2026-11-01"),
    ]
    assert [row["ids"] for row in after["findings"]] == [["PYSEC-1"]]


def test_the_feeds_folder_gives_way_to_named_advisories(
    server: FeedServer, project: Path, tmp_path: Path, secloop: CommandLine
) -> None:
    secloop(*pull(server), cwd=project)
    (tmp_path / "own.json").write_text(osv("OWN-1", "right"))
    found = secloop("scan", "-f", "json", "--advisories", tmp_path / "own.json", cwd=project).json["findings"]
    assert [row["ids"] for row in found] == [["OWN-1"]]
    (project / "own.json").write_text(osv("OWN-1", "right"))
    (project / "secloop.toml").write_text('[build]\nadvisories = ["own.json"]\n')
    found = secloop("scan", "-f", "json", cwd=project).json["findings"]
    assert [row["ids"] for row in found] == [["OWN-1"]]


def test_a_feed_over_its_age_makes_a_run_incomplete(server: FeedServer, project: Path, secloop: CommandLine) -> None:
    secloop(*pull(server), cwd=project)
    (project / "secloop.toml").write_text('[build]\nmax_feed_age = "7d"\n')
    report = secloop("scan", "-f", "json", cwd=project)
    assert report.json["coverage"]["missing"] == ["feed osv is 23 days old, over its 7"]
    assert report.json["verdict"]["complete"] is False
    strict = secloop("scan", "-f", "json", "--profile", "strict", cwd=project).json["verdict"]["decisions"]
    assert "incomplete-feeds" in [one["rule"] for one in strict]


def test_a_second_pull_asks_only_what_has_changed(server: FeedServer, project: Path, secloop: CommandLine) -> None:
    secloop(*pull(server), cwd=project)
    again = secloop("feeds", "pull", "osv:PyPI", "epss", "-f", "json", cwd=project).json
    assert [(one["name"], one["outcome"]) for one in again["feeds"]] == [("epss", "current"), ("osv:PyPI", "current")]
    assert all("If-None-Match" in headers for _, headers in server.seen[-2:])


def news(result: Any) -> list[tuple[str, str, str]]:
    (inventory,) = result.json["inventories"]
    return [(one["what"], one["component"], one["ids"][0]) for one in inventory["news"]]


def test_a_pull_says_what_became_vulnerable_exploited_fixed_and_cleared(
    server: FeedServer, project: Path, tmp_path: Path, secloop: CommandLine
) -> None:
    first = {"a.json": osv("PYSEC-1"), "b.json": osv("CVE-2026-2", "right", ""), "c.json": osv("CVE-2026-3", "right")}
    server.files["/all.zip"] = zipped(tmp_path / "1.zip", first).read_bytes()
    secloop(*pull(server), cwd=project)
    secloop("scan", cwd=project)
    then = {
        "b.json": osv("CVE-2026-2", "right", "3.0"),
        "c.json": osv("CVE-2026-3", "right"),
        "d.json": osv("CVE-2026-4"),
    }
    server.files["/all.zip"] = zipped(tmp_path / "2.zip", then).read_bytes()
    (tmp_path / "kev.json").write_text(json.dumps({"CVE-2026-3": ["2026-11-23"]}))
    assert news(secloop("feeds", "pull", "osv:PyPI", "-f", "json", cwd=project)) == [
        ("vulnerable", "left", "CVE-2026-4"),
        ("fixed", "right", "CVE-2026-2"),
        ("cleared", "left", "PYSEC-1"),
    ]
    assert news(secloop("feeds", "import", tmp_path / "kev.json", "-f", "json", cwd=project)) == [
        ("exploited", "right", "CVE-2026-3")
    ]


def test_what_became_vulnerable_is_remembered_as_a_scan_would_find_it(
    server: FeedServer, project: Path, tmp_path: Path, secloop: CommandLine
) -> None:
    secloop(*pull(server), cwd=project)
    secloop("scan", cwd=project)
    changed = {"b.json": osv("PYSEC-2", "right", aliases=["CVE-2026-9"])}
    server.files["/all.zip"] = zipped(tmp_path / "2.zip", changed).read_bytes()
    secloop("feeds", "pull", "osv:PyPI", cwd=project)
    remembered = secloop("findings", "-f", "json", cwd=project).json
    assert [(row["ids"], row["status"]) for row in remembered] == [(["CVE-2026-9", "PYSEC-2"], "new")]
    runs = secloop("runs", "-f", "json", cwd=project).json
    assert [(run["command"], run["opened"], run["closed"]) for run in runs] == [("feeds", 1, 1), ("scan", 1, 0)]
    scanned = secloop("scan", "-f", "json", cwd=project).json
    assert [row["id"] for row in scanned["findings"]] == [row["id"] for row in remembered]
    assert scanned["closed"] == []


def test_what_only_the_scan_could_know_stays_and_the_priority_follows(
    server: FeedServer, project: Path, tmp_path: Path, secloop: CommandLine
) -> None:
    (project / "app.py").write_text("import left\n")
    server.files["/all.zip"] = zipped(tmp_path / "1.zip", {"a.json": osv("CVE-2026-3")}).read_bytes()
    secloop(*pull(server), cwd=project)
    [before] = secloop("scan", "-f", "json", cwd=project).json["findings"]
    (tmp_path / "kev.json").write_text(json.dumps({"CVE-2026-3": ["2026-11-23"]}))
    secloop("feeds", "import", tmp_path / "kev.json", cwd=project)
    [after] = secloop("findings", "-f", "json", cwd=project).json
    [scanned] = secloop("scan", "-f", "json", cwd=project).json["findings"]
    assert after["evidence"] == scanned["evidence"]
    assert after["evidence"]["reachable"] == before["evidence"]["reachable"]
    assert float(after["evidence"]["priority"]) > float(before["evidence"]["priority"])


def test_what_vex_hides_stays_hidden_and_what_is_checked_now_is_no_gap(
    server: FeedServer, project: Path, tmp_path: Path, secloop: CommandLine
) -> None:
    (project / "Gemfile.lock").write_text("GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (1.0.0)\n")
    statement = {
        "vulnerability": {"name": "CVE-2026-3"},
        "products": [{"@id": "pkg:pypi/left@1.0"}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
    }
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "us",
        "timestamp": "2026-11-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }
    (tmp_path / "vex.json").write_text(json.dumps(document))
    server.files["/all.zip"] = zipped(tmp_path / "1.zip", {"a.json": osv("CVE-2026-3")}).read_bytes()
    secloop(*pull(server), cwd=project)
    scanned = secloop("scan", "-f", "json", "--vex", tmp_path / "vex.json", cwd=project).json
    assert [row["suppressed"]["by"] for row in scanned["findings"]] == ["vex"]
    assert [gap["reason"] for gap in scanned["coverage"]["gaps"]] == [
        "not checked: 1 package of RubyGems, which no stored advisory is on (secloop feeds pull osv:RubyGems)"
    ]
    gem = json.loads(osv("GHSA-1", "rack"))
    gem["affected"][0]["package"]["ecosystem"] = "RubyGems"
    (tmp_path / "gem.json").write_text(json.dumps(gem))
    secloop("feeds", "import", tmp_path / "gem.json", cwd=project)
    after = secloop("report", "-f", "json", cwd=project).json
    assert sorted((row["ids"][0], (row["suppressed"] or {}).get("by")) for row in after["findings"]) == [
        ("CVE-2026-3", "vex"),
        ("GHSA-1", None),
    ]
    assert after["coverage"]["gaps"] == []


def test_a_pull_says_which_packages_turned_out_to_be_malicious(
    server: FeedServer, project: Path, tmp_path: Path, secloop: CommandLine
) -> None:
    secloop(*pull(server), cwd=project)
    secloop("scan", cwd=project)
    server.files["/all.zip"] = zipped(
        tmp_path / "2.zip", {"a.json": osv("PYSEC-1"), "b.json": osv("MAL-2026-1", "right", "")}
    ).read_bytes()
    done = secloop("feeds", "pull", "osv:PyPI", cwd=project)
    assert "malicious  critical right 1.0: MAL-2026-1" in done.out
    rules = [row["rule"] for row in secloop("scan", "-f", "json", cwd=project).json["findings"]]
    assert any(rule.startswith("malicious-package") for rule in rules)


def test_judging_can_be_left_out_or_not_remembered(
    server: FeedServer, project: Path, tmp_path: Path, secloop: CommandLine
) -> None:
    secloop(*pull(server), cwd=project)
    secloop("scan", cwd=project)
    (tmp_path / "own.json").write_text(osv("OWN-1", "right"))
    assert secloop("feeds", "import", tmp_path / "own.json", "--no-store", "-f", "json", cwd=project).json[
        "inventories"
    ]
    assert len(secloop("runs", "-f", "json", cwd=project).json) == 1
    again = secloop("feeds", "remove", "osv:own", "--no-judge", "-f", "json", cwd=project).json
    assert again["inventories"] == []


def test_status_lists_name_date_age_entries_digest_and_source(
    server: FeedServer, project: Path, secloop: CommandLine
) -> None:
    assert "No feeds in" in secloop("feeds", "status", cwd=project).out
    secloop(*pull(server), cwd=project)
    epss, pypi = secloop("feeds", "status", "-f", "json", cwd=project).json["feeds"]
    assert (epss["name"], epss["date"], epss["age_days"], epss["entries"]) == ("epss", "2026-11-20", 4, 1)
    assert pypi["sha256"] == hashlib.sha256(server.files["/all.zip"]).hexdigest()
    assert pypi["source"] == f"{server.origin}/all.zip"
    table = secloop("feeds", "status", cwd=project).out
    assert "osv:PyPI" in table
    assert pypi["sha256"][:12] in table


def test_changed_bytes_are_found_on_request(server: FeedServer, project: Path, secloop: CommandLine) -> None:
    secloop(*pull(server), cwd=project)
    assert secloop("feeds", "status", "--verify", cwd=project).code == 0
    (stored,) = Path(os.environ["XDG_DATA_HOME"]).rglob("*.zip")
    stored.write_bytes(b"other")
    verified = secloop("feeds", "status", "--verify", cwd=project)
    assert verified.code == 3
    assert "DAMAGED" in verified.out


def test_one_feed_that_fails_costs_itself_only(server: FeedServer, project: Path, secloop: CommandLine) -> None:
    server.status["/epss.csv"] = (500, {})
    done = secloop(*pull(server), "-f", "json", cwd=project)
    assert done.code == 3
    assert [(one["name"], one["outcome"]) for one in done.json["feeds"]] == [("epss", "failed"), ("osv:PyPI", "new")]
    server.status["/all.zip"] = (500, {})
    assert secloop(*pull(server), cwd=project).code == 2


def test_a_digest_that_does_not_fit_is_refused(server: FeedServer, project: Path, secloop: CommandLine) -> None:
    wrong = secloop(*pull(server), "--sha256", f"osv:PyPI={'0' * 64}", "-f", "json", cwd=project)
    assert [one["outcome"] for one in wrong.json["feeds"]] == ["new", "failed"]
    assert "not the expected" in wrong.json["feeds"][1]["reason"]
    right = hashlib.sha256(server.files["/all.zip"]).hexdigest()
    assert secloop(*pull(server), "--sha256", f"osv:PyPI={right}", cwd=project).code == 0


def test_an_export_serves_where_no_network_is(
    server: FeedServer, project: Path, tmp_path: Path, secloop: CommandLine
) -> None:
    secloop(*pull(server), cwd=project)
    assert (
        secloop("feeds", "export", tmp_path / "feeds.zip", cwd=project).out
        == f"wrote   2 feeds to {tmp_path}/feeds.zip\n"
    )
    far = tmp_path / "far"
    assert secloop("feeds", "import", tmp_path / "feeds.zip", "--feeds", far, cwd=project).code == 0
    here, there = (
        secloop("feeds", "status", "-f", "json", *where, cwd=project).json["feeds"] for where in ((), ("--feeds", far))
    )
    assert [(f["name"], f["sha256"], f["date"]) for f in here] == [(f["name"], f["sha256"], f["date"]) for f in there]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["pull", "nothing"], "There is no feed 'nothing'"),
        (["pull", "osv:Nothing"], "There is no feed 'osv:Nothing'"),
        (["pull", "--from", "epss"], "is not FEED=VALUE"),
        (["pull", "--from", "epss=http://example.invalid/x"], "is no https:// address"),
        (["import", "no-such-file"], "does not exist"),
        (["remove", "epss"], "There is no feed 'epss' to remove"),
        (["export", "x.zip"], "There are no feeds in"),
    ],
)
def test_wrong_use_is_one_line(project: Path, secloop: CommandLine, args: list[str], said: str) -> None:
    done = secloop("feeds", *args, cwd=project)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
