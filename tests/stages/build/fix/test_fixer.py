"""From findings in a tree to proposals: which version, by which way."""

from __future__ import annotations

import json

import pytest

from secloop.model.enums import Confidence, Kind, Severity, Stage
from secloop.model.facts import Component
from secloop.model.finding import Finding
from secloop.model.fix import FixRequest
from secloop.model.places import PackagePin
from secloop.model.report import row_of
from secloop.stages.build.advisories.memory import MemoryIndex
from secloop.stages.build.fix.fixer import DependencyFixer
from stages.build.fix.planning import advisory, applied, plan, run_lines

LODASH = advisory("npm", "lodash", ("", "4.17.21"))
MANIFEST = '{\n  "name": "shop",\n  "dependencies": {\n    "lodash": "%s"\n  }\n}\n'


def npm_lock(wish: str, version: str = "4.17.20", **more: object) -> str:
    packages = {
        "": {"name": "shop", "dependencies": {"lodash": wish}},
        "node_modules/lodash": {"version": version},
        **more,
    }
    return json.dumps({"lockfileVersion": 3, "packages": packages}, indent=1)


def test_a_pin_in_a_manifest_moves_to_the_smallest_version_that_clears_all() -> None:
    files = {"requirements.txt": "flask==1.0\nother==1.0\n"}
    found = plan(
        files,
        advisory("PyPI", "flask", ("", "1.1"), name="CVE-2020-0001"),
        advisory("PyPI", "flask", ("", "1.2.3"), name="CVE-2020-0002"),
        advisory("PyPI", "flask", ("", "0.9"), ("1.0", "1.2.5"), name="CVE-2020-0003"),
    )
    (one,) = found
    assert one.title == "Update flask from 1.0 to 1.2.5"
    assert len(one.fix.clears) == 3
    assert one.fix.safe
    assert applied(files, found) == {"requirements.txt": "flask==1.2.5\nother==1.0\n"}


def test_a_version_with_new_findings_is_not_chosen_if_another_exists() -> None:
    files = {"requirements.txt": "flask==1.0\n"}
    (one,) = plan(
        files,
        advisory("PyPI", "flask", ("", "1.1")),
        advisory("PyPI", "flask", ("1.1", "1.3"), name="CVE-2020-0009"),
    )
    assert one.title.endswith("to 1.3")


def test_a_version_with_new_findings_says_so_where_there_is_no_other() -> None:
    (one,) = plan(
        {"requirements.txt": "flask==1.0\n"},
        advisory("PyPI", "flask", ("", "1.1")),
        advisory("PyPI", "flask", ("1.1", ""), name="CVE-2020-0009"),
    )
    assert one.title.endswith("to 1.1")
    assert any("CVE-2020-0009" in note for note in one.notes)


def test_the_one_that_clears_most_is_chosen_where_none_clears_all() -> None:
    (one,) = plan(
        {"requirements.txt": "flask==1.0\n"},
        advisory("PyPI", "flask", ("", "1.1"), name="CVE-2020-0001"),
        advisory("PyPI", "flask", ("", "1.2"), name="CVE-2020-0002"),
        advisory("PyPI", "flask", ("", ""), name="CVE-2020-0003"),
    )
    assert one.title.endswith("to 1.2")
    assert (len(one.fix.clears), len(one.leaves)) == (2, 1)
    assert "no known version clears CVE-2020-0003 as well" in one.notes


def test_without_a_fixed_version_nothing_is_invented() -> None:
    (one,) = plan({"requirements.txt": "flask==1.0\n"}, advisory("PyPI", "flask", ("", "")))
    assert one.title == "flask 1.0: no fixed version is known"
    assert one.is_advice
    assert len(one.leaves) == 1


@pytest.mark.parametrize("fixed", ["3.999.999", "1.1.0-rc1", "3.0.0 --force", "3.0.0;id"])
def test_a_placeholder_or_a_word_is_never_proposed_and_a_pre_release_only_alone(fixed: str) -> None:
    (one,) = plan({"package.json": MANIFEST % "1.0.0"}, advisory("npm", "lodash", ("", fixed)))
    assert one.is_advice is (fixed != "1.1.0-rc1")
    (two,) = plan(
        {"package.json": MANIFEST % "1.0.0"},
        advisory("npm", "lodash", ("", fixed)),
        advisory("npm", "lodash", ("1.0.0", "4.0.0"), name="CVE-2020-0002"),
    )
    assert two.title.endswith("to 4.0.0")


def test_only_what_is_asked_about_decides_the_version() -> None:
    (one,) = plan(
        {"requirements.txt": "flask==1.0\n"},
        advisory("PyPI", "flask", ("", "1.1"), name="CVE-2020-0001"),
        advisory("PyPI", "flask", ("", "3.0"), name="CVE-2020-0002"),
        only=["CVE-2020-0001"],
    )
    assert one.title.endswith("to 1.1")


def test_a_lock_whose_manifest_admits_the_version_only_needs_the_tool() -> None:
    files = {"package.json": MANIFEST % "^4.17.0", "package-lock.json": npm_lock("^4.17.0")}
    found = plan(files, LODASH)
    assert run_lines(found) == ["npm update lodash --package-lock-only --ignore-scripts"]
    assert applied(files, found) == files
    assert len(found[0].fix.clears) == 1


@pytest.mark.parametrize(
    ("wish", "after"),
    [("4.17.20", "4.17.21"), ("~4.16.0", "~4.17.21"), ("^3.0.0 || ~4.16", "^3.0.0 || ~4.16 || ^4.17.21")],
)
def test_a_manifest_that_leaves_the_version_out_is_widened_in_its_own_style(wish: str, after: str) -> None:
    files = {"package.json": MANIFEST % wish, "package-lock.json": npm_lock(wish)}
    found = plan(files, LODASH)
    assert applied(files, found)["package.json"] == MANIFEST % after
    assert run_lines(found) == ["npm install --package-lock-only --ignore-scripts"]


def test_another_major_version_is_said_to_be_one_and_is_not_safe() -> None:
    files = {"package.json": MANIFEST % "^4.0.0", "package-lock.json": npm_lock("^4.0.0")}
    (one,) = plan(files, advisory("npm", "lodash", ("", "5.0.1")))
    assert one.breaking
    assert not one.fix.safe
    assert applied(files, [one])["package.json"] == MANIFEST % "^5.0.1"
    assert one.notes[0].startswith("a major upgrade")


def test_a_version_inside_what_is_declared_is_preferred_to_a_smaller_gain_of_none() -> None:
    files = {"package.json": MANIFEST % "^4.0.0", "package-lock.json": npm_lock("^4.0.0", "4.0.0")}
    (one,) = plan(files, advisory("npm", "lodash", ("", "4.17.21"), ("5.0.0", "5.0.1")))
    assert one.title.endswith("to 4.17.21")


def brought_in(wish: str) -> dict[str, str]:
    """Return a tree whose only dependency brings lodash in with a wish."""
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "shop", "dependencies": {"parent": "^1.0.0"}},
            "node_modules/parent": {"version": "1.0.0", "dependencies": {"lodash": wish}},
            "node_modules/lodash": {"version": "4.17.20"},
        },
    }
    manifest = '{\n  "name": "shop",\n  "dependencies": {"parent": "^1.0.0"}\n}\n'
    return {"package.json": manifest, "package-lock.json": json.dumps(lock)}


def test_what_a_parent_admits_moves_by_the_tool_alone() -> None:
    files = brought_in("^4.17.0")
    found = plan(files, LODASH)
    assert run_lines(found) == ["npm update lodash --package-lock-only --ignore-scripts"]
    assert applied(files, found) == files


def test_what_a_parent_leaves_out_is_overridden_and_the_parent_named() -> None:
    files = brought_in("4.17.20")
    found = plan(files, LODASH)
    after = json.loads(applied(files, found)["package.json"])
    assert after == {**json.loads(files["package.json"]), "overrides": {"lodash": "4.17.21"}}
    assert any("parent 1.0.0 asks for 4.17.20" in note for note in found[0].notes)
    assert not found[0].fix.safe


def test_overrides_of_one_manifest_are_one_valid_edit() -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"parent": "1"}},
            "node_modules/parent": {"version": "1.0.0", "dependencies": {"lodash": "4.17.20", "b": "1.0.0"}},
            "node_modules/lodash": {"version": "4.17.20"},
            "node_modules/b": {"version": "1.0.0"},
        },
    }
    files = {
        "package.json": '{"dependencies": {"parent": "1"}, "overrides": {}}',
        "package-lock.json": json.dumps(lock),
    }
    found = plan(files, LODASH, advisory("npm", "b", ("", "1.0.1"), name="CVE-2020-0002"))
    assert json.loads(applied(files, found)["package.json"])["overrides"] == {"lodash": "4.17.21", "b": "1.0.1"}
    assert found[0].fix.edits == found[1].fix.edits


def test_poetry_asks_its_parents_too() -> None:
    lock = (
        '[[package]]\nname = "flask"\nversion = "1.1.4"\n\n[package.dependencies]\nwerkzeug = ">=0.15,<2.0"\n\n'
        '[[package]]\nname = "werkzeug"\nversion = "1.0.1"\n'
    )
    manifest = '[tool.poetry.dependencies]\nflask = "^1.1"\n'
    files = {"poetry.lock": lock, "pyproject.toml": manifest}
    (held,) = plan(files, advisory("PyPI", "werkzeug", ("", "2.0.1")))
    assert held.is_advice
    assert held.notes[1].startswith("flask 1.1.4 asks for >=0.15,<2.0: update flask first")
    (free,) = plan(files, advisory("PyPI", "werkzeug", ("", "1.0.2")))
    assert run_lines([free]) == ["poetry update --lock werkzeug"]


def test_packages_that_share_a_property_move_together_to_the_higher_version() -> None:
    def entry(name: str) -> str:
        return (
            f"<dependency><groupId>g</groupId><artifactId>{name}</artifactId><version>${{v}}</version></dependency>\n"
        )

    pom = (
        "<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>\n"
        f"<properties><v>2.9.1</v></properties><dependencies>\n{entry('a')}{entry('b')}</dependencies></project>\n"
    )
    found = plan(
        {"pom.xml": pom},
        advisory("Maven", "g:a", ("", "2.9.5"), name="CVE-2020-0001"),
        advisory("Maven", "g:b", ("", "2.9.8"), name="CVE-2020-0002"),
    )
    assert applied({"pom.xml": pom}, found) == {"pom.xml": pom.replace("2.9.1", "2.9.8")}
    assert [one.title[-5:] for one in found] == ["2.9.8", "2.9.8"]
    assert all(len(one.fix.clears) == 1 for one in found)


def test_a_version_that_a_parent_pom_holds_is_changed_there() -> None:
    parent = (
        "<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>top</artifactId>"
        "<version>1</version><packaging>pom</packaging>\n<properties><a.version>2.9.1</a.version></properties></project>\n"
    )
    child = (
        "<project><modelVersion>4.0.0</modelVersion><parent><groupId>x</groupId><artifactId>top</artifactId>"
        "<version>1</version></parent><artifactId>m</artifactId>\n<dependencies><dependency><groupId>g</groupId>"
        "<artifactId>a</artifactId><version>${a.version}</version></dependency></dependencies></project>\n"
    )
    files = {"pom.xml": parent, "m/pom.xml": child}
    found = plan(files, advisory("Maven", "g:a", ("", "2.9.5")))
    assert applied(files, found) == {**files, "pom.xml": parent.replace("2.9.1", "2.9.5")}


def test_go_modules_are_edited_and_tidied() -> None:
    files = {"go.mod": "module x\n\ngo 1.21\n\nrequire golang.org/x/net v0.1.0\n"}
    found = plan(files, advisory("Go", "golang.org/x/net", ("", "0.7.0")))
    assert applied(files, found) == {"go.mod": files["go.mod"].replace("v0.1.0", "v0.7.0")}
    assert run_lines(found) == ["go mod tidy"]


def test_hashes_are_never_forged() -> None:
    digest = "0" * 64
    files = {"requirements.txt": f"flask==1.0 \\\n    --hash=sha256:{digest}\n", "requirements.in": "flask\n"}
    found = plan(files, advisory("PyPI", "flask", ("", "1.1")))
    assert applied(files, found) == files
    assert run_lines(found) == [
        "pip-compile --generate-hashes --upgrade-package flask==1.1 --output-file requirements.txt requirements.in"
    ]


def test_a_name_that_would_be_an_option_or_code_gives_no_command() -> None:
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/--eval=x": {"version": "1.0.0"}}}
    (one,) = plan({"package-lock.json": json.dumps(lock)}, advisory("npm", "--eval=x", ("", "1.1.0")))
    assert one.commands == ()


def test_what_is_made_elsewhere_is_told_to_be_made_anew() -> None:
    sbom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "components": [{"type": "library", "name": "flask", "version": "1.0", "purl": "pkg:pypi/flask@1.0"}],
    }
    (one,) = plan({"bom.json": json.dumps(sbom)}, advisory("PyPI", "flask", ("", "1.1")))
    assert one.is_advice
    assert "update it to 1.1 where bom.json is made" in one.notes[0]


def test_a_manifest_that_cannot_be_widened_is_left_to_the_user_with_the_command_for_after() -> None:
    wish = "1.0.0 - 4.17.20"
    (one,) = plan({"package.json": MANIFEST % wish, "package-lock.json": npm_lock(wish)}, LODASH)
    assert one.is_advice
    assert one.notes == (
        f"let package.json line 4 admit 4.17.21 by hand: it asks for {wish}",
        "then run: npm install --package-lock-only --ignore-scripts",
    )


def test_a_malicious_package_is_to_be_removed_and_no_version_of_it_is_proposed() -> None:
    report = advisory("npm", "lodash", ("4.17.20", "4.17.21"), name="MAL-2026-1")
    component = Component(
        name="lodash", version="4.17.20", purl="pkg:npm/lodash@4.17.20", file="package-lock.json", via=("a", "b")
    )
    row = row_of(
        Finding(
            kind=Kind.SUPPLY_CHAIN,
            stage=Stage.BUILD,
            rule="malicious-package",
            title="t",
            message="m",
            severity=Severity.CRITICAL,
            confidence=Confidence.HIGH,
            place=PackagePin(file="package-lock.json", name="lodash", version="4.17.20", purl=component.purl),
            identity=("x",),
            ids=("MAL-2026-1",),
            id="c-1",
        )
    )
    request = FixRequest(findings=(row,), components=(component,), files=(), read=lambda _: None)
    (one,) = DependencyFixer(lambda: MemoryIndex([report])).proposals(request)
    assert one.title.startswith("Remove lodash 4.17.20: it is reported as malicious")
    assert one.is_advice
    assert one.leaves == ("c-1",)
    assert "it comes in through a > b: remove that too, or update it" in one.notes


def test_a_version_that_is_reported_as_malicious_is_never_chosen() -> None:
    (one,) = plan(
        {"package.json": MANIFEST % "4.17.20"},
        LODASH,
        advisory("npm", "lodash", ("4.17.21", "4.17.22"), name="MAL-2026-1"),
    )
    assert one.title.endswith("to 4.17.22")


def test_what_only_moving_packages_bring_in_is_looked_at_again_instead_of_overridden() -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"parent": "1.0.0"}},
            "node_modules/parent": {"version": "1.0.0", "dependencies": {"middle": "1"}},
            "node_modules/middle": {"version": "1.0.0", "dependencies": {"lodash": "4.17.20"}},
            "node_modules/lodash": {"version": "4.17.20"},
        },
    }
    files = {"package.json": '{"dependencies": {"parent": "1.0.0"}}', "package-lock.json": json.dumps(lock)}
    found = plan(files, LODASH, advisory("npm", "parent", ("", "1.0.1"), name="CVE-2020-0002"))
    assert applied(files, found)["package.json"] == '{"dependencies": {"parent": "1.0.1"}}'
    (one,) = [one for one in found if one.group == "npm lodash"]
    assert one.is_advice
    assert one.notes == ("it comes in through parent 1.0.0 only, which this plan moves: after that, look again",)


def test_npm_lets_go_of_an_overridden_entry() -> None:
    files = brought_in("4.17.20")
    found = plan(files, LODASH)
    after = json.loads(applied(files, found)["package-lock.json"])
    assert "node_modules/lodash" not in after["packages"]
    assert "node_modules/parent" in after["packages"]


def test_a_workspace_member_is_edited_where_its_lock_stands_above_it() -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {
            "": {"workspaces": ["ui"]},
            "ui": {"name": "ui", "dependencies": {"lodash": "4.17.20"}},
            "node_modules/ui": {"resolved": "ui", "link": True},
            "node_modules/lodash": {"version": "4.17.20"},
        },
    }
    files = {
        "package.json": '{"workspaces": ["ui"]}',
        "ui/package.json": MANIFEST % "4.17.20",
        "package-lock.json": json.dumps(lock),
    }
    found = plan(files, LODASH)
    assert applied(files, found)["ui/package.json"] == MANIFEST % "4.17.21"
    assert {(command.folder, command.arguments[1]) for one in found for command in one.commands} == {(".", "install")}
    assert len({one.fix.edits for one in found}) == 1


def test_cargo_that_may_not_take_another_major_version_is_told_to_go_through_the_parent() -> None:
    lock = (
        '[[package]]\nname = "x"\nversion = "0.1.0"\ndependencies = ["top"]\n\n'
        '[[package]]\nname = "top"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n'
        'dependencies = ["low"]\n\n'
        '[[package]]\nname = "low"\nversion = "0.2.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n'
    )
    (held,) = plan({"Cargo.lock": lock}, advisory("crates.io", "low", ("", "0.3.0")))
    assert held.is_advice
    assert "top may not take another major version: update top first" in held.notes[1]
    (free,) = plan({"Cargo.lock": lock}, advisory("crates.io", "low", ("", "0.2.4")))
    assert run_lines([free]) == ["cargo update -p low@0.2.0 --precise 0.2.4"]


def test_an_override_that_holds_the_present_version_is_raised() -> None:
    files = brought_in("^4.17.0")
    files["package.json"] = '{\n  "dependencies": {"parent": "^1.0.0"},\n  "overrides": {"lodash": "4.17.20"}\n}\n'
    found = plan(files, LODASH)
    after = applied(files, found)
    assert after["package.json"] == files["package.json"].replace("4.17.20", "4.17.21")
    assert "node_modules/lodash" not in json.loads(after["package-lock.json"])["packages"]
    assert found[0].notes == ("package.json itself overrides it: that is raised to 4.17.21",)


@pytest.mark.parametrize(("wish", "told"), [("^4.17.0", "Yarn 1 moves direct"), ("4.17.20", "asks for 4.17.20")])
def test_yarn_1_needs_a_resolution_for_what_others_bring_in(wish: str, told: str) -> None:
    lock = (
        "# yarn lockfile v1\n\n\n"
        f'parent@^1.0.0:\n  version "1.0.0"\n  dependencies:\n    lodash "{wish}"\n\n'
        f'lodash@{wish}:\n  version "4.17.20"\n'
    )
    files = {"package.json": '{"dependencies": {"parent": "^1.0.0"}}', "yarn.lock": lock}
    (one,) = plan(files, LODASH)
    assert json.loads(applied(files, [one])["package.json"])["resolutions"] == {"lodash": "4.17.21"}
    assert run_lines([one]) == ["yarn install --ignore-scripts"]
    assert told in one.notes[0]


def test_a_pre_release_says_that_it_is_one() -> None:
    (one,) = plan({"requirements.txt": "flask==1.0\n"}, advisory("PyPI", "flask", ("", "1.1rc1")))
    assert one.title.endswith("to 1.1rc1")
    assert any(note.startswith("a pre-release") for note in one.notes)


def test_a_direct_dependency_without_a_manifest_says_that_it_was_not_found() -> None:
    (one,) = plan({"package-lock.json": npm_lock("^4.17.0")}, LODASH)
    assert one.notes[0].startswith("what asks for it was not found beside the lock file")
