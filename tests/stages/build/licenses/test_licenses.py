"""What licences are called, what they ask for, and what a policy says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.interop.sbom.licenses import expression, licensing
from secloop.model.errors import UsageError
from secloop.stages.build.licenses.classes import CLASSES, class_of, parts_of
from secloop.stages.build.licenses.names import family, normalise
from secloop.stages.build.licenses.policy import FILE, LicensePolicy, judge, load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("MIT License", "MIT"),
        ("The Apache Software License, Version 2.0", "Apache-2.0"),
        ("3-Clause BSD License", "BSD-3-Clause"),
        ("GPL v2 or later", "GPL-2.0-or-later"),
        ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
        ("GNU Library or Lesser General Public License (LGPL)", "LGPL-2.0-or-later"),
        ("License :: OSI Approved :: GNU Affero General Public License v3", "AGPL-3.0-only"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("CDDL + GPLv2 with classpath exception", "CDDL-1.0 OR GPL-2.0-only WITH Classpath-exception-2.0"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("Apache2", "Apache-2.0"),
        ("GPL3+", "GPL-3.0-or-later"),
        ("X11", "X11"),
        ("BSD or Apache License, Version 2.0", "BSD-3-Clause OR Apache-2.0"),
        ("(MIT OR GPL-3.0)", "MIT OR GPL-3.0-only"),
        ("Eclipse Distribution License - v 1.0", "BSD-3-Clause"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("Public Domain", "LicenseRef-public-domain"),
        ("UNLICENSED", "LicenseRef-proprietary"),
    ],
)
def test_everyday_names_are_understood(text: str, id_: str) -> None:
    assert normalise(text) == id_


@pytest.mark.parametrize(
    "text", ["", "SEE LICENSE IN LICENSE", "Dual License", "BSD-like", "MIT or something", "x" * 999]
)
def test_what_is_not_clear_stays_unknown(text: str) -> None:
    assert normalise(text) == ""


@given(st.text(max_size=300))
def test_any_text_gives_an_expression_or_nothing(text: str) -> None:
    found = normalise(text)
    assert found == "" or expression(found) == found


@pytest.mark.parametrize(
    ("id_", "name"),
    [
        ("MIT", "permissive"),
        ("0BSD", "public-domain"),
        ("LGPL-2.1-only", "weak-copyleft"),
        ("GPL-3.0-or-later", "strong-copyleft"),
        ("AGPL-3.0-only", "network-copyleft"),
        ("CC-BY-4.0", "permissive"),
        ("CC-BY-SA-4.0", "weak-copyleft"),
        ("CC-BY-NC-SA-4.0", "non-commercial"),
        ("BUSL-1.1", "source-available"),
        ("LicenseRef-anything", "unknown"),
    ],
)
def test_a_licence_has_a_class(id_: str, name: str) -> None:
    assert class_of(id_) == name


def test_every_class_of_the_table_is_known() -> None:
    from secloop.stages.build.licenses import classes

    exact, patterns = classes._table()
    assert {*exact.values(), *(name for _, name in patterns)} <= set(CLASSES)


def test_an_expression_is_taken_apart_once_however_many_packages_have_it() -> None:
    before = parts_of.cache_info().misses
    for _ in range(3):
        judge(LicensePolicy(), ("MIT OR (Apache-2.0 AND ISC)",))
    assert parts_of.cache_info().misses - before <= 1
    assert licensing() is licensing()


@pytest.mark.parametrize(
    ("declared", "verdict"),
    [
        (("MIT",), "allow"),
        (("AGPL-3.0-only OR MIT",), "allow"),
        (("AGPL-3.0-only AND MIT",), "deny"),
        (("MIT", "AGPL-3.0-only"), "deny"),
        (("GPL-2.0-only",), "review"),
        (("GPL-2.0-only WITH Classpath-exception-2.0",), "allow"),
        (("Ask us",), "unknown"),
        (("Ask us", "SSPL-1.0"), "deny"),
    ],
)
def test_a_choice_takes_the_best_and_a_sum_the_worst(declared: tuple[str, ...], verdict: str) -> None:
    judged = judge(LicensePolicy(), declared)
    assert judged is not None
    assert judged.verdict == verdict


def test_nothing_declared_is_not_judged() -> None:
    assert judge(LicensePolicy(), (" ",)) is None


def test_a_policy_moves_ids_before_classes_and_corrects_packages() -> None:
    policy = LicensePolicy(allow=("permissive", "GPL-2.0-only"), packages={"pkg:npm/a": "MIT", "pkg:npm/b@1": "any"})
    assert judge(policy, ("GPL-2.0-only",)) == judge(policy, ("GPL-2.0",))
    verdicts = [judge(policy, ("AGPL-3.0-only",), purl) for purl in ("pkg:npm/a@9", "pkg:npm/b@1", "pkg:npm/b@2")]
    assert [one.verdict for one in verdicts if one] == ["allow", "allow", "deny"]


def test_a_policy_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".secloop").mkdir()
    (tmp_path / FILE).write_text("deny: [MIT]\nscopes: [dev]\n")
    policy = load(str(tmp_path))
    assert (policy.deny, policy.scopes) == (("MIT",), ("dev",))
    assert load(str(tmp_path / "other")) == LicensePolicy()


@pytest.mark.parametrize(
    "text", ["deny: [Nothing-9]\n", "scopes: [never]\n", "forbid: [MIT]\n", "deny: MIT\n", "a: [\n"]
)
def test_a_wrong_policy_file_gets_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / ".secloop").mkdir()
    (tmp_path / FILE).write_text(text)
    with pytest.raises(UsageError, match=r"licenses\.yaml"):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "start"),
    [("BSD License", "BSD-"), ("License :: OSI Approved :: BSD License", "BSD-"), ("GNU LGPL", "LGPL-"),
     ("MIT License", ""), ("BSD-3-Clause", ""), ("", "")],
)  # fmt: skip
def test_a_name_without_version_is_of_a_family(name: str, start: str) -> None:
    assert family(name) == start
