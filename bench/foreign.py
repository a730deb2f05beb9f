"""Makes a labelled corpus foreign: what a scanner finds must not hang on names, order, quotes or particular values.

    python bench/foreign.py CORPUS OUT [--seed N]

CORPUS has files/ and manifest.json as score.py reads them. In OUT

- files and directories have other names; what tells the notation stays (suffixes; `.npmrc` becomes `word.npmrc`),
- names that are assigned to lose every part that is no word for a credential, a user, a host or a provider
  (`DB_PASSWORD` becomes `KORU_PASSWORD`),
- blocks between blank lines stand in another order; the first stays, and so do the lines of one label,
- strings in Python, JavaScript, Ruby, PHP, YAML and TOML have the other quotes,
- random values on the lines of true labels are made again: each character another one of its class, marks such as
  `sk_live_` and the first four characters kept; keys in armour, web tokens and values with a checksum stay.

The labels move with their lines and keep their old place as `was`. Everything follows from the seed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

_KEPT_WORDS = re.compile(
    r"^(?:pass\w*|pwd|pw|secret\w*|token\w*|key\w*|keys|api\w*|auth\w*|access|client|consumer|account|private|public|salt"
    r"|nonce|cred\w*|encrypt\w*|sign\w*|session|jwt|hmac|master|bearer|basic|cookie|verifier|user\w*|login|host\w*|port"
    r"|server|machine|name|value|id|sid|type|url|uri|dsn|conn\w*|database|base|data|source|uid|security|license|shared"
    r"|service|app|webhook|bot|define|export|set|env|begin|end|kty|crv|alg|d|k|n|e|x|y|p|q|dp|dq|qi|identified|by"
    r"|label|title|message|error|help|hint|field|placeholder|invalid|forgot|mandatory|change|confirm\w*|repeat|next|page"
    r"|csrf|hash|file|path|dir|length|min|max|size|count|old|new|test|application|tsig|pg)$",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"(?<![\w./@$-])([A-Za-z_][A-Za-z0-9_]{2,40})(?=[\"']?[ \t]{0,3}(?:=>|:=|[:=])[^:/=])")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|_+")
_OTHER_QUOTES = {".py", ".js", ".ts", ".rb", ".php", ".yml", ".yaml", ".toml", ".mjs", ".jsx", ".tsx"}
_RANDOM = re.compile(
    r"(?<![A-Za-z0-9+/_.%@-])[A-Za-z0-9+/_-]{16,200}={0,2}(?![A-Za-z0-9+/_.%-])(?![\"']?[ \t]{0,3}[=:(])"
)
_FIXED = re.compile(r"ey[JAIw]|S[NAUCOPX][A-Z2-7]{40,}|gh[pousr]_|npm_|glsa_|MII|-----|[A-Za-z]+$|[0-9]+$")
_MARK = re.compile(r"(?:[A-Za-z]{1,12}\d?[_-]){1,3}|.{4}")
_HEXADECIMAL = re.compile(r"[0-9a-f-]+|[0-9A-F-]+")
_STAYS = re.compile(r"BEGIN |[Bb]asic |PuTTY|\\x")
_SYLLABLES = ("ka", "ro", "mi", "tu", "le", "no", "va", "se", "du", "pi")


class Foreign:
    """A corpus made foreign with one seed. `providers` are words of names that say whose credential it is."""

    def __init__(self, seed: int, providers: frozenset[str] = frozenset()) -> None:
        """Keep the seed."""
        self._seed = seed
        self._providers = providers

    def corpus(self, folder: Path, out: Path) -> None:
        """Write the foreign corpus. Raises: OSError."""
        labels: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for label in json.loads((folder / "manifest.json").read_text()):
            labels[label["file"]].append(label)
        made = []
        for name in sorted(
            p.relative_to(folder / "files").as_posix() for p in (folder / "files").rglob("*") if p.is_file()
        ):
            new = self.path(name)
            text = (folder / "files" / name).read_bytes().decode("utf-8", "surrogateescape")
            text, moved = self.file(text, Path(new).suffix.lower(), labels[name])
            target = out / "files" / new
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8", "surrogateescape"))
            made += [
                {**label, "file": new, "line": a, "end_line": b, "was": f"{name}:{label['line']}"}
                for label, (a, b) in zip(labels[name], moved, strict=True)
            ]
        (out / "manifest.json").write_text(json.dumps(made))

    def path(self, name: str) -> str:
        """Return another path; the suffixes stay, a leading dot's name becomes one."""
        *folders, file = name.split("/")
        stem, dot, suffixes = file.partition(".")
        return "/".join([*map(self._word, folders), self._word(stem or file) + dot + suffixes])

    def _word(self, old: str) -> str:
        rnd = _random(f"{self._seed}\0{old}")
        return "".join(rnd.choice(_SYLLABLES) for _ in range(3)) + f"{rnd.randrange(1000):03}" * (
            len(old) > len(_SYLLABLES[0])
        )

    def file(self, text: str, suffix: str, labels: list[dict[str, Any]]) -> tuple[str, list[tuple[int, int]]]:
        """Return a file's foreign text and where each of its labels stands there, as first and last line."""
        lines = text.split("\n")
        true = {n for one in labels if one["label"] == "T" for n in range(one["line"], one["end_line"] + 1)}
        lines = [self._line(line, suffix, values=number in true) for number, line in enumerate(lines, 1)]
        order = self._order(lines, labels)
        place = {old: new for new, old in enumerate(order, 1)}
        moved = [(place.get(one["line"], one["line"]), place.get(one["end_line"], one["end_line"])) for one in labels]
        return "\n".join(lines[n - 1] for n in order), moved

    def _line(self, line: str, suffix: str, *, values: bool) -> str:
        if values and not _STAYS.search(line):
            line = _RANDOM.sub(lambda found: self.again(found[0]), line)
        if len(line) < 1000:  # noqa: PLR2004 - packed code has no names to speak of
            line = _ASSIGNED.sub(lambda found: self.name(found[1]), line)
        if suffix in _OTHER_QUOTES and "\\" not in line and "`" not in line:
            line = _quoted(line)
        return line

    def name(self, old: str) -> str:
        """Return a name whose parts are other words, but for those that say what it holds."""
        if not re.search(r"(?i)pass|pwd|secret|token|key|auth|cred|salt|api", old):
            return old  # the words around a credential: the grammar of the file, not its names
        return "".join(self._part(part) for part in _PART.findall(old))

    def _part(self, part: str) -> str:
        if not part.isalpha() or len(part) < 3 or _KEPT_WORDS.match(part) or part.lower() in self._providers:  # noqa: PLR2004
            return part
        word = "".join(_random(f"{self._seed}\0{part.lower()}").choices(_SYLLABLES, k=2))
        return word.upper() if part.isupper() else word.capitalize() if part[0].isupper() else word

    def again(self, value: str) -> str:
        """Return a value of the same form with other characters, where it is a random one without a checksum."""
        if _FIXED.match(value) or not re.search(r"\d", value) or not re.search(r"[A-Za-z]", value):
            return value
        mark = _MARK.match(value)
        head = mark.end() if mark else 0
        rnd = _random(f"{self._seed}\0{value}")
        hexadecimal = _HEXADECIMAL.fullmatch(value[head:]) is not None
        return value[:head] + "".join(_another(char, rnd, hexadecimal=hexadecimal) for char in value[head:])

    def _order(self, lines: list[str], labels: list[dict[str, Any]]) -> list[int]:
        """Return the line numbers in their new order: blocks shuffled, the first kept."""
        inside = {n for one in labels for n in range(one["line"], one["end_line"])}
        blocks: list[list[int]] = [[]]
        for number, line in enumerate(lines, 1):
            blocks[-1].append(number)
            if not line.strip() and number not in inside:
                blocks.append([])
        first, *rest = blocks
        _random(f"{self._seed}\0{len(lines)}").shuffle(rest)
        return [number for block in (first, *rest) for number in block]


def _random(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - text for a bench, the same in every run


def _another(char: str, rnd: random.Random, *, hexadecimal: bool) -> str:
    if char.isdigit():
        return rnd.choice("234567")
    if char.isalpha():
        letters = "abcdef" if hexadecimal else "abcdefghijklmnopqrstuvwxyz"
        return rnd.choice(letters.upper() if char.isupper() else letters)
    return char


def _quoted(line: str) -> str:
    """Return a line with the other quotes where it has one kind in pairs, and none of the other."""
    for one, other in (('"', "'"), ("'", '"')):
        if other not in line and line.count(one) % 2 == 0 and one * 2 not in line:
            return line.replace(one, other)
    return line


def providers() -> frozenset[str]:
    """Return the words of the names of the built-in rules: aws, stripe, twilio and so on."""
    from secloop.rules.index import builtin

    return frozenset(word for rule in builtin() for word in rule.id.split("-") if len(word) > 2)  # noqa: PLR2004


def main() -> None:
    """Read the arguments and write the corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    Foreign(args.seed, providers()).corpus(args.corpus, args.out)


if __name__ == "__main__":
    main()
