"""Gitleaks' own rule samples, read through our engine for Gitleaks' configuration.

    python bench/gitleaks_format.py GITLEAKS_TREE SHARED [--misses N]

GITLEAKS_TREE is a checkout of gitleaks/gitleaks (its config/gitleaks.toml is the configuration), SHARED the folder that
holds tools/secrets with corpus_gitleaks.py and score.py. A sample belongs to the rule that wrote it: only hits of that
rule count (score.py --same-rule). So each rule's hits are scored as the engine finds them, before overlapping hits of
several rules become one finding; global allowlists and Gitleaks' rule for generic hits hold. Bars: recall >= 0.985 and
no false hit.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secloop.scan.base import SourceFile
from secloop.scan.classify import classify
from secloop.stages.code.secrets.context import file_context
from secloop.stages.code.secrets.detect import Detector
from secloop.stages.code.secrets.formats.base import Seen
from secloop.stages.code.secrets.formats.compiling import PAGE, compile_config
from secloop.stages.code.secrets.formats.gitleaks import read_config
from secloop.stages.code.secrets.prefilter import best_prefilter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from secloop.stages.code.secrets.detect import Hit
    from secloop.stages.code.secrets.formats.compiling import CompiledConfig

RECALL = 0.985


def findings(config: CompiledConfig, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what the configuration's rules find in each file, as score.py reads it."""
    detector = Detector(config.rules, best_prefilter(config.rules, None))
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name, data = path.relative_to(folder).as_posix(), path.read_bytes()
        file = SourceFile(classify(name, len(data), data[:4096]), data)
        hits, _ = detector.hits(data, file_context(file.meta))
        for hit in hits:
            if not shadowed(hit, hits, file) and not any(hider.why(Seen(hit, file)) for hider in config.hiders):
                line, end = file.position(hit.start)[0], file.position(hit.end)[0]
                yield {"file": name, "line": line, "end_line": end, "rule": hit.rule.rule_id.removeprefix(f"{PAGE}.")}
        for rule in config.paths:
            if rule.matches(name):
                yield {"file": name, "line": 1, "end_line": 1, "rule": rule.rule_id.removeprefix(f"{PAGE}.")}


def shadowed(hit: Hit, hits: Sequence[Hit], file: SourceFile) -> bool:
    """Return whether a provider's hit holds a generic one. Source: filter in Gitleaks' detect/utils.go."""
    line = file.position(hit.start)[0]
    return hit.rule.generic and any(
        not other.rule.generic and hit.value in other.value and file.position(other.start)[0] == line for other in hits
    )


def main() -> None:
    """Read the arguments, build the corpus in a temporary folder, score and print; exit 1 below the bars."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--misses", type=int, default=0)
    args = parser.parse_args()
    tools = args.shared / "tools" / "secrets"
    read = read_config(args.tree / "config" / "gitleaks.toml", args.tree)
    if read is None:
        sys.exit(f"no config/gitleaks.toml in {args.tree}")
    start = time.process_time()
    config = compile_config(read)
    print(f"{len(config.rules)} rules, {len(config.paths)} by path, read in {time.process_time() - start:.3f} CPU s")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        subprocess.run([sys.executable, tools / "corpus_gitleaks.py", args.tree, folder], check=True)
        manifest = json.loads((folder / "manifest.json").read_text())
        rows = list(findings(config, folder / "files"))
    result, _, missed = _scorer(tools).score(manifest, rows, same_rule=True)
    print(" ".join(f"{key}={value}" for key, value in result.items()))
    for file, line, *_ in missed[: args.misses]:
        print("  missed", file, line)
    if result["recall"] < RECALL or result["fp_labelled"]:
        sys.exit(f"below the bar: recall {RECALL} and no false hit of the same rule")


def _scorer(tools: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", tools / "score.py")
    if spec is None or spec.loader is None:
        sys.exit(f"no score.py in {tools}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
