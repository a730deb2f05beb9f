"""All that other tools left in a project, in one value. The presence of a file is the switch."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from secloop.stages.code.secrets.formats.base import Foreign, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from secloop.stages.code.secrets.formats.base import Hider

_CONFIGS = (".gitleaks.toml", ".betterleaks.toml")
_FILES = (*_CONFIGS, ".gitleaksignore", ".betterleaksignore", ".secrets.baseline", ".gitallowed")


def read_project(root: Path) -> Foreign:
    """Return the rules and hiders of the files at `root`. Raises: UsageError, one line, where a file is broken.

    A project has one configuration: `.betterleaks.toml` counts where there is no `.gitleaks.toml`, as Betterleaks
    reads them.
    """
    present = [name for name in _FILES if (root / name).is_file()]
    from secloop.stages.code.secrets.formats.git_secrets import read_patterns

    patterns = read_patterns(root)
    if not present and patterns is None:
        return Foreign()
    from secloop.stages.code.secrets.formats import detect_secrets, ignorefile
    from secloop.stages.code.secrets.formats.compiling import CompiledConfig, compile_config
    from secloop.stages.code.secrets.formats.gitleaks import read_config

    made, sources = CompiledConfig(), set(present)
    config = next((one for name in _CONFIGS if (one := read_config(root / name, root))), None)
    if config is not None:
        made, sources = compile_config(config), sources | set(config.files)
    hiders: list[Hider] = [*made.hiders]
    hiders += [known for name in ignorefile.FILES if (known := ignorefile.read_fingerprints(name, root))]
    if baseline := detect_secrets.read_baseline(root):
        hiders.append(baseline)
    digest = hashlib.sha256()
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + hashlib.sha256(read_bytes(root / name, root) or b"").digest())
    if patterns is not None:
        made.rules += patterns.rules
        hiders += patterns.hiders
        digest.update(patterns.digest.encode())
    return Foreign(tuple(made.rules), tuple(made.paths), tuple(hiders), digest.hexdigest())
