"""`secloop deploy policy test`: the tests that come with policies, without the tools they were written for."""

from __future__ import annotations

from pathlib import Path

import click

from secloop.model.errors import Exit


@click.command("test")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".")
@click.option("--timeout", type=click.FloatRange(0.1, 3600), default=60.0, help="Seconds that a suite may take.")
@click.option("-q", "--quiet", is_flag=True, help="Show what failed and the totals only.")
def command(path: Path, *, timeout: float, quiet: bool) -> int:
    """Run Gatekeeper suites (suite.yaml), Kyverno tests (kyverno-test.yaml) and Rego tests (*_test.rego) below PATH.

    Exits 1 if a case does not end as wanted, 3 if one could not be judged.
    """
    from secloop.loop import policy_tests

    suite, passed, failed, unknown = "", 0, 0, 0
    for case in policy_tests.run(path, timeout):
        passed += case.passed
        failed += case.known and not case.passed
        unknown += not case.known
        if quiet and case.passed:
            continue
        if case.suite != suite:
            suite = case.suite
            click.echo(suite)
        word = "ok  " if case.passed else "FAIL" if case.known else "?   "
        click.echo(f"  {word} {case.name}{': ' if case.name and case.note else ''}{case.note}".rstrip())
    click.echo(f"{passed} passed, {failed} failed, {unknown} not judged")
    if failed:
        return Exit.POLICY_FAILED
    return Exit.INCOMPLETE if unknown else Exit.OK
