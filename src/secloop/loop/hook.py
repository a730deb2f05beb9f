"""Running a git hook: open the repository git runs it in, look at what comes in, decide.

Nothing is stored and no report is made. The work tree, the branch and the remote are not asked: a commit must not wait
for what it does not need.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from secloop.loop.clock import today
from secloop.loop.config import load_config
from secloop.loop.project import FOLDER, open_project
from secloop.model import ids
from secloop.model.base import Value
from secloop.model.config import Config, size_bytes
from secloop.model.errors import Exit, UsageError
from secloop.stages.code.hooks import updates as lines
from secloop.stages.code.hooks.base import Hook
from secloop.stages.code.hooks.repository import HookRepository
from secloop.stages.code.hooks.updates import written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from secloop.model.coverage import Gap
    from secloop.model.policy import GateRule
    from secloop.rules.base import RuleSet
    from secloop.stages.code.hooks.base import Change
    from secloop.stages.code.hooks.check import Context
    from secloop.stages.code.hooks.message import Refused
    from secloop.stages.code.hooks.updates import Update

SENSOR = "secrets"
_MAX_FILE = 8 << 20
"""Bytes of a file of ours that is read from a commit."""


class Answer(Value):
    """How a hook ends: its exit code and what it says on stderr, nothing when all is well."""

    exit: int = int(Exit.OK)
    message: str = ""


def run(
    hook: Hook,
    arguments: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str],
    stdin: Callable[[], str],
) -> Answer:
    """Run a hook in `folder` with git's arguments, environment and input; `stdin` is called only where git writes one.

    Raises: UsageError for a wrong configuration or input, GitError where there is no repository.
    """
    git = HookRepository(folder, environ)
    if hook is Hook.PRE_RECEIVE:
        return _receive(git, lines.parse(hook, stdin()))
    config = load_config(git.toplevel)
    if _is_off(config):
        return Answer(message="secloop: [scan] disable names secrets, so nothing was checked.\n")
    if hook is Hook.COMMIT_MSG:
        return _written(git, arguments, folder, config)
    changes = git.staged_changes() if hook is Hook.PRE_COMMIT else _pushed(git, arguments, environ, stdin)
    if not changes:
        return Answer()
    from secloop.stages.code.hooks.check import check

    context = _context(git, git.toplevel, config)
    found = check(changes, context)
    return _answer(hook, found.refused, found.gaps, context)


def _written(git: HookRepository, arguments: Sequence[str], folder: Path, config: Config) -> Answer:
    """Check the message that git wrote to the file it names. Raises: UsageError where there is no such file."""
    if not arguments:
        raise UsageError("The commit-msg hook got no file with the message", "Let git run the hook")
    from secloop.stages.code.hooks.check import check_message

    limit = size_bytes(config.scan.max_file_size)
    try:
        with (folder / arguments[0]).open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{arguments[0]} cannot be read ({error.strerror})", "Let git run the hook") from error
    context = _context(git, git.toplevel, config)
    found = check_message(written(data), context)
    return _answer(Hook.COMMIT_MSG, found.refused, found.gaps, context)


def _pushed(
    git: HookRepository, arguments: Sequence[str], environ: Mapping[str, str], stdin: Callable[[], str]
) -> list[Change]:
    """Return what a push brings, by git's own lines or by what the pre-commit framework made of them."""
    updates = lines.from_pre_commit(environ)
    if updates is not None:
        return git.pushed_changes(updates, git.known_refs(environ.get("PRE_COMMIT_REMOTE_NAME", "")))
    return git.pushed_changes(lines.parse(Hook.PRE_PUSH, stdin()), git.known_refs(arguments[0] if arguments else ""))


def _receive(git: HookRepository, updates: Sequence[Update]) -> Answer:
    """Check each ref that moves with what its new commit accepts. What an earlier ref of the push brought is known."""
    from secloop.stages.code.hooks.check import check

    refused: list[Refused] = []
    gaps: list[Gap] = []
    known = ["--all"]
    context = None
    with TemporaryDirectory(prefix="secloop-") as temporary:
        config = _config_on_server(git, Path(temporary))
        for n, update in enumerate(() if _is_off(config) else updates):
            changes = git.pushed_changes([update], known)
            if changes:
                root = Path(temporary) / str(n)
                _extract(git, update.new, root, (f"{FOLDER}/exceptions.yaml", f"{FOLDER}/baseline.json"))
                context = _context(git, root, config, tip=update.new)
                found = check(changes, context)
                refused += found.refused
                gaps += found.gaps
            known += [update.new] if update.new else []
        return _answer(Hook.PRE_RECEIVE, refused, gaps, context)


def _config_on_server(git: HookRepository, root: Path) -> Config:
    """Return the default branch's configuration, so that a push cannot turn off its own check.

    One that is wrong would refuse the push that corrects it, so the defaults, which check everything, stand for it.
    """
    _extract(git, git.head(), root, ("secloop.toml", "pyproject.toml"))
    try:
        return load_config(root)
    except UsageError:
        return Config()


def _is_off(config: Config) -> bool:
    return SENSOR in config.scan.disable


def _extract(git: HookRepository, commit: str, root: Path, paths: Sequence[str]) -> None:
    """Copy files of a commit below `root`; those it does not have are left out."""
    with git.reader() as reader:
        for path in paths if commit else ():
            data = reader.get(f"{commit}:{path}", _MAX_FILE)
            if data is not None:
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)


def _context(git: HookRepository, root: Path, config: Config, tip: str = "") -> Context:
    """Return the rules and decisions of the project at `root`; `tip` is the commit that a server looks at."""
    from secloop.rules import index
    from secloop.stages.code.hooks.check import Context

    folders = [root / path for path in config.rules.paths]
    rules = index.load([folder for folder in folders if folder.is_dir()], config.rules.severity)
    return Context(
        git=git,
        config=config,
        rules=rules,
        folder=root / FOLDER,
        today=today(),
        identity_key=lambda: _identity_key(git, root, config, tip),
        policies=lambda: _policies(git, root, config, rules, tip),
    )


def _policies(git: HookRepository, root: Path, config: Config, rules: RuleSet, tip: str) -> Sequence[GateRule]:
    """Return the rules of the project's gate.

    A server takes the default branch's, and none where they are broken, as it does the configuration.
    """
    from secloop.loop.gate import gate_rules

    if not tip:
        return gate_rules(config, root, rules)
    with TemporaryDirectory(prefix="secloop-") as temporary:
        head = git.head()
        names = [name for folder in config.gate.policies for name in git.files_in(head, folder)] if head else []
        _extract(git, head, Path(temporary), names)
        try:
            return gate_rules(config, Path(temporary), rules)
        except UsageError:
            return ()


def _identity_key(git: HookRepository, root: Path, config: Config, tip: str) -> bytes:
    """Return the key `secloop scan` uses in a clone, so that what was accepted there is accepted here."""
    if not tip:
        return open_project((str(root),), root=str(root)).identity_key()
    project = config.project
    return ids.identity_key(project.identity_salt or git.root_of(tip) or project.id or git.gitdir.name)


def _answer(hook: Hook, refused: Sequence[Refused], gaps: Sequence[Gap], context: Context | None) -> Answer:
    if context is None or not (refused or gaps):
        return Answer()
    from secloop.loop.naming import read_names
    from secloop.model.coverage import Gap
    from secloop.model.report import FindingRow
    from secloop.scan.base import Settings
    from secloop.stages.code.hooks import message

    settings = Settings(config=context.config, root=str(context.git.root))
    files = [*(one.row.file or "" for one in refused), *(gap.file for gap in gaps)]
    names = read_names(files, settings, context.rules)
    refused = [replace(one, row=names.mask(one.row, FindingRow)) for one in refused]
    said = [message.refusal(hook, refused)] if refused else []
    said += [message.incomplete(hook, [names.mask(gap, Gap) for gap in gaps])] if gaps else []
    return Answer(exit=int(Exit.POLICY_FAILED if refused else Exit.INCOMPLETE), message="".join(said))
