"""The licences that Debian's copyright files tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secloop.stages.build.packages.os.copyright import MAX_LICENSES, licenses_of, package_of

HEAD = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("GPL-2+", ("GPL-2.0-or-later",)),
        ("LGPL-2.1", ("LGPL-2.1-only",)),
        ("GFDL-NIV-1.3+", ("GFDL-1.3-no-invariants-or-later",)),
        ("Expat", ("MIT",)),
        ("Apache-2.0", ("Apache-2.0",)),
        ("GPL-1+ or Artistic", ("GPL-1.0-or-later OR Artistic-1.0-Perl",)),
        ("GPL-2+ and BSD-3-clause", ("GPL-2.0-or-later", "BSD-3-Clause")),
        ("GPL-3+ with Bison exception", ("GPL-3+ with Bison exception",)),
        ("public-domain", ("public-domain",)),
    ],
)
def test_short_names_of_the_format_become_those_of_spdx(written: str, expected: tuple[str, ...]) -> None:
    text = f"{HEAD}\nFiles: *\nCopyright: someone\nLicense: {written}\n The text\n\nLicense: {written}\n Again\n"
    assert licenses_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version 2 or any later version, see /usr/share/common-licenses/GPL-2.\n", ("GPL-2.0-or-later",)),
        ("see `/usr/share/common-licenses/LGPL-2.1' and /usr/share/common-licenses/BSD", ("LGPL-2.1-only", "BSD")),
        ("License: in prose is no field\n", ()),
    ],
)
def test_prose_refers_to_the_common_texts(text: str, expected: tuple[str, ...]) -> None:
    assert licenses_of(text) == expected


def test_a_file_is_that_of_one_package() -> None:
    assert package_of("usr/share/doc/bash/copyright") == "bash"
    assert package_of("srv/usr/share/doc/bash/copyright") == ""


@given(st.booleans(), st.text("License: GPLor+-2.1and,\n/usharecomn", max_size=200))
def test_no_text_raises_and_licences_are_bounded(head: bool, text: str) -> None:
    assert len(licenses_of(HEAD + text if head else text)) <= MAX_LICENSES
