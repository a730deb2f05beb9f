"""What a file's path and first bytes say of it."""

from __future__ import annotations

import json

import pytest

from secloop.scan.classify import classify
from secloop.stages.code.secrets.context import file_context, file_type


def _noisy(path: str, text: str) -> bool:
    data = text.encode()
    return file_context(classify(path, len(data), data[:4096])).noisy


def test_a_catalogue_of_messages_is_told_by_its_sentences() -> None:
    sentences = {f"label_{n}_password": f"Enter the password number {n}" for n in range(30)}
    words = {f"service_{n}_password": f"word{n}" for n in range(30)}
    assert _noisy("config/whatever.json", json.dumps(sentences, indent=1))
    assert not _noisy("config/whatever.json", json.dumps(words, indent=1))


def test_a_few_sentences_make_no_catalogue() -> None:
    few = {"description": "A small shop", "author": "Ann Example", "license": "none of them"}
    assert not _noisy("package.json", json.dumps(few, indent=1))


@pytest.mark.parametrize(("path", "kind"), [("deploy.netrc", "netrc"), ("db/app.pgpass", "pgpass")])
def test_a_suffix_tells_a_password_file_as_its_name_does(path: str, kind: str) -> None:
    assert file_type(classify(path, 0, b"")) == kind
