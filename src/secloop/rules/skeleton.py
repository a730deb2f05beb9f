"""The page that `secloop rules new` writes: filled in, so that its cases pass as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secloop import __version__
from secloop.model.errors import UsageError

if TYPE_CHECKING:
    from secloop.model.enums import Kind, Stage

_PREFIXED = """\
---
id: {id}
title: {title}
stage: {stage}
kind: {kind}
engine: secret
since: {version}
state: preview
severity: high
confidence: high
cwe: [798]
matchers:
  - id: prefixed
    match:
      keywords: [{prefix}]
      regex: '\\b({prefix}[0-9A-Za-z]{{32}})\\b'
      secretGroup: 1
---

## What it finds

A token that starts with `{prefix}` and goes on with 32 letters and digits.

## Why it matters

Whoever reads the repository can use the token until it is revoked.

## How to fix

Revoke the token, make a new one, and read it from the environment or a secret store.

## Examples

In a setting:

```python bad=prefixed
TOKEN = "{prefix}{{{{base62:32}}}}"  # <- here
```

Beside other settings:

```yaml bad=prefixed file=config/settings.yaml
url: https://example.org
token: {prefix}{{{{base62:32}}}}  # <- here
```

Too short to be a token:

```python good=prefixed
TOKEN = "{prefix}{{{{base62:12}}}}"
```

A place for a token, not a token:

```yaml good=prefixed file=config/settings.yaml
token: {prefix}${{TOKEN}}
```
"""

_TEMPLATES = {"secret": _PREFIXED}

ENGINES = tuple(_TEMPLATES)
"""The engines a skeleton can be written for."""


def skeleton(rule_id: str, *, stage: Stage, kind: Kind, engine: str) -> str:
    """Return a page for `rule_id` with two bad and two good cases. Raises: UsageError for an engine without one."""
    if engine not in _TEMPLATES:
        todo = f"Use {' or '.join(ENGINES)}, or write the page by docs/writing-rules.md"
        raise UsageError(f"there is no skeleton for the engine {engine}", todo)
    return _TEMPLATES[engine].format(
        id=rule_id,
        title=rule_id.replace("-", " ").capitalize(),
        stage=stage.value,
        kind=kind.value,
        version=__version__,
        prefix=rule_id.replace("-", "_") + "_",
    )
