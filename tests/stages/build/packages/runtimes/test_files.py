"""Files of version managers."""

from __future__ import annotations

import pytest

from secloop.model.coverage import Skipped
from secloop.stages.build.packages.registry import extractor_for
from stages.build.reading import components, observations


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (".python-version", "3.8.10\n", [("python", "3.8.10")]),
        (".python-version", "# both\n3.12.1\n3.8\n", [("python", "3.12.1"), ("python", "3.8")]),
        (".python-version", "cpython-3.11.2\n", [("python", "3.11.2")]),
        (".python-version", "system\n", []),
        (".python-version", "my-project-env\n", []),
        (".nvmrc", "v16.13.0\n", [("nodejs", "16.13.0")]),
        (".nvmrc", "lts/hydrogen\n", [("nodejs", "18")]),
        (".nvmrc", "lts/*\n", []),
        (".node-version", "20", [("nodejs", "20")]),
        (".ruby-version", "ruby-2.7.1\n", [("ruby", "2.7.1")]),
        (".ruby-version", "jruby-9.4.0.0\n", []),
        (".php-version", "8.1\n", [("php", "8.1")]),
        (".go-version", "1.20.3\n", [("go", "1.20.3")]),
        ("runtime.txt", "python-3.9.16\n", [("python", "3.9.16")]),
        (
            ".tool-versions",
            "# comment\npython 3.8.18 system\nnodejs 18.19.0\nterraform 1.5.7\nrust nightly\n",
            [("python", "3.8.18"), ("nodejs", "18.19.0"), ("terraform", "1.5.7")],
        ),
        (
            "mise.toml",
            '[tools]\nnode = "18"\npython = ["3.8", "3.9"]\ngo = {version = "1.21"}\nzig = "latest"\n',
            [("nodejs", "18"), ("python", "3.8"), ("go", "1.21")],
        ),
    ],
)
def test_versions_are_read_and_words_are_none(path: str, text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.version) for one in components({path: text})] == found


def test_a_runtime_keeps_its_line_and_is_of_the_build() -> None:
    [one] = components({".tool-versions": "\n\nnodejs 18.19.0\n"})
    assert (one.line, one.scope, one.direct, one.purl) == (3, "build", True, "pkg:generic/nodejs@18.19.0")


def test_broken_toml_is_said() -> None:
    assert [type(one) for one in observations({"mise.toml": "[tools\n"})] == [Skipped]


def test_a_long_text_file_is_no_runtime() -> None:
    reader = extractor_for("runtime.txt")
    assert reader
    assert reader.likely(b"python-3.8.10\n")
    assert not reader.likely(b"some text\n" * 100)
