"""`make demo`: the whole loop on the example shop, then what to look at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORTS = {"html": "out/shop.html", "sarif": "out/shop.sarif", "json": "out/shop.json"}
GATE_FAILED = 1


def main() -> int:
    """Run `secloop run examples/shop`; end 0 when its gate fails, as it must on a vulnerable shop."""
    reports = [f"--report={name}={path}" for name, path in REPORTS.items()]
    command = [sys.executable, "-m", "secloop", "run", "examples/shop", "--no-store", *reports]
    print("$ secloop run examples/shop\n", flush=True)
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code != GATE_FAILED:
        print(f"\nThe demo expected the shop's gate to fail (exit 1) and got exit {code}.", file=sys.stderr)
        return code or GATE_FAILED
    print(
        "\nThe gate fails, as it should: the shop is vulnerable on purpose (docs/shop.md).\n"
        "Look at\n"
        f"  {REPORTS['html']:<16} the report, one file, in any browser\n"
        f"  {REPORTS['sarif']:<16} for GitHub code scanning\n"
        "  .venv/bin/secloop explain github-token\n"
        "  .venv/bin/secloop scan PATH        on a repository of yours",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
