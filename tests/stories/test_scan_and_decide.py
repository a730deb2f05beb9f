"""Stories: what a developer does from the first scan to an accepted finding, with the real sensors."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from secloop.rules.generate import expand

if TYPE_CHECKING:
    from conftest import CommandLine, Repository

TOKEN = expand("{{crc32:ghp_,30}}")
OTHER = expand("{{crc32:ghp_,30}}", "other")
LEAK = f'token = "{TOKEN}"\n'


@pytest.fixture
def leaky(repo: Repository) -> Repository:
    """Make a committed repository with one token in app.py."""
    repo.write("app.py", "import os\n\n" + LEAK)
    repo.write("requirements.txt", "jinja2==2.10\n")
    repo.commit()
    return repo


def test_a_clean_tree_passes_quietly(repo: Repository, secloop: CommandLine) -> None:
    repo.write("app.py", "print('hello')\n")
    repo.commit()
    result = secloop("scan", cwd=repo.path)
    assert result.code == 0
    assert "No findings" in result.out
    assert len(result.out.splitlines()) < 10


def test_a_leaked_token_fails_the_gate_and_is_never_printed(leaky: Repository, secloop: CommandLine) -> None:
    for name in ("table", "json", "sarif", "sarif-full", "junit", "markdown", "csv", "gitlab", "html"):
        result = secloop("scan", "--format", name, cwd=leaky.path)
        assert result.code == 1, name
        assert TOKEN not in result.out + result.err, name
    state = next(Path(os.environ["XDG_STATE_HOME"]).rglob("state.db"))
    cache = [p for p in Path(os.environ["XDG_CACHE_HOME"]).rglob("*") if p.is_file()]
    assert cache
    assert all(TOKEN.encode() not in p.read_bytes() for p in [state, *cache])


def test_a_scan_leaves_no_file_in_a_foreign_tree(leaky: Repository, secloop: CommandLine) -> None:
    before = sorted(p for p in leaky.path.rglob("*") if ".git" not in p.parts)
    secloop("scan", leaky.path)
    assert sorted(p for p in leaky.path.rglob("*") if ".git" not in p.parts) == before


def test_the_json_report_says_what_was_found_and_what_was_not_covered(leaky: Repository, secloop: CommandLine) -> None:
    report = secloop("scan", "--format", "json", cwd=leaky.path).json
    secret = next(row for row in report["findings"] if row["kind"] == "secret")
    assert (secret["file"], secret["line"], secret["rule"]) == ("app.py", 3, "github-token.classic")
    vulnerable = [row for row in report["findings"] if row["kind"] == "vulnerability"]
    assert {"jinja2"} == {row["component"] for row in vulnerable}
    assert report["coverage"]["stages"]["test"] == "complete"
    assert report["coverage"]["stages"]["deploy"] == "complete"
    assert report["coverage"]["stages"]["code"] == "complete"
    assert report["run"]["ref"] == "main"
    assert report["verdict"]["gate"] == "failed"
    assert any(c["purl"] == "pkg:pypi/jinja2@2.10" for c in report["components"])


def test_the_same_input_gives_the_same_bytes_with_1_2_and_7_workers(
    repo: Repository,
    secloop: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    for n in range(90):
        repo.write(f"src/m{n}.py", f"x = {n}\n" * 1000 + (LEAK if n % 9 == 0 else ""))
    repo.commit()
    runs = [
        secloop("scan", "-f", "json", "--no-cache", "--no-store", "--jobs", str(jobs), cwd=repo.path).out
        for jobs in (1, 2, 7)
    ]
    assert runs[0].count("github-token") >= 10
    assert runs[0] == runs[1] == runs[2]


def test_an_accepted_finding_passes_until_it_expires(
    leaky: Repository,
    secloop: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leaky.write("requirements.txt", "")
    leaky.commit()
    secloop("init", cwd=leaky.path)
    leaky.commit()
    first = secloop("scan", "--format", "json", cwd=leaky.path).json
    own = first["findings"][0]["id"]
    done = secloop("accept", own, "--reason", "rotated, stays in history", "--until", "2099-01-01", cwd=leaky.path)
    assert done.code == 0
    assert "exceptions.yaml" in done.out
    assert secloop("gate", cwd=leaky.path).code == 0
    again = secloop("scan", "--format", "json", cwd=leaky.path)
    assert again.code == 0
    assert again.json["findings"][0]["status"] == "accepted"
    assert again.json["findings"][0]["suppressed"]["reason"] == "rotated, stays in history"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "4102444800")
    late = secloop("scan", cwd=leaky.path)
    assert late.code == 1
    assert "expired on 2099-01-01" in late.out + late.err


def test_a_look_behind_what_is_hidden_leaves_no_trace_in_the_history(leaky: Repository, secloop: CommandLine) -> None:
    own = secloop("scan", "-f", "json", cwd=leaky.path).json["findings"][0]["id"]
    secloop("accept", own, "--reason", "rotated", "--until", "2099-01-01", cwd=leaky.path)
    leaky.commit()
    secloop("scan", cwd=leaky.path)
    assert secloop("scan", "--ignore-suppressions", cwd=leaky.path).code == 1
    shown = secloop("findings", own, cwd=leaky.path).out
    assert "accepted" in shown
    assert "expired" not in shown


def test_a_copy_of_an_accepted_secret_is_a_new_occurrence_that_the_gate_sees(
    leaky: Repository,
    secloop: CommandLine,
) -> None:
    leaky.write("requirements.txt", "")
    secloop("init", cwd=leaky.path)
    leaky.commit()
    own = secloop("scan", "--format", "json", cwd=leaky.path).json["findings"][0]["id"]
    secloop("accept", own, "--reason", "known", "--until", "2099-01-01", cwd=leaky.path)
    leaky.write("copy.py", LEAK)
    again = secloop("scan", "--format", "json", cwd=leaky.path)
    assert again.code == 1
    assert {row["id"] for row in again.json["findings"]} == {own}
    assert {row["file"]: row["status"] for row in again.json["findings"]} == {"app.py": "accepted", "copy.py": "new"}


def test_a_fixed_finding_closes_and_comes_back_as_reopened(leaky: Repository, secloop: CommandLine) -> None:
    leaky.write("requirements.txt", "")
    secloop("init", cwd=leaky.path)
    leaky.commit()
    own = secloop("scan", "-f", "json", cwd=leaky.path).json["findings"][0]["id"]
    leaky.write("app.py", "import os\n")
    leaky.commit()
    closed = secloop("scan", "-f", "json", cwd=leaky.path).json
    assert closed["findings"] == []
    assert [row["id"] for row in closed["closed"]] == [own]
    leaky.write("app.py", LEAK)
    leaky.commit()
    back = secloop("scan", "-f", "json", cwd=leaky.path).json
    assert back["findings"][0]["status"] == "reopened"
    shown = secloop("findings", own, "--format", "json", cwd=leaky.path).json
    assert [event["kind"] for event in shown["events"]] == ["opened", "fixed", "reopened"]


def test_a_worktree_run_closes_nothing(leaky: Repository, secloop: CommandLine) -> None:
    secloop("init", cwd=leaky.path)
    leaky.commit()
    secloop("scan", cwd=leaky.path)
    leaky.write("app.py", "import os\n")
    dirty = secloop("scan", "-f", "json", cwd=leaky.path).json
    assert dirty["run"]["ref"] == "worktree"
    assert dirty["closed"] == []
    listed = secloop("findings", "--format", "json", cwd=leaky.path).json
    assert "secret" in {row["kind"] for row in listed}


def test_moving_renaming_and_reindenting_keep_the_id(leaky: Repository, secloop: CommandLine) -> None:
    before = secloop("scan", "-f", "json", cwd=leaky.path).json["findings"]
    (leaky.path / "app.py").unlink()
    leaky.write("lib/settings.py", "# moved\n\n\nif True:\n    " + LEAK)
    leaky.write("requirements.txt", "# pinned\n\njinja2==2.10.1\n")
    leaky.commit()
    after = secloop("scan", "-f", "json", cwd=leaky.path).json["findings"]
    assert {r["id"] for r in before if r["kind"] == "secret"} == {r["id"] for r in after if r["kind"] == "secret"}
    kept = {r["id"] for r in after if r["kind"] == "vulnerability"}
    assert kept
    assert kept <= {r["id"] for r in before}


def test_the_baseline_hides_from_the_gate_only_what_is_in_it(leaky: Repository, secloop: CommandLine) -> None:
    secloop("init", cwd=leaky.path)
    leaky.commit()
    secloop("scan", cwd=leaky.path)
    assert "wrote .secloop/baseline.json" in secloop("baseline", cwd=leaky.path).out
    assert secloop("scan", "--new", "--no-store", cwd=leaky.path).code == 0
    leaky.write("other.py", f'token = "{OTHER}"\n')
    assert secloop("scan", "--new", "--no-store", cwd=leaky.path).code == 1


def test_checking_the_baseline_exits_1_where_the_run_differs(leaky: Repository, secloop: CommandLine) -> None:
    secloop("scan", cwd=leaky.path)
    lacking = secloop("baseline", "--check", cwd=leaky.path)
    assert (lacking.code, "0 of the baseline no longer found" in lacking.out) == (1, True)
    secloop("baseline", cwd=leaky.path)
    equal = secloop("baseline", "--check", cwd=leaky.path)
    assert (equal.code, "0 not in the baseline, 0 of the baseline no longer found" in equal.out) == (0, True)
    (leaky.path / "app.py").unlink()
    leaky.commit()
    secloop("scan", cwd=leaky.path)
    assert secloop("baseline", "--check", cwd=leaky.path).code == 1


def test_an_earlier_sarif_is_a_baseline(leaky: Repository, secloop: CommandLine, tmp_path: Path) -> None:
    sarif = tmp_path / "before.sarif"
    secloop("scan", "-f", "sarif", "-o", sarif, cwd=leaky.path)
    result = secloop("scan", "--new", "--no-store", "--baseline", sarif, "-f", "json", cwd=leaky.path)
    assert result.code == 0
    assert {row["status"] for row in result.json["findings"]} == {"open"}


def test_a_baseline_ref_reports_what_the_branch_adds(leaky: Repository, secloop: CommandLine) -> None:
    leaky.git("checkout", "-q", "-b", "feature")
    leaky.write("other.py", f'token = "{OTHER}"\n')
    leaky.commit()
    result = secloop("scan", "--baseline-ref", "main", "--new", "-f", "json", cwd=leaky.path)
    status = {row["file"]: row["status"] for row in result.json["findings"]}
    assert status["app.py"] == "open"
    assert status["other.py"] == "new"
    assert result.code == 1
    (leaky.path / "other.py").unlink()
    assert secloop("scan", "--baseline-ref", "main", "--new", cwd=leaky.path).code == 0


def test_since_narrows_what_is_scanned(leaky: Repository, secloop: CommandLine) -> None:
    leaky.write("other.py", f'token = "{OTHER}"\n')
    result = secloop("scan", "--since", "HEAD", "-f", "json", cwd=leaky.path).json
    assert {row["file"] for row in result["findings"]} == {"other.py"}
    assert result["run"]["scope"]["since"] == "HEAD"
    assert result["run"]["scope"]["closes"] is False


def test_staged_scans_the_index_not_the_work_tree(leaky: Repository, secloop: CommandLine) -> None:
    leaky.write("other.py", f'token = "{OTHER}"\n')
    leaky.git("add", "other.py")
    leaky.write("other.py", "token = None\n")
    result = secloop("scan", "--staged", "-f", "json", cwd=leaky.path)
    assert result.code == 1
    assert {row["file"] for row in result.json["findings"]} == {"other.py"}
    leaky.git("add", "other.py")
    assert secloop("scan", "--staged", cwd=leaky.path).code == 0


def test_an_ignore_comment_hides_with_its_reason_and_an_unused_one_is_listed(
    repo: Repository,
    secloop: CommandLine,
) -> None:
    repo.write("a.py", f'token = "{TOKEN}"  # secloop:ignore github-token reason="test key"\n')
    repo.write("b.py", "x = 1  # secloop:ignore github-token\n")
    repo.commit()
    report = secloop("scan", "-f", "json", cwd=repo.path)
    assert report.code == 0
    assert report.json["findings"][0]["suppressed"]["reason"] == "test key"
    assert [(u["file"], u["line"]) for u in report.json["unused_ignores"]] == [("b.py", 1)]
    assert secloop("scan", "--ignore-suppressions", cwd=repo.path).code == 1


def test_exit_codes_can_be_replaced_and_forgiven(leaky: Repository, secloop: CommandLine) -> None:
    assert secloop("scan", "--exit-code", "9", cwd=leaky.path).code == 9
    assert secloop("scan", "--soft-fail", cwd=leaky.path).code == 0


def test_gate_explain_says_what_failed_and_what_would_pass(leaky: Repository, secloop: CommandLine) -> None:
    secloop("scan", cwd=leaky.path)
    result = secloop("gate", "--explain", cwd=leaky.path)
    assert result.code == 1
    assert "1 findings" not in result.out
    assert "to pass:" in result.out
    assert "app.py:3" in result.out
    assert "files scanned" in result.out
    assert re.search(r"and on the feed osv-starter of \d{4}-\d\d-\d\d, [\d,]+ days? old", result.out)
    shown = secloop("gate", "--show", cwd=leaky.path)
    assert shown.code == 0
    assert "fail:" in shown.out


def test_an_own_policy_decides_too(leaky: Repository, secloop: CommandLine) -> None:
    leaky.write("app.py", "")
    leaky.write("requirements.txt", "jinja2==2.10\n")
    leaky.write(
        ".secloop/policies/jinja.yaml",
        "id: no-jinja\nwhen: {kinds: [vulnerability]}\nfail: f.component == 'jinja2'\n"
        "reason: No jinja\nto_pass: Drop it\n",
    )
    report = secloop("scan", "-f", "json", cwd=leaky.path).json
    assert "no-jinja" in {d["rule"] for d in report["verdict"]["decisions"]}


def test_reports_are_written_beside_the_main_output(leaky: Repository, secloop: CommandLine, tmp_path: Path) -> None:
    result = secloop(
        "scan",
        "--report",
        f"sarif={tmp_path / 'out' / 'a.sarif'}",
        "--report",
        f"html={tmp_path / 'a.html'}",
        cwd=leaky.path,
    )
    assert "wrote sarif report" in result.err
    assert json.loads((tmp_path / "out" / "a.sarif").read_text())["version"] == "2.1.0"
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")


def test_a_stored_run_can_be_reported_and_listed_later(leaky: Repository, secloop: CommandLine) -> None:
    first = secloop("scan", "-f", "json", cwd=leaky.path)
    assert secloop("report", "-f", "json", cwd=leaky.path).json == first.json
    runs = secloop("runs", "--format", "json", cwd=leaky.path).json
    assert [run["gate"] for run in runs] == ["failed"]
    listed = secloop("findings", "--kind", "secret", cwd=leaky.path)
    assert "app.py:3" in listed.out


def test_why_same_names_the_fields_that_differ(leaky: Repository, secloop: CommandLine) -> None:
    leaky.write("other.py", f'token = "{OTHER}"\n')
    leaky.commit()
    rows = secloop("scan", "-f", "json", cwd=leaky.path).json["findings"]
    a, b = (row["id"] for row in rows if row["kind"] == "secret")
    assert "value" in secloop("why-same", a, b, cwd=leaky.path).out
    assert "same" in secloop("why-same", a, a, cwd=leaky.path).out.lower()


def test_run_prints_the_eight_stages_and_never_calls_an_uncovered_one_passed(
    leaky: Repository,
    secloop: CommandLine,
) -> None:
    result = secloop("run", cwd=leaky.path)
    for stage in ("plan", "code", "build", "test", "release", "deploy", "operate", "monitor"):
        assert stage in result.out
    assert result.out.count("not covered") >= 4


def test_staged_heeds_excludes_and_paths(leaky: Repository, secloop: CommandLine) -> None:
    leaky.write("secloop.toml", "[scan]\nexclude = ['vendor/']\n")
    leaky.commit()
    leaky.write("vendor/a.py", f'token = "{OTHER}"\n')
    leaky.write("lib/b.py", f'token = "{OTHER}"\n')
    leaky.git("add", "-A")
    whole = secloop("scan", "--staged", "-f", "json", cwd=leaky.path).json
    assert {row["file"] for row in whole["findings"]} == {"lib/b.py"}
    assert whole["coverage"]["excluded"] == {"configuration": 1}
    (leaky.path / "other").mkdir()
    assert secloop("scan", "--staged", "other", cwd=leaky.path).code == 0


@pytest.mark.parametrize("step", ["init", "accept", "baseline"])
def test_what_was_remembered_moves_along_when_the_folder_appears(
    leaky: Repository,
    secloop: CommandLine,
    step: str,
) -> None:
    own = secloop("scan", "-f", "json", cwd=leaky.path).json["findings"][0]["id"]
    args = {"accept": [own, "--reason", "known", "--until", "2099-01-01"]}.get(step, [])
    assert secloop(step, *args, cwd=leaky.path).code == 0
    assert len(secloop("runs", "--format", "json", cwd=leaky.path).json) == 1
    assert secloop("findings", own, cwd=leaky.path).code == 0
    assert "state.db" not in leaky.git("status", "--porcelain", "--untracked-files=all")
    assert list(Path(os.environ["XDG_STATE_HOME"]).rglob("state.db")) == []


def test_ids_stay_when_init_comes_later_also_without_git(tmp_path: Path, secloop: CommandLine) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "app.py").write_text(LEAK)
    before = secloop("scan", "-f", "json", cwd=tmp_path / "plain").json["findings"][0]["id"]
    secloop("init", cwd=tmp_path / "plain")
    assert secloop("scan", "-f", "json", cwd=tmp_path / "plain").json["findings"][0]["id"] == before


def test_a_finding_is_accepted_once(leaky: Repository, secloop: CommandLine) -> None:
    own = secloop("scan", "-f", "json", cwd=leaky.path).json["findings"][0]["id"]
    args = ("accept", own, "--reason", "known", "--until", "2099-01-01")
    assert secloop(*args, cwd=leaky.path).code == 0
    again = secloop(*args, cwd=leaky.path)
    assert again.code == 2
    assert "accepted already, until 2099-01-01" in again.err


def test_a_comment_for_a_kind_nothing_looked_for_is_not_called_unused(repo: Repository, secloop: CommandLine) -> None:
    repo.write("a.yaml", "a: 1  # checkov:skip=CKV_K8S_1\n")
    repo.write("b.py", "x = 1  # gitleaks:allow\n")
    unused = secloop("code", "secrets", "-f", "json", cwd=repo.path).json["unused_ignores"]
    assert [one["file"] for one in unused] == ["b.py"]


@pytest.mark.parametrize("command", [["findings"], ["runs"], ["gate"], ["report", "-f", "json"]])
def test_a_root_is_enough_from_anywhere(
    leaky: Repository,
    secloop: CommandLine,
    tmp_path: Path,
    command: list[str],
) -> None:
    secloop("scan", leaky.path)
    (tmp_path / "elsewhere").mkdir()
    result = secloop(*command, "--root", leaky.path, cwd=tmp_path / "elsewhere")
    assert result.code == (1 if command == ["gate"] else 0), result.err
