"""Filters: why a value that matched is no secret after all. Each has a name, so that a drop can be explained.

A filter with scope `all` guards every rule; `generic` guards the rules that go by names (`password = ...`); `token`
only those of them that want a random-looking value. Facts about what people write in such places come from reading
public trees; every reported false alarm gets a case in the tests.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from secloop.model.base import Record
from secloop.model.regex import lazy
from secloop.stages.code.secrets.strength import entropy, strength, words_in

if TYPE_CHECKING:
    from collections.abc import Callable


class Candidate(Record, frozen=True):
    """A value that a rule's regex found, with what stands around it.

    `key` is the name it is assigned to (may be empty), `before` and `after` the rest of its line, `type` the file type,
    `check` the matcher's check (`password` and `token` are generic), `line_bytes` the length of the whole line.
    """

    value: str
    key: str = ""
    before: str = ""
    after: str = ""
    type: str = "code"
    path: str = ""
    check: str = ""
    quoted: bool = True
    line_bytes: int = 0


class Filter(Record, frozen=True):
    """A named reason to drop a value."""

    name: str
    scope: str
    why: str
    drops: Callable[[Candidate], bool]


def explain(candidate: Candidate) -> Filter | None:
    """Return the first filter that drops the candidate, or None where it is reported."""
    return next((f for f in applied(candidate.check) if f.drops(candidate)), None)


def applied(check: str) -> tuple[Filter, ...]:
    """Return the filters that guard a matcher with this check, in the order in which they are asked."""
    return _applied.get(check, _applied[""])


_PLACEHOLDER = lazy(
    r"example|chang(?:e[-_ ]?(?:me|this|it)|eit)|placeholder|replace[-_ ]?(?:me|this|with)|redacted|todo\b|fixme\b"
    r"|x{4,}|\*{3,}|\.{3,}|…|_{6,}|#{4,}|0{12,}|^<[^<>]*>$|^\[[a-z _-]+\]$"
    r"|(?:^|[-_. <{\[])your[-_ ]?(?:own|api|app|auth|access|client|secret|token|key|pass|pw|project)"
    r"|(?:^|[-_. <{\[])your[-_ ]?(?:account|id|user|private|value)"
    r"|(?:^|[-_. <{\[])your[-_ ]\w+[-_]here|insert[-_ ](?:your|the|here)"
    r"|(?:goes|put|key|token|secret|password)[-_ ]?(?:it[-_ ]?)?here\b|not[-_ ]?(?:a[-_ ])?(?:real|used|secret|set)"
    r"|^(?:my|some|the|any|a|an|this|enter|new|old)[-_ ]?(?:secret|super|strong|very|api|token|key|pass)",
    re.IGNORECASE,
)
_DEFAULT_PASSWORD = lazy(
    r"^(?:chang(?:e[-_ ]?(?:me|this|it)|eit)|(?:my|some)[-_ ]?\w{0,30}(?:pass(?:w(?:or)?d)?|secret)\w{0,8})$",
    re.IGNORECASE,
)
"""Words that ask to be changed and that programs still ship and run with, such as Java's `changeit`."""
_FILLER = lazy(
    r"^(?:none|null|nil|undefined|true|false|yes|no|on|off|default|empty|blank|string|text|value|required"
    r"|optional|unknown|n/?a|hidden|masked|removed"
    r"|unset|disabled|enabled|auto|file|env|environment|prompt|ask|manual|plain(?:text)?|hash(?:ed)?|encrypted"
    r"|tbd|xxx?|any|all|some|here|varchar|integer"
    r"|object|function|number|boolean|invalid|expired|valid|generated|random|input|label|field|name|type|update"
    r"|create|always|never|on_create|show|hide|reset|change|forgot"
    r"|username|user|email|login|key|md5|sha\d*|bcrypt|bearer|basic|public|private|dummy|sample|foo|bar|baz|foobar)$",
    re.IGNORECASE,
)
_WEAK = lazy(
    r"^(?:(?:dummy|sample|fake|foo|bar|baz|foobar|test(?:ing)?|my|the|your|some|any|new|old|wrong|bad|good"
    r"|valid|invalid|current|user(?:name)?|confirm"
    r"|secret|token|password|passwd|passphrase|passwrd|pass|pwd|key|api|auth|db|database|admin|root|login"
    r"|string|value|hash|id|name|here|file|field)[-_. ]?)++$",
    re.IGNORECASE,
)
_REFERENCE = lazy(
    r"^\$|\$\{|\$\(|\{\{|\}\}|<%=?[\s\w.]+%>|^%\(|%[sdvq]\b|^%[\w.]+%$|^\{[\w.$\[\]]*\}$"
    r"|\{\d*\}|\{\w+(?:\.\w+)*\}|^@[\w.]+@$|^#\{|^&[\w.]|^!\w|^\\?\(|^<[\w/ -]+>$|^@\w+\(|\\\("
    r"|(?:process\.env|os\.environ|getenv|secretsmanager|secretKeyRef"
    r"|vault:|ssm:|keyring:|op://|env\.|ENV\[|env\(|secrets\.|var\.|local\.|data\.|self\.|this\.)"
    r"|^(?:file|https?|s3|gs|arn|urn|classpath|data|env|ref):"
)
_CODE_LIKE = lazy(
    r"^[\w.$]+\(|\)\s*[;,]?$|^(?:new|await|return|lambda|function|typeof|not|import|from|if|self|this|None|null"
    r"|nil|true|false|undefined)\b"
    r"|^[A-Za-z_]\w*(?:\.\w+|\[[^\]]*\]|->\w+|::\w+)+$|=>|==.|\|\||&&|\[\w*\]$|^[\[{(]|^[a-zA-Z_]+[<(]"
)
_UNQUOTED_CODE = lazy(r"^[A-Za-z_][A-Za-z_]*$")
_UUID = lazy(r"^\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$", re.IGNORECASE)
_UUID_KEYS = lazy(r"secret|pass|api.?key|auth.?token|access.?token|access.?key|_key$|token$", re.IGNORECASE)
_HASH_VALUE = lazy(
    r"^(?:(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}))$", re.IGNORECASE
)
_HASH_WORDS = lazy(
    r"hash|sha\d*|md5|checksum|digest|integrity|commit|revision|\brev\b|etag|fingerprint|thumbprint|signature"
    r"|blob|version|resolved",
    re.IGNORECASE,
)
_SRI = lazy(r"^(?:sha(?:1|224|256|384|512)|md5|h1)[-:=]")
_PATH_LIKE = lazy(
    r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|[a-z][a-z0-9+.-]*://[^@]*$)|\.(?:pem|key|crt|cer|txt|json|ya?ml|js|ts|py"
    r"|html?|php|xml|conf|png|svg|md|sh|bat|ps1)$|^[\w-]+(?:/[\w.-]+)+$"
)
_DATA_URI = lazy(r"(?:data:[\w/+.-]+;base64,|sourceMappingURL=)[\w+/=%-]*$")
_MARKUP = lazy(r"</?[a-zA-Z]\w*(?:\s[^<>]*)?/?>|&(?:nbsp|lt|gt|amp|quot);")
_IDENTIFIER = lazy(r"^[-_.:#@]{0,2}(?:[A-Za-z]+\d{0,2}|\d{1,4})(?:[-_.:/ ]{1,2}(?:[A-Za-z]+\d{0,2}|\d{1,4}))*[-_.:?]?$")
_SENTENCE = lazy(r"[A-Za-z,.'!?:;()]+(?:\s+[A-Za-z0-9,.'!?:;()%/-]+)+")
_PUBLIC_KEYS = lazy(
    r"public|pub_?key|publishable|encrypted_?key|gpg_?key|site_?key|identity_?salt|key_?(?:id|name|path|file|type|size|code)$|csrf|xsrf|next_?token|page_?token"
    r"|continuation|cursor|primary_?key|foreign"
    r"|sort_?key|cache_?key|(?:token|secret|password|pass)_?(?:type|name|url|uri|path|file|field|length|len|id"
    r"|arn|ref|endpoint|format|hint|label|regex|pattern|policy|message|error)$"
    r"|token_?(?:kind|class)|object_?key|partition_?key|key_?(?:word|board|press|down|up)|(?:translation|i18n"
    r"|label|placeholder|title|message|error|help)",
    re.IGNORECASE,
)
_SEQUENCES = (
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba9876543210",
    "01234567890123456789",
    "98765432109876543210",
    "0123456789abcdef0123456789abcdef",
    "fedcba9876543210fedcba9876543210",
    "qwertyuiopasdfghjklzxcvbnm",
)
_SEQUENCE = 8
_LONGEST = max(map(len, _SEQUENCES))
_STRETCHES = frozenset(row[i : i + _SEQUENCE] for row in _SEQUENCES for i in range(len(row) - _SEQUENCE + 1))
_KNOWN = {
    "0011cc25eb432071": "the storage emulator Azurite",
    "aa6547439583c3a2": "the Cosmos DB emulator",
    "2cafc0970149a84f": "Stripe's documentation",
    "f2d6ca16515033e5": "Stripe's documentation",
    "7f75367e78812551": "jwt.io",
    "da816f9f2c16e6c5": "jwt.io, before 2018",
}
"""Published values by the first 16 hex digits of their SHA-256, and where they come from."""

_PROGRAMS = frozenset({"code", "markup", "text", "json", "xml"})
_WRITTEN_BARE = frozenset({"env", "ini", "properties", "shell", "yaml"})
_CONSTANT = lazy(r"^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$")
_NAME_LIKE = lazy(
    r"^[:.#]|^@[a-z_]+$|[.:]|^[A-Z0-9]+(?:_[A-Z0-9]+)+$"
    r"|(?i:[-_ ](?:pass(?:w(?:or)?d|phrase)?|pwd|secret|token|key|field|label)$)"
    r"|(?i:^(?:pass(?:w(?:or)?d)?|pwd|secret|token)[-_])"
    r"|(?<=[a-z])(?:Password|Passwd|Secret|Token|Key|Field)$"
)
"""Values of a program that name something: symbols, constants, and joined words with one for a secret among them."""
_REGEX = lazy(r"(?:\w\|\w[^|]*){2}|\(\?[:!=<imsx]|\[\^|\\[dws]|\]\{\d+(?:,\d*)?\}|\\b[\w(]")
_SECRET_WORD = lazy(r"pass|pwd|secret|token|key|auth")
_LONG_WORD = 12
_TOKEN_BITS = 32.0
_STRONG_BITS = 70.0
_TOKEN_LENGTH = 10
_LONG_BEFORE = 400
_LONG_LINE = 2000


def _known(c: Candidate) -> bool:
    return hashlib.sha256(c.value.encode("utf-8", "replace")).hexdigest()[:16] in _KNOWN


def _repeated(c: Candidate) -> bool:
    value = c.value
    if len(set(value)) <= (1 if c.check == "password" else 2):  # `aaaa`, `abababab`
        return True
    if c.check == "password":
        return False
    return any(
        value == value[:n] * (len(value) // n) for n in range(1, 5) if len(value) >= n * 4 and len(value) % n == 0
    )


def _string_end(c: Candidate) -> bool:
    """Drop what stands between two strings: the quote before it closes one, as in `"Password: " + f("x")`."""
    if not c.quoted or not c.before:
        return False
    quote = c.before[-1]
    if c.before[-2:-1] == "\\":  # a quote inside a string, as in `"{\\"password\\": \\"x\\"}"`
        return c.after[:2] not in {"\\" + quote, "\\\\"}
    if c.after[:1] != quote:
        return True
    opened = len(re.findall(rf"(?<!\\){quote}", c.before)) - len(re.findall(rf"(?<=[a-z]){quote}(?=[a-z])", c.before))
    return c.type == "code" and opened % 2 == 0 and len(c.before) < _LONG_BEFORE


def _sequential(c: Candidate) -> bool:
    lowered = c.value.lower()
    if len(lowered) > 2 * _LONGEST:
        return False
    if _STRETCHES.isdisjoint(lowered[i : i + _SEQUENCE] for i in range(len(lowered) - _SEQUENCE + 1)):
        return False  # nearly always
    longest = 0
    for row in _SEQUENCES:
        for i in range(len(row) - _SEQUENCE + 1):
            at = lowered.find(row[i : i + _SEQUENCE])
            if at != -1:
                n = _SEQUENCE
                while i + n < len(row) and at + n < len(lowered) and row[i + n] == lowered[at + n]:
                    n += 1
                longest = max(longest, n)
    return (
        longest >= _SEQUENCE and longest * 2 >= len(lowered) and (c.check != "password" or longest < len(lowered) - 2)
    )


def _placeholder(c: Candidate) -> bool:
    """Drop what reads like a placeholder, unless it is a default password under a name that says password."""
    if c.check == "password" and c.key and _DEFAULT_PASSWORD.match(c.value):
        return False
    return bool(_PLACEHOLDER.search(c.value))


def _reference(c: Candidate) -> bool:
    return bool(_REFERENCE.search(c.value))


def _filler(c: Candidate) -> bool:
    """Drop filler words, and in programs and prose what is only made of words such as `test`, `user` and `password`.

    In settings the same weak values (`secret`, `admin`) are somebody's password.
    """
    if _FILLER.match(c.value):
        return True
    return (c.check == "token" or not c.key or c.type in _PROGRAMS) and bool(_WEAK.match(c.value))


def _code(c: Candidate) -> bool:
    if c.quoted or not c.key or c.type == "xml":
        return False
    if strength(c.value) >= _STRONG_BITS and "(" not in c.value:
        return False
    return bool(_CODE_LIKE.search(c.value)) or (c.type == "code" and bool(_UNQUOTED_CODE.match(c.value)))


def _uuid(c: Candidate) -> bool:
    return bool(c.key and _UUID.match(c.value)) and not _UUID_KEYS.search(c.key)


def _hash(c: Candidate) -> bool:
    if _SRI.match(c.value):
        return True
    return bool(_HASH_VALUE.match(c.value)) and bool(
        _HASH_WORDS.search(c.key) or re.search(r"(?i)\b(?:sha\d*|md5|checksum|commit)\b", c.before)
    )


def _natural(c: Candidate) -> bool:
    """Drop prose: sentences, and words of languages that are not written in ASCII."""
    if not c.value.isascii() and any(char.isalpha() and not char.isascii() for char in c.value):
        return True
    return bool(" " in c.value and (_SENTENCE.fullmatch(c.value.strip()) or len(c.value.split()) > 4))  # noqa: PLR2004 - prose


def _identifier(c: Candidate) -> bool:
    """Drop what reads like an identifier: words joined by `_`, `-` or `.`, with numbers between them for tokens.

    A password in settings is dropped only where it repeats its key; in code also where it names a thing, as
    `user_password`, `:secret` or `login.failed` do.
    """
    if not _IDENTIFIER.match(c.value):
        return False
    wordy = sum(map(len, words_in(c.value)))
    if c.check == "token":
        if _CONSTANT.match(c.value) or (c.type in _PROGRAMS and _same_word(c)):
            return True
        if c.type in _WRITTEN_BARE and c.value.isalnum() and len(c.value) >= _LONG_WORD:
            return _same_word(c)
        return strength(c.value) < _TOKEN_BITS or wordy * 3 > len(c.value) * 2
    if c.type not in _PROGRAMS or wordy * 2 < len(c.value):
        return _same_word(c)
    return _same_word(c) or bool(_NAME_LIKE.search(c.value))


def _same_word(c: Candidate) -> bool:
    """Return whether the value only repeats its key: `password: Password`, `DB_PASSWORD = db_password`.

    In settings an upper-case name has a value of its own, and so does a prefix that is no word for a secret
    (`grafana_password: grafana`).
    """

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    if c.type in _WRITTEN_BARE and not c.key.islower():
        return False
    key, value = plain(c.key), plain(c.value)
    if not key:
        return False
    if c.type in _WRITTEN_BARE and value in key and not _SECRET_WORD.search(value):
        return False
    return value in key or key in value


def _weak_token(c: Candidate) -> bool:
    return len(c.value) < _TOKEN_LENGTH or strength(c.value) < _TOKEN_BITS or entropy(c.value) < 2.8  # noqa: PLR2004


def _short(c: Candidate) -> bool:
    return len(c.value) < 4 or not re.search(r"[A-Za-z0-9]{2}", c.value)  # noqa: PLR2004 - nobody's password


FILTERS: tuple[Filter, ...] = (
    Filter("known-value", "all", "a value from a vendor's documentation or an emulator", _known),
    Filter("placeholder", "all", "reads like a placeholder", _placeholder),
    Filter("repeated", "all", "repeats a few characters", _repeated),
    Filter("sequential", "all", "follows the alphabet, the digits or the keyboard", _sequential),
    Filter("data-uri", "all", "lies inside base64 data", lambda c: bool(_DATA_URI.search(c.before[-200:]))),
    Filter("long-line", "generic", "on a line of packed code or data", lambda c: c.line_bytes > _LONG_LINE),
    Filter("string-end", "generic", "stands between two strings, not in one", _string_end),
    Filter("reference", "generic", "refers to a variable, a template or a secret store", _reference),
    Filter("regex", "generic", "a regular expression", lambda c: bool(_REGEX.search(c.value))),
    Filter("too-short", "generic", "too short", _short),
    Filter(
        "public-key-name",
        "generic",
        "its name says that it is public or describes something",
        lambda c: bool(_PUBLIC_KEYS.search(c.key)),
    ),
    Filter("filler-word", "generic", "a filler word such as `none` or the name of a type", _filler),
    Filter("code", "generic", "an expression of the program", _code),
    Filter("uuid", "generic", "a UUID under a name that does not say secret", _uuid),
    Filter("hash", "generic", "a checksum or commit", _hash),
    Filter("path", "generic", "a path or an address", lambda c: bool(_PATH_LIKE.search(c.value))),
    Filter("markup", "generic", "markup", lambda c: bool(_MARKUP.search(c.value))),
    Filter("sentence", "generic", "words of a sentence", _natural),
    Filter("identifier", "generic", "an identifier or an ordinary word", _identifier),
    Filter("weak-token", "token", "too weak for a random token", _weak_token),
)
"""All filters in the order in which they are asked."""

_applied = {
    check: tuple(f for f in FILTERS if f.scope in scopes)
    for check, scopes in {
        "": {"all"},
        "password": {"all", "generic"},
        "token": {"all", "generic", "token"},
    }.items()
}
