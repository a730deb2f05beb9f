"""The configuration file: where it is found, and what a mistake in it says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.loop.config import is_inside, load_config
from secloop.model.config import Config
from secloop.model.enums import Severity
from secloop.model.errors import UsageError

PAGE = Path(__file__).parents[2] / "docs" / "config.md"


def load(tmp_path: Path, text: str, name: str = "secloop.toml") -> Config:
    (tmp_path / name).write_text(text)
    return load_config(tmp_path)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()


def test_the_example_of_the_contract_is_read(tmp_path: Path, shared: Path) -> None:
    text = (shared / "contracts.md").read_text()
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example
    config = load(tmp_path, example[1])
    assert (config.project.exposure, config.scan.exclude) == ("internet", ("third_party/**",))
    assert config.rules.severity == {"github-token.classic": Severity.HIGH}
    assert config.teams["web"].sla == {Severity.CRITICAL: "7d", Severity.HIGH: "30d"}


def test_pyproject_serves_where_there_is_no_file_of_ours(tmp_path: Path) -> None:
    table = "[tool.secloop.scan]\njobs = 3\n"
    assert load(tmp_path, table, "pyproject.toml").scan.jobs == 3
    assert load(tmp_path, "[scan]\njobs = 4\n").scan.jobs == 4


@pytest.mark.parametrize("text", ["[tool.black]\n", "[project\nbroken", "tool = 1 # secloop\n", ""])
def test_a_pyproject_that_does_not_speak_to_us_is_not_ours_to_judge(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text, "pyproject.toml") == Config()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[scan]\nexclud = ['a']", 'secloop.toml:2: unknown key "scan.exclud". Did you mean "exclude".'),
        ("[scna]", 'secloop.toml:1: unknown key "scna". Did you mean "scan".'),
        ("x = 1", 'unknown key "x". Known are: build, gate, output, project, rules, scan, teams.'),
        ("[scan]\njobs = 'many'", "secloop.toml:2: scan.jobs: expected `int`, got `str`"),
        ("[scan]\njobs = -1", "secloop.toml:2: scan.jobs: expected `int` >= 0"),
        ("[scan]\nmax_file_size = '5 MB'", "Write it like this: 500KB, 5MB"),
        ("[scan]\nfile_timeout = 10", "scan.file_timeout: expected `str`, got `int`"),
        (
            "[[scan.accept_incomplete]]\npath = 'a'\nresaon = 'b'",
            'unknown key "scan.accept_incomplete[0].resaon". Did you',
        ),
        ("[scan]\naccept_incomplete = [{path = 'a'}]", "scan.accept_incomplete[0]: missing key `reason`"),
        ("[rules.severity]\n'a.b' = 'hihg'", 'secloop.toml:2: unknown value "hihg" of "rules.severity.a.b". Did you'),
        ("[project]\ncriticality = 'big'", "Known are: critical, high, low, medium"),
        ("[teams.web]\nowner = ['@a']", 'secloop.toml:2: unknown key "teams.web.owner". Did you mean "owners".'),
        ("[teams.web]\nsla = {critcal = '7d'}", 'unknown key "teams.web.sla.critcal". Did you mean "critical".'),
        ("[teams]\na = {}\nb = {sla = {high = '7'}}", "secloop.toml:3: teams.b.sla.high:"),
        ("[scan\n", "secloop.toml:1: not valid TOML"),
        ("[scan]\njobs =", "secloop.toml:2: not valid TOML"),
        ("[scan]\njobs = 1\njobs = 2", "secloop.toml:3: not valid TOML"),
        ("[output]\nreports = {sarif = '../x'}", 'secloop.toml:2: report path "../x" leads out of the project'),
        ("[output.reports]\nsarif = '/etc/x'", 'secloop.toml:2: report path "/etc/x" leads out'),
        ("[rules]\npaths = ['../own']", 'secloop.toml:2: rules.paths: "../own" leads out of the project'),
        ("[gate]\npolicies = ['.secloop/policies', '/etc/p']", 'secloop.toml:2: gate.policies: "/etc/p" leads out'),
        ("[build]\nadvisories = ['/var/osv']", "Use a path below the root, or give it by --advisories"),
        ("[rules]\npaths = ['link/rules']", 'rules.paths: "link/rules" leads out of the project'),
        ('[rules]\npaths = ["a\\u0000b"]', "leads out of the project"),
        ("[scan]\nmax_file_size = '513MB'", 'secloop.toml:2: scan.max_file_size: "513MB" is not between 1 and 512MB'),
        ("[scan]\nmax_file_size = '0'", "is not between 1 and 512MB"),
        ("[scan]\nfile_timeout = '11m'", 'scan.file_timeout: "11m" is not between 1 and 600s'),
        ("[scan]\nfile_timeout = '0ms'", "is not between 1 and 600s"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ("a." * 20_000 + "b = 1", "secloop.toml:1: too many dots on one line"),
        ("1." * 20_000 + "1 = 1", "secloop.toml:1: too many dots on one line"),
        ('a = {b = """\n\' """, ' + "c." * 20_000 + "d = 1}", "secloop.toml:2: too many dots on one line"),
        ("\n[" + '"a b".' * 20_000 + "b]", "secloop.toml:2: too many dots on one line"),
        ("\n" + ("a." * 1_000 + "b = 1\n") * 100, "secloop.toml:18: too many dots on one line"),
    ],
)
def test_a_mistake_is_one_line_with_its_place_and_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "link").symlink_to("/usr")
    with pytest.raises(UsageError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bounds_and_paths_at_their_edge_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    config = load(
        tmp_path,
        "[scan]\nmax_file_size = '512MB'\nfile_timeout = '1ms'\n"
        "[build]\nadvisories = ['feeds', 'later.zip', '']\n[rules]\npaths = ['.']\n",
    )
    assert config.build.advisories == ("feeds", "later.zip", "")


def test_a_mistake_in_pyproject_names_pyproject_and_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'pyproject.toml:4: unknown key "scan.jbos". Did you mean "jobs"'):
        load(tmp_path, "[project]\nname = 'x'\n[tool.secloop]\nscan.jbos = 1\n", "pyproject.toml")


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secloop.toml").mkdir()
    with pytest.raises(UsageError, match="is not a file"):
        load_config(tmp_path)


@pytest.mark.parametrize("path", ["out/a.sarif", "a", "./a", "out/../a", "a..b/c"])
def test_a_path_below_the_root_is_inside(path: str) -> None:
    assert is_inside(path)


@pytest.mark.parametrize(
    "path", ["", "..", "../a", "a/../../b", "/a", "C:\\a", "C:a", "\\\\host\\a", "..\\a", "a\\..\\..\\b"]
)
def test_a_path_that_leads_out_is_not_inside(path: str) -> None:
    assert not is_inside(path)


@given(st.lists(st.sampled_from(["a", "..", ".", "b"]), min_size=1, max_size=6))
def test_inside_means_that_no_start_of_the_path_climbs_out(parts: list[str]) -> None:
    depths = [sum({"..": -1, ".": 0}.get(p, 1) for p in parts[:n]) for n in range(1, len(parts) + 1)]
    assert is_inside("/".join(parts)) == (min(depths) >= 0)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    from secloop.loop import config

    message = ""
    try:
        config._checked(config.tables(text, "f"), Path(), config._where(text, "f", ""))
    except UsageError as error:
        message = str(error)
    assert "\n" not in message


def _documented() -> set[str]:
    return set(re.findall(r"^\| `([\w.]+)` \|", PAGE.read_text(), re.MULTILINE))


def _keys(type_: Any, prefix: str = "") -> set[str]:
    found = set()
    for field in msgspec.structs.fields(type_):
        inner = next((t for t in (field.type, *get_args(field.type)) if _is_table(t)), None)
        name = f"{prefix}{field.encode_name}"
        if inner is None or get_args(field.type)[:1] not in ((), (str,)):
            found.add(name)
        if inner is not None:
            found |= _keys(inner, f"{name}.NAME." if get_args(field.type)[:1] == (str,) else f"{name}.")
    return found


def _is_table(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, msgspec.Struct)


def test_every_key_is_documented_and_nothing_else() -> None:
    assert _documented() == _keys(Config)


def test_every_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert examples
    for text in examples:
        table = tomllib.loads(text)
        load(tmp_path, text, "pyproject.toml" if "tool" in table else "secloop.toml")
        (tmp_path / "secloop.toml").unlink(missing_ok=True)
