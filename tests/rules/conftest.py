"""A good page to break, and a way to put it together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FRONT = """\
id: {id}
title: Acme token
stage: code
kind: secret
engine: secret
since: 0.1.0
state: stable
severity: high
confidence: high
cwe: [798]
matchers:
  - id: plain
    match: {{keywords: [acme_], regex: '\\b(acme_[0-9a-z]{{8}})\\b', secretGroup: 1}}
"""

BODY = """\

## What it finds

A token.

## Why it matters

It opens doors.

## How to fix

Revoke it.

## Examples

```python bad=plain
A = "acme_{{lower:8}}"  # <- here
```

```python bad=plain
B = 1
A = "acme_{{lower:8}}"  # <- here
```

```python good=plain
A = "acme_{{lower:4}}"
```

```python good
A = "acme"
```
"""


class MakePage(Protocol):
    def __call__(self, rule_id: str = ..., front: str = ..., body: str = ..., **replace: str) -> str: ...


def make_page(rule_id: str = "acme-token", front: str = FRONT, body: str = BODY, **replace: str) -> str:
    """Return a page; each keyword replaces a front matter line `key: ...` by its text."""
    lines = front.format(id=rule_id).splitlines()
    for key, text in replace.items():
        lines = [text if line.startswith(f"{key}:") else line for line in lines]
    return "\n".join(["---", *lines, "---", body])


@pytest.fixture
def page() -> MakePage:
    """Return the function that makes a page."""
    return make_page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a user's rule folder with one page."""
    made = tmp_path / "rules"
    made.mkdir()
    (made / "acme-token.md").write_text(make_page())
    return made
